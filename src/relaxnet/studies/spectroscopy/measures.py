"""What describes the estimate of a test molecule beside the errors of its spectrum point by point."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from . import scores
from .physics.spectra import broaden

if TYPE_CHECKING:
    from relaxnet.workflow.measure import Tested

    from .params import SpectroscopyParams
    from .samples.source import MoleculeSource

BROADER_EV = (0.3, 0.5)
"""Broadenings at which estimates of narrower spectra are measured as well."""


SCORES = (
    "accuracy", "accuracy_normalised", "accuracy_centred", "deviation", "rmse", "rmse_normalised", "mae",
    "mae_normalised", "r2", "r2_printed", "r2_printed_normalised", "negative_share", "negative_magnitude", "sigma_ev",
)  # fmt: skip
"""Columns that every model has."""

MEANS = (
    "accuracy",
    "accuracy_normalised",
    "accuracy_centred",
    "deviation",
    "r2",
    "r2_printed",
    "negative_share",
    "negative_magnitude",
)
"""Columns whose means over the test molecules join the metrics of a model."""


def broader(sigma_ev: float) -> str:
    """Column of the accuracy at a larger broadening."""
    return f"accuracy_at_{1e3 * sigma_ev:.0f}_mev"


def measures(tested: Tested, _params: SpectroscopyParams) -> pd.DataFrame:
    """Scores of each spectrum, its molecule's number of atoms and ionisation energy (Koopmans); one row a molecule."""
    source = cast("MoleculeSource", tested.source)
    chosen, grid, step = tested.index, source.grid, source.grid.step_ev
    true, estimate = source.targets[chosen], tested.estimate
    unit, unit_estimate = scores.normalised(true), scores.normalised(estimate)
    columns = {
        "accuracy": scores.accuracy(true, estimate, step),
        "accuracy_normalised": scores.accuracy(unit, unit_estimate, step),
        "accuracy_centred": scores.accuracy(true, scores.centred(true, estimate), step),
        "deviation": scores.deviation(true, estimate, step),
        "rmse": scores.rmse(true, estimate),
        "rmse_normalised": scores.rmse(unit, unit_estimate),
        "mae": scores.mae(true, estimate),
        "mae_normalised": scores.mae(unit, unit_estimate),
        "r2": scores.r2(true, estimate),
        "r2_printed": scores.r2_printed(true, estimate),
        "r2_printed_normalised": scores.r2_printed(unit, unit_estimate),
        "negative_share": scores.negative_share(estimate),
        "negative_magnitude": scores.negative_magnitude(estimate),
    }
    for sigma in BROADER_EV:
        if sigma > source.sigma_ev:
            wide = scores.broadened_further(estimate, source.sigma_ev, sigma, grid)
            levels = source.molecules.levels_ev[chosen]
            columns[broader(sigma)] = scores.accuracy(broaden(levels, sigma, grid), wide, step)
    tested.progress(len(chosen))
    return pd.DataFrame(
        {
            **columns,
            "atoms": (source.molecules.numbers[chosen] > 0).sum(axis=1),
            "ionisation_ev": -source.molecules.levels_ev[chosen, -1],
            "sigma_ev": np.full(len(chosen), source.sigma_ev),
        }
    )
