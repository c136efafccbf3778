"""Runs read back as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RunInfo:
    """A run as logged: texts as MLflow keeps them, the last value of each metric, the model logged last."""

    run_id: str
    name: str
    status: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    datasets: dict[str, str]
    model_uri: str | None


def find_runs(tracker, filter_string=""):
    """Runs of the tracker's experiment, newest first."""
    return [_info(run) for run in tracker.client.search_runs([tracker.experiment_id], filter_string)]


def _info(run):
    models = run.outputs.model_outputs if run.outputs else []
    inputs = run.inputs.dataset_inputs if run.inputs else []
    return RunInfo(
        run_id=run.info.run_id,
        name=run.info.run_name,
        status=run.info.status,
        params=dict(run.data.params),
        metrics=dict(run.data.metrics),
        tags=dict(run.data.tags),
        datasets={entry.dataset.name: entry.dataset.digest for entry in inputs},
        model_uri=f"models:/{models[-1].model_id}" if models else None,
    )
