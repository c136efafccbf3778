"""What a grid of trainings needs to be told, read without Keras."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from relaxnet.core.config import Config, matching, parse
from relaxnet.core.files import read_yaml
from relaxnet.core.processes import MAX_WORKERS
from relaxnet.search.space import ParameterConfig
from relaxnet.training.config import Epochs

from .project import Project, check_name

Label = Annotated[str, matching(r"[^|\n\r]{1,60}", "one line of up to 60 characters, none of them '|'")]


class GridConfig(Config):
    """What is trained, with how many epochs, and how many trainings run side by side (which changes no result).

    Attributes
    ----------
    model : str
        Model of the params whose entry the settings of ``space`` change.
    space : mapping
        Choices only; the first parameter varies slowest but for one called ``seed``, which varies slowest of all, so
        that what is done so far covers all other combinations alike.
    measures : tuple of (target, threshold), optional
        Shares of test samples that the report shows; by default the first threshold of each target.
    labels : mapping, optional
        Names of the choices of a parameter, in tables and figures.
    references : tuple of str, optional
        Trained models of the params whose errors on the same test sets are shown beside those of the trainings.
    """

    model: str
    space: Annotated[dict[str, ParameterConfig], Field(min_length=1)]
    epochs: Epochs
    processes: Annotated[int, Field(ge=1, le=MAX_WORKERS)] | None = None
    measures: tuple[tuple[str, float], ...] | None = None
    labels: dict[str, tuple[Label, ...]] = Field(default_factory=dict)
    references: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fit(self) -> Self:
        for name, labels in self.labels.items():
            choices = self.space[name].choices if name in self.space else None
            if choices is None or len(labels) != len(choices) or len(set(labels)) < len(labels):
                raise ValueError(f"labels of a parameter of the space, one for each of its choices (not so: {name})")
        return self

    def shown(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of a combination, with labels in place of the choices that have any."""
        return {
            name: self.labels[name][(self.space[name].choices or ()).index(value)] if name in self.labels else value
            for name, value in values.items()
        }


def read_grids(project: Project) -> dict[str, GridConfig]:
    """Read and check the grids of a project's study, by name.

    Raises
    ------
    DataFileError
        If the file is missing or not YAML.
    InvalidInputError
        Naming the grid, the key, its value and what is allowed.
    """
    grids = read_yaml(project.grids)
    for name in grids:
        check_name("grid", name)
    return {name: parse(GridConfig, content, name) for name, content in grids.items()}
