"""Runs read back as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .tracker import Tracker

PAGE = 1000


@dataclass(frozen=True)
class RunInfo:
    """A run as logged.

    Parameters
    ----------
    run_id, name, status : str
        Identifier, name, and one of RUNNING, FINISHED, FAILED, KILLED.
    params, tags : dict[str, str]
        Texts, as MLflow keeps them.
    metrics : dict[str, float]
        Last value of each metric.
    datasets : dict[str, str]
        Digest of each dataset by name.
    model_uri : str or None
        ``models:/<model_id>`` of the model logged last.
    """

    run_id: str
    name: str
    status: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    datasets: dict[str, str]
    model_uri: str | None


def find_runs(
    tracker: Tracker, filter_string: str = "", *, order_by: Sequence[str] = ("attributes.start_time DESC",)
) -> list[RunInfo]:
    """Find runs of the tracker's experiment, newest first.

    Parameters
    ----------
    tracker : Tracker
        An open tracker.
    filter_string : str
        In MLflow's search syntax, for example ``tags.profile = 'laptop' and attributes.status = 'FINISHED'``.
    order_by : Sequence[str]
        Keys to sort by.

    Raises
    ------
    TrackingError
        If the store cannot be read or refuses the filter.
    """
    from mlflow.entities import ViewType

    found: list[RunInfo] = []
    token = None
    with tracker.calls(f"search runs of {tracker.experiment}") as client:
        while True:
            page = client.search_runs(
                [tracker.experiment_id],
                filter_string,
                ViewType.ACTIVE_ONLY,
                PAGE,
                order_by=list(order_by),
                page_token=token,
            )
            found.extend(map(_info, page))
            token = page.token
            if not token:
                return found


def _info(run: Any) -> RunInfo:
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
