"""Standard deviations that count what other windows would say."""

from dataclasses import replace

import numpy as np

from relaxnet.studies.relaxation.dsc.fit import engine
from relaxnet.studies.relaxation.dsc.simulated import simulated_scans

TRUE = np.array([-79.21, 318_444.0, 0.57, 0.71])


def scans(bend):
    """Raw scans whose baseline bends by this share of the step over 50 K."""
    generator = np.random.default_rng(4)
    found = simulated_scans(TRUE, [2.0, 20.0], lines=True, noise=0.003, generator=generator, reach_k=40.0)
    bent = []
    for scan in found:
        place = (scan.temperature_k - scan.temperature_k.mean()) / 50.0
        bent.append(replace(scan, signal=scan.signal + 0.04 * bend * place**2))
    return bent


def with_and_without(monkeypatch, bend):
    """The fit, and the uncertainty that it would have told without other windows."""
    real, seen = engine.with_window_spread, []

    def kept(problem, best, found):
        weights = problem.weights
        wider, flags = real(problem, best, found)
        assert problem.weights is weights  # as they were
        seen.append((found, wider))
        return wider, flags

    monkeypatch.setattr(engine, "with_window_spread", kept)
    return engine.fit(scans(bend), lag=0.0), *seen[0]


def test_straight_baselines_cost_nothing(monkeypatch):
    estimate, before, after = with_and_without(monkeypatch, 0.0)
    assert after is before
    assert "depends_on_windows" not in {flag.name for flag in estimate.flags}


def test_bent_baselines_are_counted_and_told(monkeypatch):
    estimate, before, after = with_and_without(monkeypatch, 0.1)
    sd = [np.sqrt(np.diag(found.covariance))[1:4] for found in (before, after)]
    assert (sd[1] >= sd[0]).all()
    assert (sd[1] > 1.4 * sd[0]).any()
    width = [np.array([np.ptp(found.ends[k, :, k]) for k in (1, 2, 3)]) for found in (before, after)]
    assert (width[1] >= width[0]).all()
    assert "depends_on_windows" in {flag.name for flag in estimate.flags}
    np.testing.assert_allclose(estimate.std[2:], sd[1][1:])
