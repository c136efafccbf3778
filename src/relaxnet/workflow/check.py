"""Stage *check*: refuse mistakes in the params before anything runs, in less than a second.

Sizes of networks are none of it: only an architecture knows what it takes, and to ask it takes Keras.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relaxnet.core.errors import InvalidInputError, within
from relaxnet.core.files import content_hash, write_text

from .grid_config import read_grids
from .search_config import read_searches

if TYPE_CHECKING:
    from .params import ModelConfig, StudyParams
    from .project import Project
    from .study import Study


def check(study: Study[Any], project: Project, params: StudyParams) -> None:
    """Check the params of a study, which have been read, its grids and its searches; write ``checked.txt``.

    What the file says does not depend on the params, but on the content of files that they name: the stages that wait
    for it run anew only if their own params change, or such a file.

    Raises
    ------
    InvalidInputError
        Naming the key, its value and what is allowed.
    DataFileError
        If the grids or the searches are not YAML.
    """
    grids = read_grids(project) if project.grids.exists() else {}
    for name, config in grids.items():
        if config.model not in params.models:
            raise InvalidInputError(f"{name}.model", config.model, f"one of {', '.join(params.models)}")
    if project.searches.exists():
        read_searches(project, params)
    for name, model in params.models.items():
        if model.architecture not in params.networks:
            allowed = f"one of {', '.join(params.networks)}, of which the profile has the sizes"
            raise InvalidInputError(f"models.{name}.architecture", model.architecture, allowed)
        with within(f"models.{name}"):
            study.targets(model).column_weights(model.loss_weights)
            _check_start(study, project, params, model)
    named = study.files(params) if study.files else ()
    contents = [f"{name}: {content_hash(project.folder / name)}\n" for name in named]
    write_text(project.reports / "checked.txt", "".join(["The params are well-formed.\n", *contents]))


def _check_start(study: Study[Any], project: Project, params: StudyParams, model: ModelConfig) -> None:
    if model.start is None:
        return
    names, start = [*params.models, *study.further], model.start.model
    if start not in names and not (project.folder / start).is_dir():
        raise InvalidInputError("start.model", start, f"one of {', '.join(names)}, or a folder with an estimator")
