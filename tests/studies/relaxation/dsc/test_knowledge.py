"""What can be known with lines and lag to be fitted: figures of an independent computation, and simple properties."""

from dataclasses import replace

import numpy as np
import pytest

from relaxnet.studies.relaxation.dsc.fit.engine import fit
from relaxnet.studies.relaxation.dsc.knowledge import costs, cramer_rao
from relaxnet.studies.relaxation.dsc.scan import HeatingScan
from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
from relaxnet.studies.relaxation.estimation.bound import cramer_rao as of_measured
from relaxnet.studies.relaxation.estimation.scans import MeasuredScans, Scan
from relaxnet.studies.relaxation.physics import Hold, Program
from relaxnet.studies.relaxation.physics.published import MATERIALS

# sd of dh in %, of x and of beta with lines and lag fitted, and with all known; windows T_g - 50 ... + 45 K
FIGURES = {
    "As2Se3": ((1.16, 0.0050, 0.0080), (0.20, 0.0012, 0.0011), 459.3),
    "a-Se": ((0.71, 0.0033, 0.0040), (0.33, 0.0020, 0.0016), None),
    "acetaminophen": ((0.50, 0.0020, 0.0036), (0.28, 0.0014, 0.0018), None),
}


def windows(scans, centre_k):
    cut = []
    for scan in scans:
        kept = (scan.temperature_k > centre_k - 50.0) & (scan.temperature_k < centre_k + 45.0)
        cut.append(HeatingScan(
            scan.temperature_k[kept], scan.signal[kept], scan.quantity, scan.program, scan.label, scan.run
        ))  # fmt: skip
    return cut


@pytest.mark.parametrize("material", FIGURES)
def test_lines_and_lag_cost_what_was_measured_elsewhere(material, rng):
    fitted, known, centre_k = FIGURES[material]
    true = MATERIALS[material].as_array()
    whole = simulated_scans(true, lag_s=6.0, lines=True, reach_k=80.0, generator=rng)
    if centre_k is None:
        clean = simulated_scans(true, [5.0])[0]
        centre_k = float(
            np.interp(0.5, clean.signal[: np.argmax(clean.signal)], clean.temperature_k[: np.argmax(clean.signal)])
        )
    scans = windows(whole, centre_k)
    for figures, kind in ((fitted, "fitted"), (known, "known")):
        sd = np.sqrt(np.diag(cramer_rao(true, scans, noise=0.01, lag_s=6.0, lag=kind, lines=kind)))
        np.testing.assert_allclose([100.0 * sd[1] / true[1], *sd[2:]], figures, rtol=0.13)


def test_with_all_known_it_is_the_bound_of_normalised_scans():
    true = MATERIALS["As2Se3"].as_array()
    scans = simulated_scans(true)
    rates = [segment.rate_k_per_min for segment in (scan.program.segments[0] for scan in scans)]
    measured = MeasuredScans(
        tuple(Scan(rate, 10.0, scan.temperature_k, scan.signal) for rate, scan in zip(rates, scans, strict=True))
    )
    expected = of_measured(true[None], [measured], noise=0.01).parameter_covariance[0]
    found = cramer_rao(true, scans, noise=0.01, lag="known")
    np.testing.assert_allclose(np.sqrt(np.diag(found)), np.sqrt(np.diag(expected)), rtol=0.01)


def test_what_would_help_is_told(rng):
    true = MATERIALS["a-Se"].as_array()
    found = fit(simulated_scans(true, noise=0.01, lag_s=6.0, lines=True, reach_k=20.0, generator=rng))
    told = {cost.name: np.array(cost.ratio) for cost in costs(found, wider_k=30.0)}
    assert set(told) == {"lines known", "lag known", "windows wider by 30 K"}
    assert all((ratio <= 1.001).all() for ratio in told.values())
    assert (told["lines known"] < 0.8).all()
    assert (told["windows wider by 30 K"] < 0.95).all()
    normalised = fit(simulated_scans(true, noise=0.01, generator=rng), lag=0.0)
    assert [cost.name for cost in costs(normalised)] == ["windows wider by 20 K"]


def test_a_hold_in_the_cold_does_not_keep_it_from_being_told(rng):
    """As in a measurement of heating, cooling, hold and heating; the heating would go on beyond its end."""
    true = MATERIALS["As2Se3"].as_array()
    (scan,) = simulated_scans(true, [10.0], noise=0.01, lag_s=6.0, lines=True, reach_k=30.0, generator=rng)
    (down, up), hot_k = scan.program.segments, scan.temperature_k[-1]
    held = Program(hot_k, (replace(down, to_temperature_k=250.0), Hold(10.0), replace(up, to_temperature_k=hot_k)))
    told = {cost.name for cost in costs(fit([replace(scan, program=held)]))}
    assert told == {"lines known", "lag known", "windows wider by 20 K"}
