"""Models in the store: predictors, and networks as ``.keras`` with a tensor signature, read back in safe mode."""

import json
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlflow import MlflowClient, artifacts
from mlflow.entities import LoggedModelOutput
from mlflow.models import Model, ModelSignature
from mlflow.types import Schema, TensorSpec

from relaxnet.core.errors import DataFileError

from ._environment import third_party_warnings_off
from .predictors import Predictor, files_of, pinned, save_predictor

Arrays = np.ndarray | Mapping[str, np.ndarray]
REQUIREMENTS = ("keras", "tensorflow-cpu", "tensorflow", "numpy")
KERAS_FILE = Path("data", "model.keras")  # as MLflow's Keras flavour names it
FILES = "relaxnet.files"  # tag of a logged model: the files without which it is not whole, a JSON list


@dataclass(frozen=True)
class Store:
    """Where a model goes: an experiment and a run of a store."""

    client: MlflowClient
    experiment_id: str
    run_id: str


def store_model(
    store: Store,
    model: Any,
    *,
    name: str,
    input_example: Arrays,
    metadata: Mapping[str, Any],
    params: Mapping[str, str],
) -> str:
    """Save, upload and link a Keras model."""
    example = _first_sample(input_example)

    def save(folder: Path, card: Model) -> None:
        with third_party_warnings_off():
            _flavor().save_model(
                model,
                str(folder),
                mlflow_model=card,
                signature=_signature(model, example),
                input_example=example,
                pip_requirements=pinned(REQUIREMENTS),
                metadata=dict(metadata),
            )

    return _store(store, name, "keras", save, [KERAS_FILE.as_posix()], params)


def store_predictor(
    store: Store, predictor: Predictor, *, name: str, metadata: Mapping[str, Any], params: Mapping[str, str]
) -> str:
    """Save, upload and link a predictor."""

    def save(folder: Path, card: Model) -> None:
        save_predictor(predictor, folder, card, metadata)

    return _store(store, name, "predictor", save, files_of(predictor), params)


def _store(
    store: Store, name: str, kind: str, save: Callable[[Path, Model], None], files: list[str], params: Mapping[str, str]
) -> str:
    """Make a logged model of what ``save`` writes; one that cannot be saved or uploaded is marked as failed."""
    client = store.client
    logged = client.create_logged_model(
        store.experiment_id,
        name=name,
        source_run_id=store.run_id,
        tags={FILES: json.dumps(files)},
        params=dict(params),
        model_type=kind,
    )
    status = "FAILED"
    try:
        with tempfile.TemporaryDirectory() as folder:
            ids = {"run_id": store.run_id, "model_uuid": logged.model_id, "model_id": logged.model_id}
            save(Path(folder), Model(artifact_path=logged.artifact_location, **ids))
            client.log_model_artifacts(logged.model_id, folder)
        client.log_outputs(store.run_id, [LoggedModelOutput(logged.model_id, step=0)])
        status = "READY"
    finally:
        client.finalize_logged_model(logged.model_id, status)
    return f"models:/{logged.model_id}"


def fetch_model(client: MlflowClient, uri: str, model_uri: str) -> Any:
    """Keras model behind ``models:/<model_id>``, see `load_model`."""
    from relaxnet.models.blocks.architectures import load_model

    location = client.get_logged_model(model_uri.removeprefix("models:/")).artifact_location
    with tempfile.TemporaryDirectory() as folder:
        local = Path(artifacts.download_artifacts(artifact_uri=location, dst_path=folder, tracking_uri=uri))
        found = sorted(local.glob("data/**/*.keras"))  # of a network, or among the files of a predictor
        if not found:
            raise DataFileError(f"{model_uri}: holds no Keras model ({KERAS_FILE.name})")
        architecture = (Model.load(str(local)).metadata or {}).get("architecture")
        return load_model(found[0], architecture, f"{model_uri}: not a loadable Keras model")


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
