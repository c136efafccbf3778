"""How much wider covariances must be than those of a fit by the true model with white noise.

Two things are told apart by simulation: what the fit loses by itself, and the error of emulated scans, which is the
same at neighbouring points, so that more points and less noise do not help against it (times the share of that error
in the variance of the data).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..estimation.scans import measured_scans
from .curves import Draw, simulate_batches
from .estimator import UniversalEstimator
from .layout import Layout, lay_out

Float = NDArray[np.float64]

GLASSES = 2000
_LOWEST_NOISE, _HIGHEST_NOISE = 0.005, 0.02
_MOST_LAG_K, _MOST_LAG = 1.0, 1.0  # in K, and in units of T_ref/u, of which the networks know up to 1.5
_STEEPEST = 6.0  # cp_n,max
_STEPS_K = 1.0, 0.2  # of scans without noise
_Z_90 = 1.645  # standard deviations that hold 90 % of a normal distribution, to both sides


def calibrated(estimator: UniversalEstimator, draw: Draw, seed: int, workers: int) -> dict[str, list[float]]:
    """Facts of an estimator with which 90 % intervals hold 90 %, on freshly simulated glasses.

    Both are of the variances of the coordinates in `refinement.STATE`, shape (5,): ``noise_factors`` from glasses with
    noise around 0.01, ``emulator_factors`` from glasses without noise.  All have some lag and the six scans of the
    paper's program.
    """
    plain = replace(estimator, facts={**estimator.facts, "noise_factors": [1.0] * 5, "emulator_factors": [0.0] * 5})
    ratios, emulated = [], []
    for number, (layout, states) in enumerate(_glasses(draw, seed, workers)):
        found = plain.refined(layout)
        error = found.states - states
        error[:, 0] *= states[:, 1] / states[:, 0]
        error[:, 1] = np.log(found.states[:, 1] / states[:, 1])
        squares = (error / _Z_90) ** 2 / np.einsum("nii->ni", found.covariance)
        if number % (1 + len(_STEPS_K)) == 0:
            ratios.append(squares)
        else:
            emulated.append((squares, found.emulated_share))
    factors = np.quantile(np.concatenate(ratios), 0.9, axis=0)
    excess = np.concatenate([(squares - factors) / share[:, None] for squares, share in emulated])
    emulator = np.maximum(np.quantile(excess, 0.9, axis=0), 0.0)
    return {"noise_factors": factors.tolist(), "emulator_factors": emulator.tolist()}


def _glasses(draw: Draw, seed: int, workers: int) -> Iterator[tuple[Layout, Float]]:
    """The same glasses with noise, and without at several steps of temperature; and their states (n, 5)."""
    generator = np.random.default_rng([seed, *b"measure for calibration"])
    for batch in simulate_batches(draw, GLASSES, [seed, *b"calibration"], workers, lambda _: None, table_1_share=1.0):
        usual = np.flatnonzero(batch.signals.cp_n.max(axis=(1, 2)) <= _STEEPEST)
        part = replace(batch, sets=batch.sets[usual], signals=batch.signals.take(usual))
        noise = np.exp(generator.uniform(np.log(_LOWEST_NOISE), np.log(_HIGHEST_NOISE), len(usual)))
        states = part.states(np.zeros(len(usual)))
        unit_k = states[:, 0] / states[:, 1]
        lag_k = np.minimum(generator.uniform(0.0, _MOST_LAG_K, len(usual)), _MOST_LAG * unit_k)
        states[:, 4] = lag_k / unit_k
        measure = partial(measured_scans, part.signals, part.program, lag_k=lag_k, generator=generator)
        yield lay_out(measure(noise=noise), noise), states
        for step_k in _STEPS_K:
            yield lay_out(measure(step_k=step_k)), states
