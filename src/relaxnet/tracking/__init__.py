"""Runs, metrics, figures, data lineage and models in MLflow: the only place that talks to MLflow tracking."""

from ._environment import prepare as _prepare

_prepare()  # before mlflow is imported: it reads its switches on import

from ._models import ModelRef, fetch_model  # noqa: E402
from ._run import Run  # noqa: E402
from .lineage import dvc_hash  # noqa: E402
from .query import RunInfo, find_runs  # noqa: E402
from .tracker import Tracker  # noqa: E402

__all__ = ["ModelRef", "Run", "RunInfo", "Tracker", "dvc_hash", "fetch_model", "find_runs"]
