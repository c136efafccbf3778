"""Stage *validate*: judge a dataset; what fails stops the pipeline."""

from typing import Any

from relaxnet.core.errors import ValidationFailedError
from relaxnet.core.files import read_json
from relaxnet.datasets.validation import ensure_valid

from .params import StudyParams
from .project import Project
from .study import Study


def validate(study: Study[Any], project: Project, params: StudyParams, subset: str) -> None:
    """Judge ``data/<study>/<subset>`` and write ``<subset>.json`` and ``.html`` into the study's validation reports.

    Raises
    ------
    ValidationFailedError
        If an expectation is broken; the report is written before.
    """
    from relaxnet.reporting.validation import write_validation

    report = study.validate(subset, params, project.data / subset)
    write_validation(report, project.validation / f"{subset}.json", project.validation / f"{subset}.html")
    ensure_valid(report)


def ensure_validated(project: Project, subset: str) -> None:
    """Raise `ValidationFailedError` unless the subset's data passed their validation."""
    report = project.validation / f"{subset}.json"
    if not read_json(report)["success"]:
        raise ValidationFailedError(f"{report}: the data of subset {subset} did not pass their validation")
