"""What the stages share: folders, the data of one subset made ready, and what is checked before any work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.config import parse
from relaxnet.studies.relaxation.dataset.reader import Dataset
from relaxnet.core.errors import InvalidInputError, ValidationFailedError
from relaxnet.core.files import read_json
from relaxnet.models.zoo import ARCHITECTURES
from relaxnet.studies.relaxation.params import Params, SignalTrainConfig
from relaxnet.training.data import Split, split
from relaxnet.studies.relaxation.samples.source import SignalSource, temperature_grid_k
from relaxnet.studies.relaxation.samples.targets import TARGETS


@dataclass(frozen=True)
class Paths:
    """Folders of the project, relative to where the stages run.

    Attributes
    ----------
    root : Path
        The project itself, absolute: stores and checkpoints are kept there.
    """

    root: Path
    data: Path = Path("data")
    models: Path = Path("models")
    validation: Path = Path("reports/validation")
    evaluation: Path = Path("reports/evaluation")

    @property
    def checkpoints(self) -> Path:
        """Where interrupted trainings wait."""
        return self.root / ".relaxnet" / "checkpoints"


@dataclass(frozen=True)
class Task:
    """Data of one subset made ready for one training configuration."""

    dataset: Dataset
    source: SignalSource
    parts: Split

    def usual(self, index: NDArray[np.int64], largest_cp_n_max: float) -> NDArray[np.int64]:
        """Those of the quartets ``index`` that the evaluation does not leave out."""
        cp_n_max = self.dataset.scalars()["cp_n_max"].to_numpy()
        return index[cp_n_max[index] <= largest_cp_n_max]

    @classmethod
    def prepare(cls, folder: Path, params: Params, config: SignalTrainConfig) -> Task:
        """Open a subset's dataset and lay its grid and its split."""
        dataset = Dataset(folder)
        source = SignalSource(dataset, temperature_grid_k(dataset, config.grid))
        return cls(dataset, source, split(len(dataset), params.split))


def check_models(params: Params) -> None:
    """Refuse an architecture, option or weight that does not exist before any work is done.

    Raises
    ------
    InvalidInputError
    """
    for name, model in params.models.items():
        if model.architecture not in ARCHITECTURES:
            allowed = f"one of {', '.join(ARCHITECTURES)}"
            raise InvalidInputError(f"models.{name}.architecture", model.architecture, allowed)
        sizes = params.training(model.architecture).network
        parse(ARCHITECTURES[model.architecture].options, sizes, f"networks.{model.architecture}")
        TARGETS.weights(model.weights)


def ensure_validated(subset: str, paths: Paths) -> None:
    """Raise `ValidationFailedError` unless the subset's data passed their validation."""
    report = paths.validation / f"{subset}.json"
    if not read_json(report)["success"]:
        raise ValidationFailedError(f"{report}: the data of subset {subset} did not pass their validation")
