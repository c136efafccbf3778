"""Measure a trained estimator: errors of the parameters, and of the signals that the estimates would give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .dataset.reader import Dataset
from .dataset.schema import scan_column
from .dataset.state_space import SHAPE_VALUES, SUBSETS
from relaxnet.core.errors import InvalidInputError
from relaxnet.evaluation.groups import group_errors, rank_correlations
from relaxnet.evaluation.metrics import parameter_sse, target_metrics
from .params import EvaluateConfig
from .physics import PARAMETER_NAMES, ChrProgram, simulate_many
from .physics.limits import highest_ln_a
from .physics.parameters import RANGES
from relaxnet.training.data import in_blocks
from relaxnet.training.estimator import Estimator
from relaxnet.datasets.targets import Targets
from .samples.source import SignalSource
from .samples.targets import PAIRS

Float = NDArray[np.float64]

DESCRIPTORS = ("cp_n_max", "dt_hw_k", "cp_n_max_per_dt_hw_per_k")
EDGES = ("edge", "edge_shape")
BLOCK = 1024


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
    dataset: Dataset,
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
        Of the dataset, on the estimator's grid.
    test : ndarray of int, shape (n,)
        Test quartets.
    dataset : Dataset
        Its program re-simulates the estimates.
    config : EvaluateConfig
    workers : int
        Threads of the re-simulation.
    progress : callable, optional
        Called with the number of quartets re-simulated.

    Raises
    ------
    InvalidInputError
        If an estimate is not finite.
    """
    targets = estimator.targets
    true = source.targets[test]
    estimate = in_blocks(estimator.estimate, source, test)
    if not np.isfinite(estimate).all():
        quartet = int(test[~np.isfinite(estimate).all(axis=1)][0])
        raise InvalidInputError(f"estimate of quartet {quartet}", "NaN or infinite", "finite")
    baseline = np.broadcast_to(estimator.train_mean, true.shape)
    scalars = dataset.scalars().iloc[test].reset_index(drop=True)
    kept = (scalars["cp_n_max"] <= config.largest_cp_n_max).to_numpy()
    table: dict[str, Any] = {"quartet": test, **descriptors(scalars), "left_out": ~kept}
    table |= edges(scalars, dataset.metadata.source)
    for prefix, values in (("true", true), ("estimate", estimate), ("baseline", baseline)):
        table |= {f"{prefix}_{name}": values[:, column] for column, name in enumerate(targets.names)}
    pair = targets.normalise(true), targets.normalise(estimate)
    table["sse_parameters"] = parameter_sse(*pair)
    for name, columns in PAIRS.items():
        table[name] = parameter_sse(*pair, [targets.names.index(column) for column in columns])
    table["sse_signals"] = np.full(len(test), np.nan)
    table["sse_signals"][kept] = signal_sse(
        source, test[kept], estimate[kept], dataset.metadata.program, config.signal_step_c, workers, progress
    )
    estimates = pd.DataFrame(table)
    return Evaluation(_metrics(estimates[kept], len(test), targets), estimates)


def descriptors(scalars: pd.DataFrame) -> dict[str, Float]:
    """Descriptors of the steepest scan, that after the slowest cooling (Section 3.1, Fig. 8e of the paper).

    Returns
    -------
    dict
        ``cp_n_max`` (largest of the quartet), ``dt_hw_k`` and ``cp_n_max_per_dt_hw_per_k``; the ratio is NaN where the
        signal never exceeds that of the liquid.
    """
    peaks = scalars.filter(regex=r"^cp_n_max_\d+$")
    steepest = peaks.to_numpy().argmax(axis=1)
    widths = np.column_stack([scalars[scan_column("half_width_k", scan)] for scan in range(peaks.shape[1])])
    width = widths[np.arange(len(scalars)), steepest]
    height = scalars["cp_n_max"].to_numpy()
    ratio = np.divide(height, width, out=np.full(len(height), np.nan), where=width > 0)
    return {"cp_n_max": height, "dt_hw_k": width, "cp_n_max_per_dt_hw_per_k": ratio}


def edges(scalars: pd.DataFrame, source: str) -> dict[str, NDArray[np.bool_]]:
    """Which quartets lie at the edge of their subset.

    Returns
    -------
    dict
        ``edge``: in the plane of (dh, ln A); ``edge_shape``: at the least or greatest x or beta.  Never, for a dataset
        that is no subset of the state space.
    """
    if source not in SUBSETS:
        return {name: np.zeros(len(scalars), dtype=np.bool_) for name in EDGES}
    rows, columns = SUBSETS[source]
    last = len(SHAPE_VALUES) - 1
    plane = scalars["i"].isin([rows[0], rows[-1]]) | scalars["j"].isin([columns[0], columns[-1]])
    shape = scalars["x_index"].isin([0, last]) | scalars["beta_index"].isin([0, last])
    return dict(zip(EDGES, (plane.to_numpy(), shape.to_numpy()), strict=True))


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
    result = np.empty(len(index))
    for start in range(0, len(index), BLOCK):  # not all signals in memory at once
        block = slice(start, min(start + BLOCK, len(index)))
        again = simulate_many(_possible(estimate[block], program), program, workers=workers, progress=progress)
        truth = source.signals(index[block])
        for row in range(block.stop - block.start):
            pair = truth.take(slice(row, row + 1)), again.take(slice(row, row + 1))
            low = min(signals.temperature_k.min() for signals in pair)
            high = max(signals.temperature_k.max() for signals in pair)
            grid = np.arange(np.floor(low), high + step_k, step_k)
            difference = pair[0].on_grid(grid) - pair[1].on_grid(grid)
            result[start + row] = np.sum(difference**2)
    return result


def _possible(estimate: Float, program: ChrProgram) -> Float:
    limits = np.array([RANGES[name] for name in PARAMETER_NAMES])
    inside = np.clip(estimate, limits[:, 0], limits[:, 1])
    inside[:, 0] = np.minimum(inside[:, 0], highest_ln_a(inside[:, 1], inside[:, 3], program))
    return inside


def _metrics(kept: pd.DataFrame, tested: int, targets: Targets) -> dict[str, Any]:
    errors = {name: (kept[f"estimate_{name}"] - kept[f"true_{name}"]).abs() for name in targets.names}
    errors |= {name: kept[name] for name in ("sse_parameters", "sse_signals")}
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
            for name in ("sse_parameters", "sse_signals", *PAIRS)
        },
        "edges": {name: group_errors(errors, kept[name]) for name in EDGES},
        "descriptors": {name: rank_correlations(errors, kept[name]) for name in DESCRIPTORS},
    }
