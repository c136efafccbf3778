"""What a hyper-parameter search needs to be told, read without Keras and Optuna."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from relaxnet.core.config import Config, Name, parse
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import read_yaml
from relaxnet.core.processes import MAX_WORKERS
from relaxnet.search.config import Count, PrunerConfig, SamplerConfig
from relaxnet.search.space import SpaceConfig, cells
from relaxnet.tracking.uri import redacted
from relaxnet.training.config import Epochs

from .project import check_name

if TYPE_CHECKING:
    from .params import StudyParams
    from .project import Project

SCORE_OBJECTIVE = "score"


class SearchConfig(Config):
    """A hyper-parameter search: on what, over which space, by which means, how much of it.

    Attributes
    ----------
    subset, architecture : str
        What the trials are trained on, and what they change.
    space : mapping
        Parameters by name.
    objectives : str
        ``score``: the mean over the targets of RMSE / RMSE of the training mean; ``targets``: the mean absolute error
        of each target, in its unit, as an objective of its own.  Both are taken on the tuning set.
    sampler : SamplerConfig
    pruner : PrunerConfig, optional
        By default the median, for a single objective.
    trials : int, optional
        Trials that count, of all sessions and workers; a grid needs none.
    epochs : int
        Of each trial.
    timeout_s : float
        After this time of a session, in seconds, no trial begins.
    workers : int, optional
        Processes on this machine; by default as many as processors.
    storage : str, optional
        Address of a PostgreSQL database, ``postgresql://user@host:port/name``; by default a journal in the project.
    """

    subset: Name
    architecture: str
    space: SpaceConfig
    objectives: Literal["score", "targets"] = "score"
    sampler: SamplerConfig = SamplerConfig()
    pruner: PrunerConfig | None = None
    trials: Count | None = Field(default=None, validate_default=True)
    epochs: Epochs
    timeout_s: Annotated[float, Field(gt=0, le=1e9)] = 1e9
    workers: Annotated[int, Field(ge=1, le=MAX_WORKERS)] | None = None
    storage: str | None = None

    @field_validator("sampler")
    @classmethod
    def _of_choices(cls, sampler: SamplerConfig, found: ValidationInfo) -> SamplerConfig:
        space = found.data.get("space", {})
        ranges = [name for name, parameter in space.items() if parameter.choices is None]
        if sampler.name == "grid" and ranges:
            raise InvalidInputError("name", sampler.name, f"another than grid, as {ranges[0]} has a range, not choices")
        return sampler

    @field_validator("pruner")
    @classmethod
    def _single(cls, pruner: PrunerConfig | None, found: ValidationInfo) -> PrunerConfig | None:
        if pruner is not None and pruner.name != "none" and found.data.get("objectives") == "targets":
            allowed = "none where objectives is targets: only a single objective can be pruned"
            raise InvalidInputError("name", pruner.name, allowed)
        return pruner

    @field_validator("trials")
    @classmethod
    def _enough(cls, trials: int | None, found: ValidationInfo) -> int | None:
        sampler, space = found.data.get("sampler"), found.data.get("space")
        if sampler is None or space is None:  # told already
            return trials
        if sampler.name != "grid":
            if trials is None:
                raise ValueError("given, but for the sampler grid")
            return trials
        if trials not in (None, count := len(cells(space))):
            raise ValueError(f"absent, or {count}: the sampler grid does every combination once")
        return trials

    @field_validator("storage")
    @classmethod
    def _is_address(cls, storage: str | None) -> str | None:
        if storage is not None and not re.fullmatch(r"postgresql://[^\s/?#]+/[^\s/?#]+(\?\S*)?", storage):
            shown = re.sub(r"[^/\s]*@", "", redacted(storage))  # no password in a message
            raise InvalidInputError("", shown, "null, or postgresql://user@host:port/database")
        return storage

    @property
    def pruning(self) -> PrunerConfig:
        """The pruner."""
        return self.pruner or PrunerConfig(name="median" if self.objectives == SCORE_OBJECTIVE else "none")


def read_searches(project: Project, params: StudyParams) -> dict[str, SearchConfig]:
    """Read and check the searches of a project's study, by name.

    Raises
    ------
    DataFileError
        If the file is missing or not YAML.
    InvalidInputError
        Naming the search, the key, its value and what is allowed.
    """
    return parse_searches(type(params.search), read_yaml(project.searches))


def parse_searches(kind: type[SearchConfig], content: Mapping[str, Any]) -> dict[str, SearchConfig]:
    """Check the content of a file of searches, see `read_searches`."""
    for name in content:
        check_name("search", name)
    return {name: parse(kind, values, name) for name, values in content.items()}
