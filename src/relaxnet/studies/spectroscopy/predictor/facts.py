"""What a predictor must know of a network's training; kept with the model as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from pydantic import NonNegativeInt

from relaxnet.core.config import Config, NonNegative, Positive
from relaxnet.datasets.source import in_blocks
from relaxnet.workflow.packing import Samples

if TYPE_CHECKING:
    from relaxnet.training.estimator import Estimator

    from ..samples.source import MoleculeSource


class Facts(Config):
    """Broadening of the spectra, molecules of the training, and errors on the molecules that a network is chosen by.

    ``elements`` are the atomic numbers that occur in the training; ``atoms`` the fewest and the most of a molecule;
    ``rms_error_per_ev`` is by point of the spectrum.
    """

    sigma_ev: Positive
    elements: tuple[NonNegativeInt, ...]
    atoms: tuple[NonNegativeInt, NonNegativeInt]
    rms_error_per_ev: tuple[NonNegative, ...]


def describe(estimator: Estimator, training: Samples, held: Samples) -> dict[str, Any]:
    """Facts of a network, from its training samples and those it is chosen by."""
    source = cast("MoleculeSource", training.source)
    numbers = source.molecules.numbers[training.index]
    counts = (numbers > 0).sum(axis=1)
    error = in_blocks(estimator.estimate, held.source, held.index) - held.targets
    return {
        "sigma_ev": source.sigma_ev,
        "elements": [int(number) for number in np.unique(numbers[numbers > 0])],
        "atoms": [int(counts.min()), int(counts.max())],
        "rms_error_per_ev": [float(f"{value:.6g}") for value in np.sqrt(np.square(error).mean(axis=0))],
    }
