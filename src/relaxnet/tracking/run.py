"""One run of MLflow: what it was given, how it went, what came out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mlflow import MlflowClient
from mlflow.data.meta_dataset import MetaDataset
from mlflow.data.sources import LocalArtifactDatasetSource
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

from ._store import translated
from ._tags import NOTE, SOURCE
from .models import Arrays, Store, store_model, store_predictor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .predictors import Predictor


class Run:
    """A run in progress; made by `Tracker.run`.  Every method raises `TrackingError` if the store refuses."""

    def __init__(
        self, client: MlflowClient, uri: str, experiment_id: str, run_id: str, params: Mapping[str, object]
    ) -> None:
        self._client, self._uri, self._experiment_id, self.run_id = client, uri, experiment_id, run_id
        self._params: dict[str, str] = {}
        self._seconds: float | None = None
        self.log_params(params)

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log parameters, of the models of this run as well; one that is already logged must keep its value."""
        texts = {key: str(value) for key, value in params.items()}
        with translated(self._uri, "log parameters"):
            self._client.log_batch(self.run_id, params=[Param(key, text) for key, text in texts.items()])
        self._params.update(texts)

    @property
    def params(self) -> dict[str, str]:
        """Parameters logged so far, as MLflow keeps them."""
        return dict(self._params)

    @property
    def tags(self) -> dict[str, str]:
        """Tags that say what the run is and where its code came from; not those that MLflow sets by itself."""
        with translated(self._uri, "read tags"):
            tags = self._client.get_run(self.run_id).data.tags
        return {key: value for key, value in tags.items() if key.startswith(SOURCE) or not key.startswith("mlflow.")}

    def describe(self, markdown: str) -> None:
        """Set the description that the run's page shows."""
        with translated(self._uri, "set tags"):
            self._client.set_tag(self.run_id, NOTE, markdown)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags, which unlike parameters may change."""
        with translated(self._uri, "set tags"):
            self._client.log_batch(self.run_id, tags=[RunTag(key, text) for key, text in tags.items()])

    def log_metrics(self, metrics: Mapping[str, float], step: int = 0) -> None:
        """Log the metrics of one moment."""
        self._log([(key, value, step) for key, value in metrics.items()], int(time.time() * 1000))

    def log_history(self, history: Mapping[str, Sequence[float]]) -> None:
        """Log one value per epoch, from epoch 1, for each metric; MLflow sends a thousand at a time.

        The points have the time at which the run began, so that logging them again changes nothing.
        """
        begun_ms = self._begun_ms()
        points = [(key, value, step) for key, values in history.items() for step, value in enumerate(values, start=1)]
        self._log(points, begun_ms)

    def _begun_ms(self) -> int:
        with translated(self._uri, f"read run {self.run_id}"):
            return int(self._client.get_run(self.run_id).info.start_time)

    def _log(self, points: list[tuple[str, float, int]], time_ms: int) -> None:
        with translated(self._uri, "log metrics"):
            metrics = [Metric(key, float(value), time_ms, step) for key, value, step in points]
            self._client.log_batch(self.run_id, metrics=metrics)

    def log_figure(self, figure: Figure, artifact_file: str) -> None:
        """Store a Matplotlib figure as ``artifact_file`` (PNG, SVG or PDF by its ending); it stays open."""
        with translated(self._uri, f"store {artifact_file}"):
            self._client.log_figure(self.run_id, figure, artifact_file)

    def log_file(self, path: Path, artifact_folder: str | None = None) -> None:
        """Store a copy of a file in ``artifact_folder`` (at the top unless given)."""
        with translated(self._uri, f"store {path.name}"):
            self._client.log_artifact(self.run_id, str(path), artifact_folder)

    def log_folder(self, folder: Path, artifact_folder: str) -> None:
        """Store copies of all that is in ``folder``, in ``artifact_folder``."""
        with translated(self._uri, f"store {folder.name}"):
            self._client.log_artifacts(self.run_id, str(folder), artifact_folder)

    def log_dataset(
        self, name: str, digest: str, source: str, context: Literal["training", "validation", "test"]
    ) -> None:
        """Note which data the run used: their hash (`dvc_hash`; at most 36 characters) and where they lie."""
        lineage = MetaDataset(source=LocalArtifactDatasetSource(source), name=name, digest=digest).to_dict()
        entity = Dataset(name=name, digest=digest, source_type=lineage["source_type"], source=lineage["source"])
        with translated(self._uri, f"log dataset {name}"):
            tags = [InputTag("mlflow.data.context", context)]
            self._client.log_inputs(self.run_id, [DatasetInput(entity, tags)])

    def log_model(
        self,
        model: Any,
        *,
        name: str,
        input_example: Arrays,
        targets: Mapping[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> str:
        """Store a built Keras model in the ``.keras`` format, with signature, example and requirements.

        Parameters
        ----------
        input_example : array, or mapping of arrays
            What the model is called with, first axis the batch; the first sample is stored.
        targets : mapping of str to str, optional
            Units of the output columns by name, in their order; kept in the model's metadata.
        metadata : mapping, optional
            Whatever else a reader of the model needs (JSON values).
        """
        with translated(self._uri, f"store model {name}"):
            return store_model(
                self._store,
                model,
                name=name,
                input_example=input_example,
                metadata=_with_units(metadata, targets),
                params=self._params,
            )

    def log_predictor(
        self,
        predictor: Predictor,
        *,
        name: str,
        targets: Mapping[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> str:
        """Store what anyone can load with `mlflow.pyfunc.load_model`; other arguments as for `log_model`."""
        with translated(self._uri, f"store model {name}"):
            return store_predictor(
                self._store, predictor, name=name, metadata=_with_units(metadata, targets), params=self._params
            )

    def lasted(self, seconds: float) -> None:
        """Say how long the work of the run took, which is the duration it is closed with; what else it does is none."""
        self._seconds = seconds

    def end_ms(self) -> int | None:
        """Time of the run's end, by its beginning and what `lasted` was told; None if it was told nothing."""
        return None if self._seconds is None else self._begun_ms() + round(self._seconds * 1000)

    @property
    def _store(self) -> Store:
        return Store(self._client, self._experiment_id, self.run_id)


def _with_units(metadata: Mapping[str, Any] | None, targets: Mapping[str, str] | None) -> dict[str, Any]:
    units = [{"name": key, "unit": unit} for key, unit in (targets or {}).items()]
    return {**(metadata or {}), **({"targets": units} if units else {})}
