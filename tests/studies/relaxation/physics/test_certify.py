"""The error estimate of ``certify=True`` against the direct solver."""

import numpy as np
import pytest
from direct import direct_scan
from test_contract import STEEPEST, at, contract

from relaxnet.studies.relaxation.physics import TNMParameters, chr_program, simulate, simulate_many

RATES = chr_program().cooling_rates_k_per_min
BETAS = (0.1, 0.13, 0.2, 0.449, 0.451, 0.55, 0.993)
SELDOM = [0.1, *BETAS[1::2]]
POINTS = [
    STEEPEST,
    at(50, 40, 0, 40),
    at(12, 70, 40, 0),
    at(30, 20, 10, 12),
    at(60, 60, 5, 13),
    at(70, 60, 0, 28),
    at(100, 0, 0, 40),
    *(pytest.param((-79.21, 318443.9, 0.57, beta), marks=[pytest.mark.slow] * (beta in SELDOM)) for beta in BETAS),
]


@pytest.mark.parametrize("values", POINTS)
def test_the_estimate_bounds_the_true_error(values):
    signals = simulate(TNMParameters(*values), certify=True)
    for scan in (0, 5):
        exact = direct_scan(*values, RATES[scan])
        height = max(1.0, exact.cp_n.max())
        error = np.abs(signals.on_grid(exact.temperature_k)[0, scan] - exact.cp_n).max() / height
        assert error <= 2 * signals.error[0, scan] + 2e-5
        assert signals.error[0, scan] <= contract(height) / height


def test_without_certification_there_is_no_estimate():
    parameters = TNMParameters(-79.21, 318443.9, 0.57, 0.71)
    plain, certified = simulate(parameters), simulate_many(parameters.as_array()[None], certify=True)
    assert plain.error is None
    np.testing.assert_array_equal(plain.cp_n, certified.cp_n)
    assert certified.take(slice(0, 1)).error.shape == (1, 6)


@pytest.mark.parametrize(
    ("values", "cooling", "heating", "end"),
    [
        ((-79.21, 318443.9, 0.57, 0.71), 1e-6, 1e3, 1e-14),
        ((-79.21, 318443.9, 0.57, 0.71), 1e9, 1e-3, 1e-18),
        ((-300.0, 9e5, 0.35, 0.4), 1e-4, 1e2, 1e-12),
        ((-300.0, 9e5, 0.6, 1.0), 1e6, 1e-2, 1e-16),
    ],
)
def test_rates_in_extreme_ratio(values, cooling, heating, end):
    exact = direct_scan(*values, cooling, heating, end=end)
    found = simulate(TNMParameters(*values), chr_program([cooling], heating)).on_grid(exact.temperature_k)[0, 0]
    height = max(1.0, exact.cp_n.max())
    assert np.abs(found - exact.cp_n).max() <= contract(height)
