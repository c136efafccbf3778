"""How much wider covariances must be than those of a fit by the true model.

The error of an emulated scan is not white, as the fit takes it to be, and the steps of the fit end before its minimum.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..estimation.scans import measured_scans
from .curves import Draw, simulate_batches
from .estimator import UniversalEstimator

GLASSES = 2000
_LOWEST_NOISE, _HIGHEST_NOISE = 0.005, 0.02
_MOST_LAG_K = 1.0
_STEEPEST = 6.0  # cp_n,max
_Z_90 = 1.645  # standard deviations that hold 90 % of a normal distribution, to both sides
_SEED = 2  # beside those of the training


def covariance_factor(estimator: UniversalEstimator, draw: Draw, seed: int, workers: int) -> float:
    """Factor of the covariances with which 90 % intervals hold 90 % of the parameters, on freshly simulated glasses.

    They have all six scans of the paper's program, noise around 0.01 and some lag; all parameters count alike.
    """
    plain = replace(estimator, facts={**estimator.facts, "covariance_factor": 1.0})
    generator = np.random.default_rng([seed, _SEED])
    ratios = []
    for batch in simulate_batches(draw, GLASSES, seed + _SEED, workers, lambda _: None, table_1_share=1.0):
        usual = np.flatnonzero(batch.signals.cp_n.max(axis=(1, 2)) <= _STEEPEST)
        noise = np.exp(generator.uniform(np.log(_LOWEST_NOISE), np.log(_HIGHEST_NOISE), len(usual)))
        lag_k = generator.uniform(0.0, _MOST_LAG_K, len(usual))
        scans = batch.signals.take(usual)
        samples = measured_scans(scans, batch.program, noise=noise, lag_k=lag_k, generator=generator)
        found = plain.estimate(samples, noise, workers=workers)
        ratios.append(np.abs(found.parameters - batch.sets[usual]) / found.std)
    return float(np.quantile(np.concatenate(ratios), 0.9) / _Z_90) ** 2
