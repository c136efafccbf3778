"""What the predictor of a network must know of its training; kept with the model as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import FiniteFloat, ValidationError

from relaxnet.core.config import Config
from relaxnet.core.errors import DataFileError, first_line
from relaxnet.core.files import read_json
from relaxnet.datasets.source import in_blocks
from relaxnet.workflow.packing import Samples, rms_errors

from .estimates import clipped
from .misfit import misfit
from .region import Region
from .tables import Sample, Scan, half_rise_k

if TYPE_CHECKING:
    from relaxnet.training.estimator import Estimator

FACTS_FILE = "facts.json"
AXIS, INPUT = "temperature_k", "signals"  # of a layout, and of the network that has it
USUAL = 0.95  # share of the samples that a network is chosen by whose misfit counts as usual
_BLOCK = 32  # samples laid out at a time
_LOOKED_AT = 200  # samples whose scans are read: they lie everywhere in the region


class Facts(Config):
    """What a network was trained for, and how well it does on the samples that it is chosen by.

    ``rms_error`` is by parameter; ``usual_misfit`` is what 95 % of those samples do not exceed (see `misfit`).
    """

    cooling_rates_k_per_min: tuple[FiniteFloat, ...]
    heating_rate_k_per_min: FiniteFloat
    rms_error: dict[str, FiniteFloat]
    usual_misfit: FiniteFloat
    region: Region

    @classmethod
    def read(cls, file: Path) -> Self:
        """Facts of a file; a `DataFileError` if they are damaged."""
        try:
            return cls.model_validate(read_json(file), strict=False)
        except ValidationError as error:
            raise DataFileError(f"{file}: not the facts of a network ({first_line(error)})") from None


def describe(estimator: Estimator, training: Samples, held: Samples) -> dict[str, Any]:
    """Facts of a network, from its training samples and those it is chosen by."""
    found = estimator.metadata["facts"]
    cooling, heating = found["cooling_rates_k_per_min"], found["heating_rate_k_per_min"]
    rises = [half_rise_k(scan) for sample in _scans(training, cooling, heating) for scan in sample.scans]
    samples = list(_scans(held, cooling, heating))
    looked_at = held.thinned(_LOOKED_AT)
    estimates, _ = clipped(in_blocks(estimator.estimate, looked_at.source, looked_at.index))
    misfits = misfit(samples, estimates)
    return {
        "cooling_rates_k_per_min": list(cooling),
        "heating_rate_k_per_min": heating,
        "rms_error": rms_errors(estimator, held),
        "usual_misfit": float(np.nanquantile(misfits, USUAL)) if np.isfinite(misfits).any() else 0.0,
        "region": Region.of(training.targets, np.array(rises)).model_dump(mode="json"),
    }


def _scans(samples: Samples, cooling: Sequence[float], heating: float) -> Iterator[Sample]:
    """Some of the samples as a table would give them."""
    some = samples.thinned(_LOOKED_AT)
    axis = some.source.layout[AXIS]
    grid_k = np.linspace(axis["first"], axis["last"], axis["points"])
    for signals in _blocks(some):
        for values in signals:
            scans = (Scan(rate, heating, grid_k, values[:, column]) for column, rate in enumerate(cooling))
            yield Sample("1", tuple(scans), celsius=False)


def _blocks(samples: Samples) -> Iterator[NDArray[np.float64]]:
    for start in range(0, len(samples.index), _BLOCK):
        yield samples.source.inputs(samples.index[start : start + _BLOCK])[INPUT].astype(np.float64)
