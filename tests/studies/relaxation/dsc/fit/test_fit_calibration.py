"""Errors over the bound, intervals and flags on glasses of the whole state space: the benchmark on a smaller scale."""

import numpy as np
import pytest

from relaxnet.studies.relaxation.dataset.regions import PLANE, draw
from relaxnet.studies.relaxation.dsc.fit.engine import fit
from relaxnet.studies.relaxation.dsc.knowledge import cramer_rao
from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
from relaxnet.studies.relaxation.physics import simulate_many

NOISE, LARGEST_CP_N, EDGE = 0.01, 6.0, 0.98


def glasses(count, seed):
    sets = draw(PLANE, np.random.default_rng(seed), 2 * count)
    usual = simulate_many(sets).cp_n.max(axis=(1, 2)) <= LARGEST_CP_N
    return sets[usual & (sets[:, 2:] <= EDGE).all(axis=1)][:count]


def outcomes(sets, *, raw):
    """Errors over the bound (n, 4), whether the intervals hold (n, 4), and whether there are flags (n,)."""
    lag_s, kind = (6.0, "fitted") if raw else (0.0, "known")
    ratios, held, flagged = [], [], []
    for number, true in enumerate(sets):
        reach_k = 30.0 if raw else None
        generator = np.random.default_rng([7, number])
        scans = simulated_scans(true, noise=NOISE, lag_s=lag_s, lines=raw, reach_k=reach_k, generator=generator)
        found = fit(scans, lag="auto" if raw else 0.0)
        bound = np.sqrt(np.diag(cramer_rao(true, scans, noise=NOISE, lag_s=lag_s, lag=kind)))
        ratios.append((found.parameters - true) / bound)
        held.append((found.interval_90[:, 0] <= true) & (true <= found.interval_90[:, 1]))
        flagged.append(bool(found.flags))
    return np.array(ratios), np.array(held), np.array(flagged)


@pytest.mark.parametrize("raw", [False, True])
def test_a_few_glasses_are_at_the_bound(raw):
    ratios, _, flagged = outcomes(glasses(6, seed=1), raw=raw)
    assert np.abs(ratios[~flagged]).max() < 4.5
    assert flagged.sum() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("raw", [False, True])
def test_the_whole_state_space_is_at_the_bound(raw):
    ratios, held, flagged = outcomes(glasses(250, seed=2), raw=raw)
    assert flagged.mean() <= 0.02
    rms = np.sqrt(np.mean(ratios[~flagged] ** 2, axis=0))
    assert (rms < 1.15).all(), rms  # 1.0 give or take 0.045 each
    assert np.abs(ratios[~flagged, 1:]).max() < 5.0
    shares = held[~flagged].mean(axis=0)
    assert ((shares > 0.84) & (shares < 0.96)).all(), shares
