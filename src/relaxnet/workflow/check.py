"""Stage *check*: refuse mistakes in the params before anything runs, in less than a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import content_hash, write_text

from .grid_config import read_grids
from .search_config import read_searches

if TYPE_CHECKING:
    from .params import StudyParams
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
    named = study.files(params) if study.files else ()
    contents = [f"{name}: {content_hash(project.folder / name)}\n" for name in named]
    write_text(project.reports / "checked.txt", "".join(["The params are well-formed.\n", *contents]))
