"""What a predictor must know of a network's training; kept with the model as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from relaxnet.core.config import Config, NonNegative
from relaxnet.workflow.packing import Samples, rms_errors

from ..samples.source import PHASES

if TYPE_CHECKING:
    from relaxnet.training.estimator import Estimator


class Facts(Config):
    """Phases of the training cells, lowest and highest, and the errors on the cells that a network is chosen by.

    ``rms_error_gpa`` is by constant; ``seen`` are the lowest and the highest volume fraction of the training cells.
    """

    lowest_phases: tuple[float, float, float, float]
    highest_phases: tuple[float, float, float, float]
    volume_fraction: tuple[float, float]
    rms_error_gpa: dict[str, NonNegative]


def describe(estimator: Estimator, training: Samples, held: Samples) -> dict[str, Any]:
    """Facts of a network, from its training samples and those it is chosen by."""
    inputs = training.source.inputs(training.index)
    phases, fraction = inputs[PHASES].astype(np.float64), inputs["image"].mean(axis=(1, 2, 3))
    # single precision must not make 0.35 another number
    low, high = ([float(f"{value:.6g}") for value in extreme(axis=0)] for extreme in (phases.min, phases.max))
    return {
        "lowest_phases": low,
        "highest_phases": high,
        "volume_fraction": [float(f"{value:.6g}") for value in (fraction.min(), fraction.max())],
        "rms_error_gpa": rms_errors(estimator, held),
    }
