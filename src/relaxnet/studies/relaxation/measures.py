"""What the study measures beside the errors of the targets: descriptors, edges, and the signals of the estimates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.core.processes import usable_processors
from relaxnet.datasets.source import Index, Source

from .dataset.schema import scan_column
from .dataset.state_space import SHAPE_VALUES, SUBSETS
from .physics import PARAMETER_NAMES, ChrProgram, simulate_many
from .physics.limits import highest_ln_a
from .physics.parameters import RANGES
from .samples.source import SignalSource

if TYPE_CHECKING:
    from relaxnet.workflow.measure import Tested

    from .params import RelaxationParams

Float = NDArray[np.float64]

EDGES = ("edge", "edge_shape")
BLOCK = 1024


def usual(source: Source, index: Index, params: RelaxationParams) -> NDArray[np.bool_]:
    """Mask of the quartets without a steep peak; steeper ones are left out (Section 3.1 of the paper)."""
    cp_n_max = cast("SignalSource", source).dataset.scalars()["cp_n_max"].to_numpy()
    return np.asarray(cp_n_max[index] <= params.evaluate.largest_cp_n_max)


def measures(tested: Tested, params: RelaxationParams) -> pd.DataFrame:
    """Descriptors, edges and ``sse_signals``, one row a test quartet; the last only for evaluated ones."""
    source = cast("SignalSource", tested.source)
    scalars = source.dataset.scalars().iloc[tested.index].reset_index(drop=True)
    kept = tested.evaluated
    sse = np.full(len(tested.index), np.nan)
    program, workers = source.dataset.metadata.program, usable_processors()
    estimate, step_k = tested.estimate[kept], params.evaluate.signal_step_c
    sse[kept] = signal_sse(source, tested.index[kept], estimate, program, step_k, workers, tested.progress)
    columns = {**descriptors(scalars), **edges(scalars, source.dataset.metadata.source), "sse_signals": sse}
    return pd.DataFrame(columns)


def descriptors(scalars: pd.DataFrame) -> dict[str, Float]:
    """Descriptors of the steepest scan, that after the slowest cooling (Section 3.1, Fig. 8e of the paper).

    ``cp_n_max`` is the largest of the quartet; ``cp_n_max_per_dt_hw_per_k`` is NaN where the signal never exceeds that
    of the liquid.
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

    ``edge``: in the plane of (dh, ln A); ``edge_shape``: at the smallest or largest x or beta.  Never, for a dataset
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
    source: SignalSource, index: NDArray[np.int64], estimate: Float, program: ChrProgram, step_k: float,
    workers: int = 1, progress: Callable[[int], object] | None = None,
) -> Float:  # fmt: skip
    """Sum over scans and temperatures of (signal - signal of the estimated parameters)**2 (eq. 15), shape (n,).

    Estimates that cannot be simulated are moved to the edge of what can.
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
