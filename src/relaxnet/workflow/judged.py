"""What the registry needs of an evaluation: errors sample by sample, kept with it and with the model's run."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import read_json
from relaxnet.registry.evidence import FOLDER, VALIDATION, Evidence, Report
from relaxnet.tracking.lineage import dvc_hash

from .heldout import headline_sets

if TYPE_CHECKING:
    from relaxnet.datasets.targets import Targets
    from relaxnet.evaluation.paired import SampleErrors
    from relaxnet.registry.register import Registered
    from relaxnet.tracking.run import Run
    from relaxnet.tracking.tracker import Tracker

    from .params import StudyParams
    from .project import Project
    from .records import RunRecord
    from .study import Study

FILES_TAG = "judged.files"  # of a version: hash of its evidence, which is also its place among the artifacts


def write_judged(
    study: Study[Any],
    output: Path,
    trained_in: str,
    targets: Targets,
    errors: Mapping[str, SampleErrors],
    md5: Mapping[str, str],
    tests_md5: str,
) -> None:
    """Write the errors on the test sets into ``<output>/judged``; other arguments as in `Evidence`."""
    distorted = [name for name in (study.tests.distorted if study.tests else ()) if name in errors]
    compared_on = [name for name in headline_sets(study) if name in errors][-1]
    Evidence(trained_in, tests_md5, targets, errors, md5, compared_on, distorted).write(output / FOLDER)


def log_judged(
    study: Study[Any], project: Project, params: StudyParams, run: Run, name: str, record: RunRecord
) -> dict[str, str]:
    """Put a model's errors, and the reports on its data, among the artifacts of its run; returns tags for the registry.

    They lie in a folder named after their hash: a later evaluation, an experiment's say, does not replace them.

    Raises
    ------
    DataFileError
        If errors or reports are missing or damaged, or are not those of this model and its data.
    """
    judged = project.evaluation / name / FOLDER
    evidence = Evidence.read(judged)
    if evidence.trained_in != record.run_id:
        raise DataFileError(f"{judged}: of the model of run {evidence.trained_in}, not of {record.run_id}")
    data = {record.lineage.validation_path.partition("/validation/")[2].removesuffix(".json"): record.lineage.data_md5}
    if study.tests:
        data[study.tests.name(params.models[name]) if name in params.models else next(iter(data))] = evidence.tests_md5
    with TemporaryDirectory() as place:
        folder = Path(shutil.copytree(judged, Path(place, FOLDER)))
        for report, data_md5 in data.items():
            file = project.validation / f"{report}.json"
            content = read_json(file)
            if not isinstance(content, dict) or content.get("data_md5") != data_md5:
                raise DataFileError(f"{file}: not the report on the data of model {name} ({data_md5})")
            kept = folder / VALIDATION / f"{report}.json"
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, kept)
        digest = dvc_hash(folder)
        run.log_folder(folder, f"{FOLDER}/{digest}")
    return {FILES_TAG: digest, "judged.on": evidence.compared_on, "judged.md5": evidence.md5[evidence.compared_on]}


def fetch_judged(tracker: Tracker, version: Registered) -> tuple[Evidence, dict[str, Report]]:
    """Errors of a registered model, and the reports on its data by name, as its run has them.

    Raises
    ------
    DataFileError
        If the run has none, or they are not as they were registered.
    TrackingError
        If the store fails.
    """
    digest = version.tags.get(FILES_TAG, "")
    with TemporaryDirectory() as place:
        folder = tracker.fetch_artifacts(version.run_id, f"{FOLDER}/{digest}", Path(place)) if digest else None
        if folder is None:
            raise DataFileError(f"its run {version.run_id} has no errors on test sets")
        if dvc_hash(folder) != digest:
            raise DataFileError(f"its run {version.run_id} has other errors on test sets than were registered")
        evidence, found = Evidence.read(folder), {}
        for file in sorted((folder / VALIDATION).rglob("*.json")):
            name = file.relative_to(folder / VALIDATION).with_suffix("").as_posix()
            report = read_json(file)
            md5 = hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
            found[name] = Report(isinstance(report, dict) and report.get("success") is True, md5)
        return evidence, found
