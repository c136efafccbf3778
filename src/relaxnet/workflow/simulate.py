"""Stage *simulate*: make a dataset of a study."""

import shutil
from typing import Any

from .params import StudyParams
from .project import Project
from .study import Study


def simulate(study: Study[Any], project: Project, params: StudyParams, subset: str) -> None:
    """Make ``data/<study>/<subset>``.

    DVC deletes the outputs of a stage before it runs, so the study works in the workspace, where the work of an
    interrupted run waits; only a finished dataset is moved to its place.
    """
    finished = study.simulate(subset, params, project.workspace / "simulate")
    output = project.data / subset
    shutil.rmtree(output, ignore_errors=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(finished, output)
