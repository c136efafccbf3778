"""A trained network made ready for the store, see `relaxnet.workflow.packing`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from relaxnet.core.files import write_json

from ..physics.constants import PHASE_COLUMNS
from .images import IMAGE
from .network import FACTS_FILE

if TYPE_CHECKING:
    from relaxnet.tracking.predictors import Predictor
    from relaxnet.training.estimator import Estimator

LOADER = "relaxnet.studies.elasticity.predictor.network:load"
REQUIREMENTS = ("keras", "tensorflow-cpu", "tensorflow", "numpy", "pandas", "pydantic", "pyyaml", "threadpoolctl")


def pack(estimator: Estimator, facts: Mapping[str, Any], folder: Path) -> Predictor:
    """Write the files of a predictor into ``folder``."""
    from relaxnet.tracking.predictors import Column, Predictor

    estimator.save(folder)
    write_json(folder / FACTS_FILE, dict(facts))
    phases = tuple(Column(name, required=False) for name in PHASE_COLUMNS)
    return Predictor(
        loader=LOADER,
        files=folder,
        columns=(Column(IMAGE, "any"), *phases),
        example=example(int(estimator.layout["pixels"]), facts["lowest_phases"]),
        requirements=REQUIREMENTS,
    )


def example(size: int, phases: list[float]) -> pd.DataFrame:
    """Table of one cell: a stiff disc, with the pixels of a PNG."""
    rows, columns = np.indices((size, size)) - (size - 1) / 2
    disc = np.where(rows**2 + columns**2 < (0.3 * size) ** 2, 255, 0)
    return pd.DataFrame({IMAGE: [disc.tolist()], **{name: [v] for name, v in zip(PHASE_COLUMNS, phases, strict=True)}})
