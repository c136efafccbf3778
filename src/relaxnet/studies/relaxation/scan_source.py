"""Quartets of a dataset as measured scans, sample by sample: for what takes no common temperature grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError

from .dataset.measured import MEASURED_FILE, NOISY, Measured, read_measured
from .dataset.reader import Dataset
from .estimation.scans import MeasuredScans, Scan, measured_scans
from .samples.source import SignalSource

SAMPLES = "samples"


class SampleSource(SignalSource):
    """Quartets of a dataset as measured samples: without noise at steps of 1 K, or those of a file of scans.

    Raises
    ------
    DataFileError
        If a file is missing, damaged, or holds the scans of other quartets.
    """

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(Dataset(folder / name.removesuffix(NOISY)), np.array([0.0, 1.0]))
        self._measured = None
        if name.endswith(NOISY):
            file = folder / name / MEASURED_FILE
            self._measured = read_measured(file)
            if not np.array_equal(self._measured.parameters, self.targets):
                raise DataFileError(f"{file}: the quartets are not those of {self.dataset.path}")

    def inputs(self, index: NDArray[np.int64]) -> Any:
        """Measured samples of the quartets ``index``, shape (len(index),), of objects."""
        if self._measured:
            samples = [_sample(self._measured, int(quartet)) for quartet in index]
        else:
            samples = measured_scans(self.signals(index), self.dataset.metadata.program)
        found = np.empty(len(samples), dtype=object)
        found[:] = samples
        return {SAMPLES: found}


def _sample(measured: Measured, quartet: int) -> MeasuredScans:
    temperature_k, rates = measured.temperature_k(quartet), measured.program.cooling_rates_k_per_min
    heating = measured.program.heating_rate_k_per_min
    curves = measured.cp_n[quartet].astype(np.float64)
    return MeasuredScans(
        tuple(Scan(rate, heating, temperature_k, cp_n) for rate, cp_n in zip(rates, curves, strict=True))
    )
