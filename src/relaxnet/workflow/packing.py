"""How a study makes a trained model one that anyone can load: tidy tables in, estimates out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import read_json
from relaxnet.datasets.source import Index, Source, in_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relaxnet.tracking.predictors import Predictor
    from relaxnet.tracking.run import Run
    from relaxnet.training.estimator import Estimator

FACTS_FILE = "predictor.json"


@dataclass(frozen=True)
class Samples:
    """Samples ``index`` of a source."""

    source: Source
    index: Index

    @property
    def targets(self) -> NDArray[np.float64]:
        """Their targets, shape (n, width)."""
        return self.source.targets[self.index]

    def thinned(self, most: int) -> Samples:
        """At most so many of them, evenly chosen."""
        return Samples(self.source, self.index[:: max(1, math.ceil(len(self.index) / most))])


@dataclass(frozen=True)
class Packing:
    """What a study tells of its predictors.

    Attributes
    ----------
    describe : callable
        ``(estimator, training, held)`` to what a predictor must know of the training, as JSON values; kept with the
        trained model.  ``training`` are the samples of the training part, ``held`` those that models are chosen by.
    pack : callable
        ``(estimator, facts, folder)`` to a `Predictor` whose files it writes into ``folder``.
    """

    describe: Callable[[Estimator, Samples, Samples], dict[str, Any]]
    pack: Callable[[Estimator, Mapping[str, Any], Path], Predictor]


def rms_errors(estimator: Estimator, held: Samples) -> dict[str, float]:
    """Root mean square error of each target: a standard deviation of its estimates, for samples like these."""
    true, estimate = held.targets, in_blocks(estimator.estimate, held.source, held.index)
    targets = estimator.targets
    differences = {t.name: targets.values(t.name, estimate) - targets.values(t.name, true) for t in targets.items}
    return {name: float(np.sqrt(np.mean(values**2))) for name, values in differences.items()}


def log_packed(run: Run, packing: Packing, estimator: Estimator, facts: Mapping[str, Any], **options: Any) -> str:
    """Pack an estimator and log it; ``options`` go to `Run.log_predictor`."""
    with TemporaryDirectory() as folder:
        return run.log_predictor(packing.pack(estimator, facts, Path(folder)), **options)


def read_facts(folder: Path) -> dict[str, Any]:
    """Facts that were kept with a trained model; a `DataFileError` if the file is missing or damaged."""
    file = folder / FACTS_FILE
    values = read_json(file)
    if not isinstance(values, dict):
        raise DataFileError(f"{file}: must hold a mapping of fields")
    return values
