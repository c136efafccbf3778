"""Measure a trained estimator: errors of the parameters, and of the signals that the estimates would give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..evaluation.metrics import parameter_sse, target_metrics
from ..params import EvaluateConfig
from ..physics import PARAMETER_NAMES, ChrProgram, simulate_many
from ..physics.limits import highest_ln_a
from ..physics.parameters import RANGES
from ..training.data import in_blocks
from ..training.estimator import Estimator
from ..training.targets import Targets
from .source import SignalSource

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Evaluation:
    """Outcome on the test part.

    Attributes
    ----------
    metrics : dict
        Counts, errors of each target beside the baseline, SSE of parameters and signals.
    estimates : DataFrame
        One row a test quartet.
    """

    metrics: dict[str, Any]
    estimates: pd.DataFrame


def measure(
    estimator: Estimator,
    source: SignalSource,
    test: NDArray[np.int64],
    cp_n_max: Float,
    program: ChrProgram,
    config: EvaluateConfig,
    *,
    workers: int = 1,
    progress: Callable[[int], object] | None = None,
) -> Evaluation:
    """Estimate the test quartets and measure the errors.

    Quartets with a peak above ``config.largest_cp_n_max`` are estimated and listed, but left out of all metrics
    (Section 3.1 of the paper).

    Parameters
    ----------
    estimator : Estimator
    source : SignalSource
        On the estimator's grid.
    test : ndarray of int, shape (n,)
        Test quartets.
    cp_n_max : ndarray
        Peak height of all quartets of the source.
    program : ChrProgram
        For the re-simulation of the estimates.
    config : EvaluateConfig
    workers : int
        Threads of the re-simulation.
    progress : callable, optional
        Called with the number of quartets re-simulated.
    """
    names = estimator.targets.names
    true = source.targets[test]
    estimate = in_blocks(estimator.estimate, source, test)
    baseline = np.broadcast_to(estimator.train_mean, true.shape)
    normalise = estimator.targets.normalise
    kept = cp_n_max[test] <= config.largest_cp_n_max
    table = {"quartet": test, "cp_n_max": cp_n_max[test], "left_out": ~kept}
    for prefix, values in (("true", true), ("estimate", estimate), ("baseline", baseline)):
        table |= {f"{prefix}_{name}": values[:, column] for column, name in enumerate(names)}
    table["sse_parameters"] = parameter_sse(normalise(true), normalise(estimate))
    table["sse_signals"] = np.full(len(test), np.nan)
    table["sse_signals"][kept] = signal_sse(
        source, test[kept], estimate[kept], program, config.signal_step_c, workers, progress
    )
    estimates = pd.DataFrame(table)
    return Evaluation(_metrics(estimates[kept], len(test), estimator.targets), estimates)


def signal_sse(
    source: SignalSource,
    index: NDArray[np.int64],
    estimate: Float,
    program: ChrProgram,
    step_k: float,
    workers: int = 1,
    progress: Callable[[int], object] | None = None,
) -> Float:
    """Sum over scans and temperatures of (signal - signal of the estimated parameters)**2 (eq. 15).

    Estimates that cannot be simulated are moved to the edge of what can.

    Returns
    -------
    ndarray, shape (len(index),)
    """
    again = simulate_many(_possible(estimate, program), program, workers=workers, progress=progress)
    truth = source.signals(index)
    result = np.empty(len(index))
    for row in range(len(index)):
        pair = truth.take(slice(row, row + 1)), again.take(slice(row, row + 1))
        low = min(signals.temperature_k.min() for signals in pair)
        high = max(signals.temperature_k.max() for signals in pair)
        grid = np.arange(np.floor(low), high + step_k, step_k)
        difference = pair[0].on_grid(grid) - pair[1].on_grid(grid)
        result[row] = np.sum(difference**2)
    return result


def _possible(estimate: Float, program: ChrProgram) -> Float:
    limits = np.array([RANGES[name] for name in PARAMETER_NAMES])
    inside = np.clip(estimate, limits[:, 0], limits[:, 1])
    inside[:, 0] = np.minimum(inside[:, 0], highest_ln_a(inside[:, 1], inside[:, 3], program))
    return inside


def _metrics(kept: pd.DataFrame, tested: int, targets: Targets) -> dict[str, Any]:
    return {
        "quartets": {"test": tested, "evaluated": len(kept), "left_out": tested - len(kept)},
        "targets": {
            target.name: {
                "unit": target.unit,
                **target_metrics(
                    kept[f"true_{target.name}"],
                    kept[f"estimate_{target.name}"],
                    kept[f"baseline_{target.name}"],
                    target.thresholds,
                ),
            }
            for target in targets.items
        },
        **{
            name: {"mean": float(kept[name].mean()), "median": float(kept[name].median())}
            for name in ("sse_parameters", "sse_signals")
        },
    }
