"""A trained network made ready for the store, see `relaxnet.workflow.packing`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from relaxnet.core.files import write_json

from ..physics import ZERO_CELSIUS_K, chr_program, simulate_many
from .facts import FACTS_FILE
from .tables import CELSIUS, COOLING, HEATING, KELVIN, REQUIRED, SAMPLE, SCAN, SIGNAL

if TYPE_CHECKING:
    from relaxnet.tracking.predictors import Predictor
    from relaxnet.training.estimator import Estimator

LOADER = "relaxnet.studies.relaxation.predictor.network:load"
REQUIREMENTS = (
    "keras",
    "tensorflow-cpu",
    "tensorflow",
    "numba",
    "numpy",
    "pandas",
    "pydantic",
    "pyyaml",
    "threadpoolctl",
)
_EXAMPLE_POINTS = 60  # of a scan


def pack(estimator: Estimator, facts: Mapping[str, Any], folder: Path) -> Predictor:
    """Write the files of a predictor into ``folder``."""
    from relaxnet.tracking.predictors import Column, Predictor

    estimator.save(folder)
    write_json(folder / FACTS_FILE, dict(facts))
    optional = (Column(SAMPLE, "any", required=False), Column(SCAN, "any", required=False))
    temperatures = tuple(Column(name, required=False) for name in (CELSIUS, KELVIN))
    return Predictor(
        loader=LOADER,
        files=folder,
        columns=(*optional, *map(Column, REQUIRED), *temperatures),
        example=example(facts, estimator.train_mean),
        requirements=REQUIREMENTS,
    )


def example(facts: Mapping[str, Any], parameters: np.ndarray) -> pd.DataFrame:
    """Tidy table of one sample with the given parameters (4,), at the rates of the facts."""
    program = chr_program(facts["cooling_rates_k_per_min"], facts["heating_rate_k_per_min"])
    signals = simulate_many(parameters[None], program)
    nodes = signals.temperature_k[0]
    grid_c = np.round(np.linspace(nodes.min(), nodes.max(), _EXAMPLE_POINTS) - ZERO_CELSIUS_K, 2)
    scans = signals.on_grid(grid_c + ZERO_CELSIUS_K)[0]
    return pd.concat(
        [
            pd.DataFrame(
                {SAMPLE: "1", COOLING: rate, HEATING: program.heating_rate_k_per_min, CELSIUS: grid_c,
                 SIGNAL: scan.round(6)}
            )
            for rate, scan in zip(program.cooling_rates_k_per_min, scans, strict=True)
        ],
        ignore_index=True,
    )  # fmt: skip
