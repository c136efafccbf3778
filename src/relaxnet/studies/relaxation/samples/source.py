"""A dataset of relaxation signals as a source of samples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError
from relaxnet.datasets.source import Inputs

from ..dataset.reader import Dataset
from ..dataset.state_space import COLDEST_C, HOTTEST_C
from ..physics.parameters import ZERO_CELSIUS_K
from ..physics.signals import Signals

if TYPE_CHECKING:
    from relaxnet.workflow.recipe import Recipe

    from ..params import SignalTrainConfig, TemperatureGridConfig

INPUT, AXIS = "signals", "temperature_k"
_MARGIN_K = 10.0


class SignalSource:
    """Signals of a dataset, decoded on demand on the temperature grid ``grid_k`` (points,), rising and even."""

    def __init__(self, dataset: Dataset, grid_k: NDArray[np.float64]) -> None:
        self.dataset, self.grid_k = dataset, grid_k
        self._signals = dataset.signals()
        self._parameters = dataset.parameters()

    @property
    def input_shapes(self) -> dict[str, tuple[int, ...]]:
        """``signals``: (points, scans)."""
        return {INPUT: (len(self.grid_k), self.dataset.metadata.scans)}

    @property
    def targets(self) -> NDArray[np.float64]:
        """Columns ``ln_a, dh_j_per_mol, x, beta``, shape (n, 4)."""
        return self._parameters

    @property
    def layout(self) -> dict[str, Any]:
        """The temperature grid: its first and last value, and the number of its points."""
        grid = self.grid_k
        return {AXIS: {"first": float(grid[0]), "last": float(grid[-1]), "points": len(grid)}}

    @property
    def facts(self) -> dict[str, Any]:
        """Rates of the temperature program."""
        metadata = self.dataset.metadata
        return {
            "cooling_rates_k_per_min": metadata.cooling_rates_k_per_min,
            "heating_rate_k_per_min": metadata.heating_rate_k_per_min,
        }

    def inputs(self, index: NDArray[np.int64]) -> Inputs:
        """Signals of the quartets ``index`` on the grid, shape (len(index), points, scans)."""
        values = self.signals(index).on_grid(self.grid_k, np.float32)
        return {INPUT: np.ascontiguousarray(values.transpose(0, 2, 1), dtype=np.float32)}

    def signals(self, index: NDArray[np.int64]) -> Signals:
        """The quartets ``index`` on their own nodes."""
        return self._signals.take(index)


def open_source(data: Path, recipe: Recipe, layout: Mapping[str, Any] | None) -> SignalSource:
    """Dataset on the grid of ``layout``, or on one of its own, by the recipe.

    Raises
    ------
    DataFileError
        If the recipe starts from a model whose grid cuts off some of the dataset's signals.
    """
    dataset = Dataset(data)
    if layout is None:
        grid = cast("SignalTrainConfig", recipe.config).grid
        return SignalSource(dataset, temperature_grid_k(dataset, grid))
    grid_k = laid_out(layout)
    if recipe.model.start:
        (low, high), (first, last) = dataset.temperature_span_k(), grid_k[[0, -1]]
        if low < first or high > last:
            raise DataFileError(
                f"{data}: signals from {low:.0f} to {high:.0f} K: "
                f"start.model {recipe.model.start.model} reads {first:.0f} to {last:.0f} K only"
            )
    return SignalSource(dataset, grid_k)


def laid_out(layout: Mapping[str, Any]) -> NDArray[np.float64]:
    """Temperature grid of a layout, in K."""
    axis = layout[AXIS]
    return np.linspace(axis["first"], axis["last"], axis["points"])


def temperature_grid_k(dataset: Dataset, config: TemperatureGridConfig) -> NDArray[np.float64]:
    """The even grid of a network's input.

    Either the whole -250 ... 1600 degC of the paper, or only what the dataset's signals need (they are constant
    beyond).  Where that would be fewer than ``config.min_points``, the step is divided by a whole number.
    """
    step = config.step_c
    low_c, high_c = COLDEST_C, HOTTEST_C
    if config.span == "subset":
        low_k, high_k = dataset.temperature_span_k()
        low_c = max(low_c, math.floor((low_k - ZERO_CELSIUS_K - _MARGIN_K) / step) * step)
        high_c = min(high_c, math.ceil((high_k - ZERO_CELSIUS_K + _MARGIN_K) / step) * step)
    step /= math.ceil(config.min_points * step / (high_c - low_c))
    points = round((high_c - low_c) / step) + 1
    return low_c + step * np.arange(points, dtype=np.float64) + ZERO_CELSIUS_K
