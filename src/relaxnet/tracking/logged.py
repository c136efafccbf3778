"""Which run of the store holds a model: the one that trained it, or the one it was logged anew in."""

import json
from dataclasses import dataclass
from pathlib import PurePosixPath

from mlflow import MlflowClient, artifacts
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from ._tags import RELOGGED
from .models import FILES, KERAS_FILE


@dataclass(frozen=True)
class LoggedModel:
    """A model in the store, and its run."""

    run_id: str
    model_uri: str


def origin_tag(run_id: str) -> dict[str, str]:
    """Tag of a run that takes the place of another."""
    return {RELOGGED: run_id}


def find_logged(client: MlflowClient, experiment_id: str, run_id: str) -> LoggedModel | None:
    """Model of a run, or of the newest run in its place; None unless the store has run, model and artifacts."""
    original = find_run(client, experiment_id, run_id)
    others = client.search_runs([experiment_id], f"tags.`{RELOGGED}` = '{run_id}'")
    for run in [original, *others] if original else others:
        for output in reversed(run.outputs.model_outputs if run.outputs else []):
            if _is_whole(client, output.model_id):
                return LoggedModel(run.info.run_id, f"models:/{output.model_id}")
    return None


def find_run(client: MlflowClient, experiment_id: str, run_id: str) -> Run | None:
    """Run of an experiment, unless it is deleted."""
    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    return run if run.info.experiment_id == experiment_id and run.info.lifecycle_stage == "active" else None


def _is_whole(client: MlflowClient, model_id: str) -> bool:
    try:
        model = client.get_logged_model(model_id)
        if model.status != "READY":
            return False
        wanted = [PurePosixPath(path) for path in json.loads(model.tags.get(FILES, f'["{KERAS_FILE.as_posix()}"]'))]
        there: set[str] = set()
        for folder in {str(path.parent) for path in wanted}:
            uri = f"{model.artifact_location}/{folder}"
            files = artifacts.list_artifacts(artifact_uri=uri, tracking_uri=client.tracking_uri)
            there |= {f"{folder}/{PurePosixPath(file.path).name}" for file in files}
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return False
        raise
    return there.issuperset(map(str, wanted))
