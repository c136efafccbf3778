"""What a grid of trainings needs to be told, read without Keras."""

from typing import Annotated

from pydantic import Field

from relaxnet.core.config import Config, parse
from relaxnet.core.files import read_yaml
from relaxnet.core.processes import MAX_WORKERS
from relaxnet.search.space import ParameterConfig
from relaxnet.training.config import Epochs

from .project import Project, check_name


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
    """

    model: str
    space: Annotated[dict[str, ParameterConfig], Field(min_length=1)]
    epochs: Epochs
    processes: Annotated[int, Field(ge=1, le=MAX_WORKERS)] | None = None
    measures: tuple[tuple[str, float], ...] | None = None


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
