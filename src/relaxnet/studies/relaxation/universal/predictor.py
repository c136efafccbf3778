"""The universal network as a model that anyone can load, see `relaxnet.tracking.predictors`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from relaxnet.core.processes import usable_processors

from ..estimation.scans import MeasuredScans, Scan
from ..predictor.estimates import as_table
from ..predictor.flags import Flag, normalisation
from ..predictor.packing import example
from ..predictor.tables import CELSIUS, KELVIN, REQUIRED, SAMPLE, SCAN, Sample, read_samples
from .estimator import UniversalEstimator
from .layout import MOST_SCANS

if TYPE_CHECKING:
    from relaxnet.tracking.predictors import Predictor

LOADER = f"{__name__}:load"
# what a flag of the estimator says: what was found, what is allowed
SAID = {
    "no_transition": ("the scan after the fastest cooling", "from 0 (glass) to 1 (liquid)"),
    "too_few_points": ("points in the transition", "more"),
    "not_converged": ("the fit", "at a minimum within its rounds"),
    "does_not_fit": ("residuals", "no larger than the noise and the error of the networks"),
    "outside_training_region": (
        "rates, steepness, dh or ln A",
        "heated at 2 to 40 K/min, cooled at 0.02 to 10 times that, cp_n to 8, dh from 200 to 1200 kJ/mol",
    ),
    "x_at_bound": ("x at the end of its range", "inside 0.2 ... 1"),
    "beta_at_bound": ("beta at the end of its range", "inside 0.2 ... 1"),
    "lag_at_bound": ("the thermal lag at the end of its range", "less beside the width of the transition"),
}
REQUIREMENTS = ("onnxruntime", "numba", "numpy", "pandas", "pydantic", "pyyaml", "scipy", "threadpoolctl")


class UniversalPredictor:
    """Estimates of the universal network for tidy tables."""

    def __init__(self, estimator: UniversalEstimator) -> None:
        self.estimator = estimator

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Estimate the samples of a tidy table; columns in and out, and errors, as of `NetworkPredictor.predict`.

        Of samples that are not normalised, or have more than six scans, there are flags but no numbers.  ``misfit`` is
        chi-squared a point.
        """
        samples = read_samples(table)
        flags = [list(filter(None, [normalisation(sample), _count(sample)])) for sample in samples]
        shape = len(samples), 4
        parameters, deviations, misfits = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape[0], np.nan)
        usable = [row for row, found in enumerate(flags) if not found]
        if usable:
            scans = [_scans(samples[row]) for row in usable]
            found = self.estimator.estimate(scans, workers=usable_processors())
            parameters[usable], deviations[usable], misfits[usable] = found.parameters, found.std, found.chi2_a_point
            for row, said in zip(usable, found.flags, strict=True):
                flags[row] = [Flag(name, *SAID[name]) for name in said]
        return as_table([sample.name for sample in samples], parameters, deviations, misfits, flags)


def load(folder: Path) -> UniversalPredictor:
    """Predictor whose files are in ``folder``."""
    return UniversalPredictor(UniversalEstimator.load(folder))


def pack(folder: Path, parameters: np.ndarray) -> Predictor:
    """Predictor of the networks in ``folder``; its example is a glass with the ``parameters`` (4,)."""
    from relaxnet.tracking.predictors import Column, Predictor

    rates = {"cooling_rates_k_per_min": (0.5, 1.0, 2.0, 5.0, 10.0, 20.0), "heating_rate_k_per_min": 10.0}
    optional = (Column(SAMPLE, "any", required=False), Column(SCAN, "any", required=False))
    temperatures = tuple(Column(name, required=False) for name in (CELSIUS, KELVIN))
    return Predictor(
        loader=LOADER,
        files=folder,
        columns=(*optional, *map(Column, REQUIRED), *temperatures),
        example=example(rates, parameters),
        requirements=REQUIREMENTS,
    )


def _count(sample: Sample) -> Flag | None:
    if len(sample.scans) <= MOST_SCANS:
        return None
    return Flag("scans", f"{len(sample.scans)} scans", f"at most {MOST_SCANS}")


def _scans(sample: Sample) -> MeasuredScans:
    rows = ((s.cooling_rate_k_per_min, s.heating_rate_k_per_min, s.temperature_k, s.cp_n) for s in sample.scans)
    return MeasuredScans(tuple(Scan(*row) for row in rows))
