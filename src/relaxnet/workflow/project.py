"""Where things are: the folders of a study in a project."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from relaxnet.core.errors import InvalidInputError

PARAMS_FILE = "params.yaml"


@dataclass(frozen=True)
class Project:
    """Folders of one study.

    Attributes
    ----------
    study : str
        Name of the study.
    root : Path
        Folder of the project, absolute: MLflow's store, journals and checkpoints are kept there.
    folder : Path
        Where the stages run: data, models and reports.  The same as ``root``, but for a temporary copy of the project
        (``dvc exp run --temp``), which shares its stores.
    """

    study: str
    root: Path
    folder: Path = Path()

    @classmethod
    def find(cls, study: str, folder: Path = Path()) -> Self:
        """Folders of a study in the project that ``folder`` belongs to, see `project_root`."""
        return cls(study, project_root(folder), folder)

    @property
    def params(self) -> Path:
        """Its params: in ``pipelines/<study>``, beside its pipeline, or at the top."""
        own = self.folder / "pipelines" / self.study / PARAMS_FILE
        return own if own.exists() else self.folder / PARAMS_FILE

    @property
    def grids(self) -> Path:
        """Its grids of trainings."""
        return self.folder / "pipelines" / self.study / "grids" / PARAMS_FILE

    @property
    def searches(self) -> Path:
        """Its hyper-parameter searches, beside the one of the params."""
        return self.folder / "pipelines" / self.study / "searches" / PARAMS_FILE

    @property
    def data(self) -> Path:
        """Datasets, a folder each."""
        return self.folder / "data" / self.study

    @property
    def models(self) -> Path:
        """Trained models, a folder each."""
        return self.folder / "models" / self.study

    @property
    def reports(self) -> Path:
        """Everything to be looked at."""
        return self.folder / "reports" / self.study

    @property
    def validation(self) -> Path:
        """Reports on the datasets."""
        return self.reports / "validation"

    @property
    def evaluation(self) -> Path:
        """Tests of the models, a folder each."""
        return self.reports / "evaluation"

    @property
    def comparison(self) -> Path:
        """The page over all models."""
        return self.reports / "comparison"

    @property
    def headline(self) -> Path:
        """The few numbers of each model that are shown first."""
        return self.reports / "headline"

    @property
    def registered(self) -> Path:
        """What is in the registry."""
        return self.reports / "registered.json"

    @property
    def workspace(self) -> Path:
        """What DVC must not delete, as it does with the outputs of a stage: unfinished work, journals."""
        return self.root / ".relaxnet" / self.study

    @property
    def checkpoints(self) -> Path:
        """Where interrupted trainings wait."""
        return self.workspace / "checkpoints"


def check_name(field: str, name: object) -> None:
    """Raise `InvalidInputError` unless ``name`` is fit for a folder, a stage and a run."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", name):
        raise InvalidInputError(field, name, "made of up to 100 letters, digits, '_' and '-'")


def project_root(folder: Path) -> Path:
    """Root of the project that ``folder`` belongs to: ``DVC_ROOT``, or the nearest parent that DVC knows.

    In a temporary copy made by ``dvc exp run --temp`` this is the original project, so that stores are shared.
    Without DVC it is ``folder`` itself.
    """
    start = Path(os.environ.get("DVC_ROOT", folder)).resolve()
    parts = start.parts
    if ".dvc" in parts:
        return Path(*parts[: parts.index(".dvc")])
    return next((parent for parent in (start, *start.parents) if (parent / ".dvc").is_dir()), start)
