"""Stage *testset*: make the test sets of a subset, and judge them."""

from typing import Any

from .params import StudyParams
from .project import Project
from .simulate import simulate
from .study import Study
from .validate import validate


def testset(study: Study[Any], project: Project, params: StudyParams, subset: str) -> None:
    """Make ``data/<study>/test/<subset>``, and the report on these data.

    They are data like others, under the name ``test/<subset>``: the study simulates and validates them.

    Raises
    ------
    ValidationFailedError
        If an expectation is broken; the report is written before.
    """
    name = f"test/{subset}"
    simulate(study, project, params, name)
    validate(study, project, params, name)
