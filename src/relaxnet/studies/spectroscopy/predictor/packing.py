"""A trained network made ready for the store, see `relaxnet.workflow.packing`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from relaxnet.core.files import write_json

from .network import FACTS_FILE, SIGMA, XYZ

if TYPE_CHECKING:
    from relaxnet.tracking.predictors import Predictor
    from relaxnet.training.estimator import Estimator

LOADER = "relaxnet.studies.spectroscopy.predictor.network:load"
REQUIREMENTS = (
    "keras", "tensorflow-cpu", "tensorflow", "numpy", "pandas", "pydantic", "pyyaml", "scipy", "threadpoolctl"
)  # fmt: skip
PHENOL = """13
phenol
C 0.000 1.396 0.000
C 1.209 0.698 0.000
C 1.209 -0.698 0.000
C 0.000 -1.396 0.000
C -1.209 -0.698 0.000
C -1.209 0.698 0.000
O 0.000 2.762 0.000
H 0.914 3.080 0.000
H 2.147 1.240 0.000
H 2.147 -1.240 0.000
H 0.000 -2.479 0.000
H -2.147 -1.240 0.000
H -2.147 1.240 0.000
"""


def pack(estimator: Estimator, facts: Mapping[str, Any], folder: Path) -> Predictor:
    """Write the files of a predictor into ``folder``."""
    from relaxnet.tracking.predictors import Column, Predictor

    estimator.save(folder)
    write_json(folder / FACTS_FILE, dict(facts))
    return Predictor(
        loader=LOADER,
        files=folder,
        columns=(Column(XYZ, "string"), Column(SIGMA, required=False)),
        example=pd.DataFrame({XYZ: [PHENOL]}),
        requirements=REQUIREMENTS,
    )
