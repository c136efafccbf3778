"""The scans of a dataset as they would be measured: at even steps, smeared by the lag of the sample, with noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .dataset.measured import Distortion, Measured
from .dataset.reader import Dataset
from .estimation.scans import measured_scans


def measured(dataset: Dataset, distortion: Distortion, generator: np.random.Generator | None) -> Measured:
    """Scans of a dataset as they would be measured; without a generator there is no noise."""
    first_k, cp_n = list[float](), list[NDArray[np.float32]]()
    program, noise = dataset.metadata.program, distortion.noise if generator else 0.0
    for signals in dataset.iter_signals():
        for sample in measured_scans(
            signals, program, noise=noise, lag_k=distortion.lag_k, generator=generator, step_k=distortion.step_k
        ):
            first_k.append(float(sample.scans[0].temperature_k[0]))
            cp_n.append(np.stack([scan.cp_n for scan in sample.scans]).astype(np.float32))
    return Measured(program, distortion, dataset.parameters(), np.array(first_k), cp_n)
