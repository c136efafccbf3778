"""Records that a stage leaves for later ones, read back with every field checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, FiniteFloat, NonNegativeInt

from relaxnet.core.config import Config, ConfigType, NonNegative, parse
from relaxnet.core.errors import DataFileError, InvalidInputError, MissingFileError
from relaxnet.core.files import read_json

from .project import Project

Stage = tuple[str, ...]
"""Name of a stage, and its item if it has several."""


class Lineage(Config):
    """Data and validation report of a training: where they lay, and the hashes by which DVC knows them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_path: str = Field(alias="data.path")
    data_md5: str = Field(alias="data.md5", max_length=36)
    validation_path: str = Field(alias="validation.path")
    validation_md5: str = Field(alias="validation.md5")

    def tags(self) -> dict[str, str]:
        """Tags of a run or of a registered version."""
        return dict(self.model_dump(by_alias=True))


class TrainingFacts(Config):
    """Cost of a training; beyond these, the number of its samples under the study's noun for them."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, NonNegativeInt] = Field(init=False)

    epochs: NonNegativeInt
    seconds: NonNegative
    n_parameters: NonNegativeInt
    n_trainable: NonNegativeInt


class RunRecord(Config):
    """``run.json`` of a trained model: its run, and all that it takes to log the model anew in another store."""

    run_id: str = Field(pattern="^[0-9A-Za-z_-]+$")
    run_url: str
    model_uri: str = Field(pattern="^models:/.+$")
    subset: str
    params: dict[str, str]
    tags: dict[str, str]
    note: str
    lineage: Lineage
    training: TrainingFacts


class Score(Config):
    """Part of `EvaluationRecord`: what the best model is chosen by."""

    relative_rmse: FiniteFloat | None


class EvaluationRecord(Config):
    """What the registry needs of ``metrics.json``."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    architecture: str
    subset: str
    validation: Score


class RegisteredRecord(Config):
    """Entry of ``registered.json``, one a question: the version in the registry, and the scores it was chosen by."""

    name: str
    version: str
    alias: str
    model: str
    run_id: str
    model_uri: str
    scores: dict[str, FiniteFloat | None]


def read_record(kind: type[ConfigType], path: Path) -> ConfigType:
    """Read and check a record; a `DataFileError` if the file is missing or damaged, or a field of it wrong."""
    try:
        return parse(kind, _fields(path))
    except InvalidInputError as error:
        raise DataFileError(f"{path}: {error}") from None


def read_registered(path: Path) -> dict[str, RegisteredRecord]:
    """Read ``registered.json``, by question; errors as for `read_record`."""
    try:
        return {question: parse(RegisteredRecord, values, question) for question, values in _fields(path).items()}
    except InvalidInputError as error:
        raise DataFileError(f"{path}: {error}") from None


def _fields(path: Path) -> dict[str, Any]:
    values = read_json(path)
    if not isinstance(values, dict):
        raise DataFileError(f"{path}: must hold a mapping of fields")
    return values


def read_run(project: Project, name: str, *stages: Stage) -> RunRecord:
    """``run.json`` of a trained model; errors as for `read_record`, with the command that runs ``stages``.

    They are that of its training, and those whose results must be of the same run.
    """
    with made_anew(project, *stages):
        return read_record(RunRecord, project.models / name / "run.json")


@contextmanager
def made_by(project: Project, stage: str, name: str = "", *, options: str = "-f -s") -> Iterator[None]:
    """Add to a `DataFileError` the command that makes the file anew, see `made_anew`."""
    with made_anew(project, (stage, name), options=options):
        yield


@contextmanager
def made_anew(project: Project, *stages: Stage, options: str = "-f -s") -> Iterator[None]:
    """Add to a `DataFileError` the command that runs ``stages``, one after another, see `stage_command`.

    A file that is not there needs no ``options``: DVC sees that, and the files of the stages before may be missing too.
    """
    try:
        yield
    except DataFileError as error:
        if isinstance(error, MissingFileError):
            options = ""
        first, *further = stages
        command = " ".join([stage_command(project, *first, options=options), *(_target(project, *s) for s in further)])
        raise DataFileError(f"{error}; make it anew: {command}") from None


def stage_command(project: Project, stage: str, name: str = "", *, options: str = "-f -s") -> str:
    """Command that runs one stage of a study, though nothing it depends on has changed.

    Without ``options`` it makes anew what is not as it was made, that of the stages before too, and takes from DVC's
    cache what is there.

    Examples
    --------
    >>> stage_command(Project("spots", Path()), "train", "C")
    'dvc repro -f -s train@C'
    """
    return f"dvc repro {f'{options} ' if options else ''}{_target(project, stage, name)}"


def _target(project: Project, stage: str, name: str = "") -> str:
    pipeline = project.params.parent.relative_to(project.folder) / "dvc.yaml"
    where = "" if pipeline == Path("dvc.yaml") else f"{pipeline.as_posix()}:"
    return f"{where}{stage}{f'@{name}' if name else ''}"


def as_json(record: Config) -> Any:
    """JSON of a record, as `read_record` takes it."""
    return record.model_dump(mode="json", by_alias=True)
