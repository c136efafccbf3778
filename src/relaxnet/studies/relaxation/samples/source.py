"""A dataset of relaxation signals as a source of training samples."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..dataset.reader import Dataset
from ..dataset.state_space import COLDEST_C, HOTTEST_C
from ..params import GridConfig
from ..physics import ZERO_CELSIUS_K, Signals

_MARGIN_K = 10.0


class SignalSource:
    """Signals of a dataset, decoded on a temperature grid on demand.

    Parameters
    ----------
    dataset : Dataset
    grid_k : ndarray, shape (points,)
        Rising, even.
    """

    def __init__(self, dataset: Dataset, grid_k: NDArray[np.float64]) -> None:
        self.grid_k = grid_k
        self._signals = dataset.signals()
        self._parameters = dataset.parameters()
        self._scans = dataset.scans

    @property
    def input_shape(self) -> tuple[int, int]:
        """(points, scans)."""
        return len(self.grid_k), self._scans

    @property
    def targets(self) -> NDArray[np.float64]:
        """Columns ``ln_a, dh_j_per_mol, x, beta``, shape (n, 4)."""
        return self._parameters

    def inputs(self, index: NDArray[np.int64]) -> NDArray[np.float32]:
        """Signals of the quartets ``index`` on the grid, shape (len(index), points, scans)."""
        values = self.signals(index).on_grid(self.grid_k, np.float32)
        return np.ascontiguousarray(values.transpose(0, 2, 1), dtype=np.float32)

    def signals(self, index: NDArray[np.int64]) -> Signals:
        """The quartets ``index`` on their own nodes."""
        return self._signals.take(index)


def temperature_grid_k(dataset: Dataset, config: GridConfig) -> NDArray[np.float64]:
    """The even grid of a network's input.

    Either the whole -250 ... 1600 degC of the paper, or only what the dataset's signals need (they are constant
    beyond).  Where that would be fewer than ``config.least_points``, the step is divided by a whole number.
    """
    step = config.step_c
    low_c, high_c = COLDEST_C, HOTTEST_C
    if config.span == "subset":
        low_k, high_k = dataset.temperature_span_k()
        low_c = max(low_c, math.floor((low_k - ZERO_CELSIUS_K - _MARGIN_K) / step) * step)
        high_c = min(high_c, math.ceil((high_k - ZERO_CELSIUS_K + _MARGIN_K) / step) * step)
    step /= math.ceil(config.least_points * step / (high_c - low_c))
    points = round((high_c - low_c) / step) + 1
    return low_c + step * np.arange(points, dtype=np.float64) + ZERO_CELSIUS_K
