"""Kernels of the fit against independent solutions."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from relaxnet.studies.relaxation.dsc.fit._kernels import eliminate, project_out
from relaxnet.studies.relaxation.dsc.fit.forward import sampled
from relaxnet.studies.relaxation.estimation.lag import with_lag
from relaxnet.studies.relaxation.physics import Program, Ramp, chr_program, simulate_many
from relaxnet.studies.relaxation.physics.simulate import solve_paths

AS2SE3 = np.array([-79.21, 318_444.0, 0.57, 0.71])
PROGRAM = Program(540.0, (Ramp(330.0, 20.0), Ramp(540.0, 10.0)))


@pytest.fixture(scope="module")
def solution():
    return solve_paths(AS2SE3, [PROGRAM.path()])[0]


def test_the_signal_is_that_of_the_cycles(solution):
    signals = simulate_many(AS2SE3[None], chr_program([20.0]))
    grid_k = np.arange(380.0, 510.0, 0.5)
    for lag_k in (0.0, 0.3, 2.0, 10.0):
        expected = with_lag(signals.temperature_k[0, 0], signals.cp_n[0, 0], grid_k, lag_k)
        found = sampled(solution, 1, grid_k, lag_k * 6.0)
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-4)


@pytest.mark.parametrize("lag_s", [0.5, 3.0, 60.0])
def test_the_lag_solves_its_equation(solution, lag_s):
    fine_k = np.linspace(331.0, 539.0, 20001)
    clean = sampled(solution, 1, fine_k, 0.0)
    lag_k = lag_s / 6.0
    grid_k = np.arange(400.0, 500.0, 2.5)
    exact = solve_ivp(
        lambda t_k, y: (np.interp(t_k, fine_k, clean) - y) / lag_k, (331.0, 500.0), [clean[0]], "Radau", grid_k,
        rtol=1e-8, atol=1e-9,
    )  # fmt: skip
    np.testing.assert_allclose(sampled(solution, 1, grid_k, lag_s), exact.y[0], rtol=0, atol=2e-5)


def test_beyond_the_heating_the_signal_goes_on(solution):
    assert sampled(solution, 1, np.array([300.0, 320.0]), 6.0) == pytest.approx([0.0, 0.0], abs=1e-5)
    assert sampled(solution, 1, np.array([545.0, 560.0]), 6.0) == pytest.approx([1.0, 1.0], abs=1e-4)


def test_a_heating_in_pieces_is_one(solution):
    """A kink that is none changes nothing."""
    broken = Program(540.0, (Ramp(330.0, 20.0), Ramp(455.0, 10.0), Ramp(540.0, 10.0)))
    (found,) = solve_paths(AS2SE3, [broken.path()])
    grid_k = np.arange(380.0, 510.0, 0.5)
    for lag_s in (0.0, 6.0):
        np.testing.assert_allclose(
            sampled(found, 1, grid_k, lag_s), sampled(solution, 1, grid_k, lag_s), rtol=0, atol=1e-4
        )  # fmt: skip


def test_lines_are_those_of_least_squares(rng):
    place = np.linspace(-1.0, 1.0, 60)
    cp_n = 0.5 * (1.0 + np.tanh(6.0 * place)) + 0.3 * np.exp(-((8.0 * place - 2.0) ** 2))
    signal, weight = rng.normal(size=60), rng.uniform(0.5, 2.0, 60)
    columns = np.stack([1.0 - cp_n, place * (1.0 - cp_n), cp_n, place * cp_n], axis=1)
    exact, *_ = np.linalg.lstsq(columns * weight[:, None], signal * weight)
    basis, lines, left = np.empty((4, 60)), np.empty(4), np.empty(60)
    eliminate(cp_n, place, signal, weight, basis, lines, left)
    np.testing.assert_allclose(lines, exact, atol=1e-10)
    np.testing.assert_allclose(left, weight * (columns @ exact - signal), atol=1e-10)
    np.testing.assert_allclose(basis @ basis.T, np.eye(4), atol=1e-12)
    rows = rng.normal(size=(2, 60))
    project_out(basis, rows)
    assert np.abs(rows @ (columns * weight[:, None])).max() < 1e-10


@pytest.mark.parametrize("cp_n", [np.zeros(40), np.ones(40), np.full(40, 0.5)])
def test_a_flat_signal_leaves_out_the_lines_that_it_does_not_tell(cp_n, rng):
    place, signal = np.linspace(-1.0, 1.0, 40), rng.normal(size=40)
    basis, lines, left = np.empty((4, 40)), np.empty(4), np.empty(40)
    eliminate(cp_n, place, signal, np.ones(40), basis, lines, left)
    exact = np.polyval(np.polyfit(place, signal, 1), place)
    np.testing.assert_allclose(left, exact - signal, atol=1e-9)
    assert np.isfinite(lines).all()
