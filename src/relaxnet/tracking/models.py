"""Keras models in the store: saved as ``.keras`` with a tensor signature, read back in safe mode."""

import tempfile
import warnings
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from mlflow import MlflowClient, artifacts
from mlflow.entities import LoggedModelOutput
from mlflow.models import Model, ModelSignature
from mlflow.types import Schema, TensorSpec

from relaxnet.core.errors import DataFileError

from ._environment import third_party_warnings_off

Arrays = np.ndarray | Mapping[str, np.ndarray]
REQUIREMENTS = ("keras", "tensorflow-cpu", "tensorflow", "numpy")
KERAS_FILE = Path("data", "model.keras")


def store_model(
    client: MlflowClient,
    experiment_id: str,
    run_id: str,
    model: Any,
    *,
    name: str,
    input_example: Arrays,
    metadata: Mapping[str, Any],
    params: Mapping[str, str],
) -> str:
    """Save, upload and link a Keras model; a failed upload leaves a logged model marked as failed."""
    example = _first_sample(input_example)
    logged = client.create_logged_model(
        experiment_id, name=name, source_run_id=run_id, params=dict(params), model_type="keras"
    )
    status = "FAILED"
    try:
        with tempfile.TemporaryDirectory() as folder, third_party_warnings_off():
            ids = {"run_id": run_id, "model_uuid": logged.model_id, "model_id": logged.model_id}
            card = Model(artifact_path=logged.artifact_location, **ids)
            _flavor().save_model(
                model,
                folder,
                mlflow_model=card,
                signature=_signature(model, example),
                input_example=example,
                pip_requirements=_requirements(),
                metadata=dict(metadata),
            )
            client.log_model_artifacts(logged.model_id, folder)
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
        status = "READY"
    finally:
        client.finalize_logged_model(logged.model_id, status)
    return f"models:/{logged.model_id}"


def _requirements() -> list[str]:
    """Installed versions of what a saved model needs."""
    found = []
    for package in REQUIREMENTS:
        with suppress(PackageNotFoundError):
            found.append(f"{package}=={version(package)}")
    return found


def fetch_model(client: MlflowClient, uri: str, model_uri: str) -> Any:
    """Keras model behind ``models:/<model_id>``, see `load_model`."""
    from relaxnet.models.blocks.architectures import load_model

    location = client.get_logged_model(model_uri.removeprefix("models:/")).artifact_location
    with tempfile.TemporaryDirectory() as folder:
        local = Path(artifacts.download_artifacts(artifact_uri=location, dst_path=folder, tracking_uri=uri))
        if not (local / KERAS_FILE).is_file():
            raise DataFileError(f"{model_uri}: holds no {KERAS_FILE.as_posix()}")
        architecture = (Model.load(str(local)).metadata or {}).get("architecture")
        return load_model(local / KERAS_FILE, architecture, f"{model_uri}: not a loadable Keras model")


def _flavor() -> Any:
    """MLflow's Keras flavour; importing it imports Keras, and the rest of it warns of its own type hints."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow.keras
        import mlflow.pyfunc
    return mlflow.keras


def _first_sample(arrays: Arrays) -> Arrays:
    if isinstance(arrays, Mapping):
        return {name: np.asarray(array)[:1] for name, array in arrays.items()}
    return np.asarray(arrays)[:1]


def _signature(model: Any, example: Arrays) -> ModelSignature:
    import keras

    outputs = keras.tree.map_structure(keras.ops.convert_to_numpy, model(example, training=False))
    return ModelSignature(inputs=_schema(example), outputs=_schema(outputs))


def _schema(arrays: Arrays) -> Schema:
    if isinstance(arrays, Mapping):
        return Schema([TensorSpec(a.dtype, (-1, *a.shape[1:]), name) for name, a in arrays.items()])
    return Schema([TensorSpec(arrays.dtype, (-1, *arrays.shape[1:]))])
