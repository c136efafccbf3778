"""The predictor of a trained network: pixels in, constants in GPa with their standard deviations out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from relaxnet.core.backend import load_keras
from relaxnet.core.config import parse
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import read_json

from ..physics.constants import CONSTANTS, PHASE_COLUMNS
from .facts import Facts
from .images import IMAGE, read_images, read_phases

if TYPE_CHECKING:
    from relaxnet.training.estimator import Estimator

FACTS_FILE = "facts.json"
_ROUNDING = 1e-5


class NetworkPredictor:
    """Constants of cells in tables.

    Parameters
    ----------
    estimator : Estimator
    facts : Facts
    """

    def __init__(self, estimator: Estimator, facts: Facts) -> None:
        self.estimator, self.facts = estimator, facts
        self.size = int(estimator.layout["pixels"])

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Estimate the cells of a table.

        Parameters
        ----------
        table : DataFrame
            Column ``image``: the pixels of a binary image, as a PNG has them, 0 and 255, or 0 and 1, stiff where they
            are bright.  The columns ``e_soft_gpa, nu_soft, e_stiff_gpa, nu_stiff``, or none of them where all training
            cells had the same phases.

        Returns
        -------
        DataFrame
            One row a cell: the nine constants in GPa, by name, ``std_<name>``, the root-mean-square errors of the
            network on the cells that it was chosen by, and ``remarks``, empty for a cell like those of its training.

        Raises
        ------
        InvalidInputError
            For images or phases that cannot be read, or phases beyond those of the training: a network knows nothing
            of them.
        """
        images = read_images(table, self.size)
        low, high = (np.array(values) for values in (self.facts.lowest_phases, self.facts.highest_phases))
        phases = read_phases(table, self.facts.lowest_phases if np.array_equal(low, high) else None)
        for name, column, least, most in zip(PHASE_COLUMNS, phases.T, low, high, strict=True):
            beyond = (column < least * (1 - _ROUNDING)) | (column > most * (1 + _ROUNDING))
            if beyond.any():
                allowed = f"{least:g}" if least == most else f"from {least:g} to {most:g}"
                raise InvalidInputError(name, f"{column[beyond][0]:g}", f"{allowed}, as in the training of this model")
        inputs = {IMAGE: images[..., None].astype(np.float32), "phases": phases.astype(np.float32)}
        found = pd.DataFrame(self.estimator.estimate(inputs), columns=list(CONSTANTS))
        for name in CONSTANTS:
            found[f"std_{name}"] = self.facts.rms_error_gpa[name]
        found["remarks"] = [self._remark(float(share)) for share in images.mean(axis=(1, 2))]
        return found

    def _remark(self, share: float) -> str:
        low, high = self.facts.volume_fraction
        if low - _ROUNDING <= share <= high + _ROUNDING:
            return ""
        return f"volume fraction {share:.3f}: the training had {low:.3f} to {high:.3f}"


def load(folder: Path) -> NetworkPredictor:
    """Predictor whose files are in ``folder``, see `relaxnet.tracking.predictors.Predictor.loader`."""
    load_keras()
    from relaxnet.training.estimator import Estimator

    return NetworkPredictor(Estimator.load(folder), parse(Facts, read_json(folder / FACTS_FILE), FACTS_FILE))
