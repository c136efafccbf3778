"""Stage *validate*: judge a dataset; what fails stops the pipeline."""

from dataclasses import replace
from typing import Any

from relaxnet.core.errors import DataFileError, ValidationFailedError
from relaxnet.core.files import read_json
from relaxnet.datasets.validation import ensure_valid
from relaxnet.tracking.lineage import dvc_hash

from .params import ModelConfig, StudyParams
from .project import Project
from .records import made_by, stage_command
from .study import Study


def validate(study: Study[Any], project: Project, params: StudyParams, subset: str) -> None:
    """Judge ``data/<study>/<subset>`` and write ``<subset>.json`` and ``.html`` into the study's validation reports.

    Raises
    ------
    ValidationFailedError
        If an expectation is broken; the report is written before.
    DataFileError
        If the data cannot be read, or change meanwhile.
    """
    from relaxnet.reporting.validation import write_validation

    folder = project.data / subset
    with made_by(project, *_maker(subset, "simulate"), options=""):
        data_hash = dvc_hash(folder)
        report = replace(study.validate(subset, params, folder), data_md5=data_hash)
        if dvc_hash(folder) != data_hash:
            raise DataFileError(f"{folder}: changed during its validation")
    write_validation(report, project.validation / f"{subset}.json", project.validation / f"{subset}.html")
    ensure_valid(report)


def ensure_validated(project: Project, subset: str) -> str:
    """Hash of the subset's data, if they are those that passed their validation.

    Raises
    ------
    ValidationFailedError
        If the data did not pass, or are others than those that were judged.
    DataFileError
        If there are no data or no report on them, or they cannot be read.
    """
    file, folder, maker = project.validation / f"{subset}.json", project.data / subset, _maker(subset, "validate")
    with made_by(project, *maker, options=""):
        report, data_hash = read_json(file), dvc_hash(folder)
        if not isinstance(report, dict) or not isinstance(report.get("success"), bool):
            raise DataFileError(f"{file}: no report on a validation")
    if not report["success"]:
        raise ValidationFailedError(f"{file}: the data of subset {subset} did not pass their validation")
    if report.get("data_md5") != data_hash:
        command = stage_command(project, *maker, options="")
        raise ValidationFailedError(f"{folder}: not the data that {file} is on; make them anew: {command}")
    return data_hash


def ensure_tests_validated(study: Study[Any], project: Project, model: ModelConfig) -> str:
    """Hash of the data with a model's test sets, see `ensure_validated`; empty if the study has none."""
    return ensure_validated(project, study.tests.name(model)) if study.tests else ""


def _maker(subset: str, stage: str) -> tuple[str, str]:
    """Stage, and its item, that makes data or their report; test sets have one for both."""
    folder, _, item = subset.rpartition("/")
    return ("testset", item) if folder else (stage, subset)
