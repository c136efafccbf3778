"""What the registry needs of an evaluation: errors sample by sample, kept with it and with the model's run."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from relaxnet.core.errors import DataFileError, TrackingError
from relaxnet.core.files import read_json
from relaxnet.registry.evidence import FOLDER, VALIDATION, Evidence, Report

from .heldout import headline_sets

if TYPE_CHECKING:
    from relaxnet.datasets.targets import Targets
    from relaxnet.evaluation.paired import SampleErrors
    from relaxnet.tracking.run import Run
    from relaxnet.tracking.tracker import Tracker

    from .params import StudyParams
    from .project import Project
    from .records import Lineage
    from .study import Study


def write_judged(
    study: Study[Any], output: Path, targets: Targets, errors: Mapping[str, SampleErrors], md5: Mapping[str, str]
) -> None:
    """Write the errors on the test sets into ``<output>/judged``."""
    distorted = [name for name in (study.tests.distorted if study.tests else ()) if name in errors]
    compared_on = [name for name in headline_sets(study) if name in errors][-1]
    Evidence(targets, errors, md5, compared_on, distorted).write(output / FOLDER)


def log_judged(
    study: Study[Any], project: Project, params: StudyParams, run: Run, name: str, lineage: Lineage
) -> dict[str, str]:
    """Put a model's errors, and the reports on its data, among the artifacts of its run; returns tags for the registry.

    Raises
    ------
    DataFileError
        If the errors are missing or damaged.
    """
    judged = project.evaluation / name / FOLDER
    evidence = Evidence.read(judged)
    data = [lineage.validation_path.partition("/validation/")[2].removesuffix(".json")]
    if study.tests and name in params.models:
        data.append(study.tests.name(params.models[name]))
    with TemporaryDirectory() as place:
        folder = Path(shutil.copytree(judged, Path(place, FOLDER)))
        for report in data:
            file = project.validation / f"{report}.json"
            if file.exists():
                kept = folder / VALIDATION / f"{report}.json"
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, kept)
        run.log_folder(folder, FOLDER)
    return {"judged.on": evidence.compared_on, "judged.md5": evidence.md5[evidence.compared_on]}


def fetch_judged(tracker: Tracker, run_id: str) -> tuple[Evidence, dict[str, Report]]:
    """Errors of a model, and the reports on its data by name, as its run has them.

    Raises
    ------
    DataFileError
        If the run has none, or they are damaged.
    """
    with TemporaryDirectory() as place:
        try:
            folder = tracker.fetch_artifacts(run_id, FOLDER, Path(place))
        except TrackingError as error:
            raise DataFileError(f"run {run_id}: no errors on test sets among its artifacts ({error})") from None
        evidence, found = Evidence.read(folder), {}
        for file in sorted((folder / VALIDATION).rglob("*.json")):
            name = file.relative_to(folder / VALIDATION).with_suffix("").as_posix()
            report = read_json(file)
            success = isinstance(report, dict) and report.get("success") is True
            md5 = hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
            found[name] = Report(success, md5)
        return evidence, found
