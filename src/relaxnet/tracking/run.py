"""One run of MLflow: what it was given, how it went, what came out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mlflow import MlflowClient
from mlflow.data.meta_dataset import MetaDataset
from mlflow.data.sources import LocalArtifactDatasetSource
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param

from ._store import translated
from .models import Arrays, ModelRef, store_model
from .tracker import NOTE, Scalar

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METRICS_PER_CALL, PARAMS_PER_CALL = 1000, 100  # the limits of MLflow's REST interface


class Run:
    """A run in progress; made by `Tracker.run`.  Every method raises `TrackingError` if the store refuses.

    Parameters
    ----------
    client : MlflowClient
        Connection to the store.
    uri : str
        Address of the store.
    experiment_id, run_id : str
        Identifiers in the store.
    params : Mapping[str, Scalar]
        Parameters of the run, which its models get as well.
    """

    def __init__(
        self, client: MlflowClient, uri: str, experiment_id: str, run_id: str, params: Mapping[str, Scalar]
    ) -> None:
        self._client, self._uri, self._experiment_id, self._run_id = client, uri, experiment_id, run_id
        self._params: dict[str, str] = {}
        self.log_params(params)

    @property
    def run_id(self) -> str:
        """Identifier of the run."""
        return self._run_id

    def log_params(self, params: Mapping[str, Scalar]) -> None:
        """Log parameters; one that is already logged must keep its value."""
        texts = {key: str(value) for key, value in params.items()}
        entities = [Param(key, text) for key, text in texts.items()]
        with translated(self._uri, "log parameters"):
            for start in range(0, len(entities), PARAMS_PER_CALL):
                self._client.log_batch(self._run_id, params=entities[start : start + PARAMS_PER_CALL])
        self._params.update(texts)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags; a tag that exists is overwritten."""
        with translated(self._uri, "set tags"):
            for key, value in tags.items():
                self._client.set_tag(self._run_id, key, value)

    def describe(self, markdown: str) -> None:
        """Set the description that the run's page shows."""
        self.set_tags({NOTE: markdown})

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log the metrics of one moment (step 0 unless given)."""
        now = int(time.time() * 1000)
        self._log([Metric(key, float(value), now, step or 0) for key, value in metrics.items()])

    def log_history(self, history: Mapping[str, Sequence[float]], first_step: int = 1) -> None:
        """Log one value per epoch and metric, a thousand in a call.

        Parameters
        ----------
        history : Mapping[str, Sequence[float]]
            Values in the order of the epochs, by metric.
        first_step : int
            Number of the first epoch; with a resumed run, the number to go on from.
        """
        now = int(time.time() * 1000)
        self._log(
            [
                Metric(key, float(value), now, step)
                for key, values in history.items()
                for step, value in enumerate(values, start=first_step)
            ]
        )

    def _log(self, metrics: list[Metric]) -> None:
        with translated(self._uri, "log metrics"):
            for start in range(0, len(metrics), METRICS_PER_CALL):
                self._client.log_batch(self._run_id, metrics=metrics[start : start + METRICS_PER_CALL])

    def log_figure(self, figure: Figure, artifact_file: str) -> None:
        """Store a Matplotlib figure as ``artifact_file`` (PNG, SVG or PDF by its ending); it stays open."""
        with translated(self._uri, f"store {artifact_file}"):
            self._client.log_figure(self._run_id, figure, artifact_file)

    def log_text(self, text: str, artifact_file: str) -> None:
        """Store a text as ``artifact_file``."""
        with translated(self._uri, f"store {artifact_file}"):
            self._client.log_text(self._run_id, text, artifact_file)

    def log_file(self, path: Path, artifact_folder: str | None = None) -> None:
        """Store a copy of a file in ``artifact_folder`` (at the top unless given)."""
        with translated(self._uri, f"store {path.name}"):
            self._client.log_artifact(self._run_id, str(path), artifact_folder)

    def log_dataset(
        self, name: str, digest: str, source: str, context: Literal["training", "validation", "test"]
    ) -> None:
        """Note which data the run used.

        Parameters
        ----------
        name : str
            Name of the dataset.
        digest : str
            Its hash, at most 36 characters: `dvc_hash`.
        source : str
            Where it lies, relative to the project.
        context : {"training", "validation", "test"}
            What it was used for.
        """
        lineage = MetaDataset(source=LocalArtifactDatasetSource(source), name=name, digest=digest).to_dict()
        entity = Dataset(name=name, digest=digest, source_type=lineage["source_type"], source=lineage["source"])
        with translated(self._uri, f"log dataset {name}"):
            tags = [InputTag("mlflow.data.context", context)]
            self._client.log_inputs(self._run_id, [DatasetInput(entity, tags)])

    def log_model(
        self,
        model: Any,
        *,
        name: str,
        input_example: Arrays,
        targets: Mapping[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> ModelRef:
        """Store a Keras model in the ``.keras`` format, with signature, example and requirements.

        Parameters
        ----------
        model : keras.Model
            A built model.
        name : str
            Name of the logged model.
        input_example : numpy.ndarray or Mapping[str, numpy.ndarray]
            What the model is called with, first axis the batch; the first sample is stored.
        targets : Mapping[str, str], optional
            Units of the output columns by name, in their order; kept in the model's metadata.
        metadata : Mapping[str, Any], optional
            Whatever else a reader of the model needs (JSON values).
        metrics : Mapping[str, float], optional
            Scores of the model itself, shown beside it.

        Returns
        -------
        ModelRef
            How to find it again.
        """
        units = [{"name": key, "unit": unit} for key, unit in (targets or {}).items()]
        with translated(self._uri, f"store model {name}"):
            return store_model(
                self._client,
                self._experiment_id,
                self._run_id,
                model,
                name=name,
                input_example=input_example,
                metadata={**(metadata or {}), **({"targets": units} if units else {})},
                params=self._params,
                metrics={key: float(value) for key, value in (metrics or {}).items()},
            )
