"""Views of an experiment that the MLflow UI opens by an address: which runs, columns and charts it shows.

The UI keeps the columns that a user chose in the browser.  A view that is shared lies in a tag of the experiment, which
can be written from here; the keys are those of MLflow 3.17 (`ExperimentPageUIState` and `ExperimentPageSearchFacets` in
its sources).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

NAME = "models"
TAG = f"mlflow.sharedViewState.{NAME}"
PRIMARY = "mlflow.experiment.primaryMetric.name"  # the metric that charts begin with
_SECTION = "headline"
_SHOW_ALL_RUNS = "SHOWALL"
_LETTER_PX, _LEAST_PX, _SPARE_PX = 7, 90, 35  # of the names of columns


@dataclass(frozen=True)
class View:
    """What tells runs from each other: a filter as in the search field, parameters, metrics, the main one first."""

    filter: str
    params: Sequence[str]
    metrics: Sequence[str]

    def tags(self) -> dict[str, str]:
        """Tags of the experiment that hold the view."""
        return {TAG: json.dumps(self._state(), sort_keys=True), PRIMARY: self.metrics[0]}

    def _state(self) -> dict[str, object]:
        columns = [f"params.`{name}`" for name in self.params] + [f"metrics.`{name}`" for name in self.metrics]
        charts = [self._parallel(), *({"metricKey": name, **_chart("BAR", name)} for name in self.metrics)]
        return {
            "searchFilter": self.filter,
            "orderByKey": "attributes.start_time",
            "orderByAsc": False,
            "startTime": "ALL",
            "lifecycleFilter": "Active",
            "selectedColumns": columns,
            "columnOrder": columns,
            "columnWidths": dict(zip(columns, map(_width_px, (*self.params, *self.metrics)), strict=True)),
            "runsHiddenMode": _SHOW_ALL_RUNS,
            "compareRunSections": [
                {"uuid": _SECTION, "name": "Headline metrics", "display": True, "isReordered": False}
            ],
            "compareRunCharts": charts,
        }

    def _parallel(self) -> dict[str, object]:
        lines = {"selectedParams": list(self.params), "selectedMetrics": list(self.metrics), "showAllRuns": True}
        return {**_chart("PARALLEL", "all"), **lines}


def path(experiment_id: str, *, charts: bool = False) -> str:
    """Where the UI shows the view, as a table or as charts."""
    return f"experiments/{experiment_id}/runs?viewStateShareKey={NAME}{'&compareRunsMode=CHART' if charts else ''}"


def _width_px(name: str) -> int:
    return max(_LEAST_PX, _LETTER_PX * len(name) + _SPARE_PX)


def _chart(kind: str, name: str) -> dict[str, object]:
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"relaxnet:{kind}:{name}"))  # the same view is the same text
    return {
        "type": kind, "uuid": identity, "metricSectionId": _SECTION, "runsCountToCompare": 100, "deleted": False,
        "isGenerated": False,
    }  # fmt: skip
