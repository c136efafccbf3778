"""Measured scans, with noise and lag, as samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError
from relaxnet.datasets.source import Inputs

from ..dataset.measured import read_measured
from ..dataset.reader import Dataset
from .source import INPUT, SignalSource


class MeasuredSource(SignalSource):
    """Samples whose inputs are measured scans of the quartets of a dataset, interpolated to the grid ``grid_k``.

    Everything else, and what `signals` gives, is that of the dataset.

    Raises
    ------
    DataFileError
        If the file of the scans is missing, damaged, or of another dataset.
    """

    def __init__(self, dataset: Dataset, measured: Path, grid_k: NDArray[np.float64]) -> None:
        super().__init__(dataset, grid_k)
        self._measured = read_measured(measured)
        if self._measured.program != dataset.metadata.program:
            raise DataFileError(f"{measured}: {self._measured.program}: must be {dataset.metadata.program}")
        if not np.array_equal(self._measured.parameters, self.targets):
            raise DataFileError(f"{measured}: the quartets are not those of {dataset.path}")

    def inputs(self, index: NDArray[np.int64]) -> Inputs:
        """Measured scans of the quartets ``index`` on the grid, shape (len(index), points, scans)."""
        values = self._measured.on_grid(self.grid_k, index)
        return {INPUT: np.ascontiguousarray(values.transpose(0, 2, 1))}
