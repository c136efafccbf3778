"""How MLflow loads a stored predictor (`relaxnet.tracking.predictors`), in a process that may know nothing else of us.

It imports little, since all that it imports is a requirement of every model.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from mlflow.environment_variables import _MLFLOW_IS_IN_SERVING_ENVIRONMENT
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from relaxnet.core.errors import RelaxnetError

CARD = "predictor.json"


class RefusedError(MlflowException):  # type: ignore[misc]
    """A table that a model cannot take, in one line; MLflow's server passes it on with status 400."""


class Served:
    """What MLflow calls: a predictor whose refusals its server understands."""

    def __init__(self, predictor: Any) -> None:
        self.predictor = predictor

    def predict(self, model_input: Any, params: Any = None) -> Any:
        """Estimates for a table; a `RefusedError` for one that the predictor refuses."""
        del params  # there are none
        try:
            found = self.predictor.predict(model_input)
        except RelaxnetError as error:
            raise RefusedError(str(error), error_code=INVALID_PARAMETER_VALUE) from None
        # JSON has no NaN, but MLflow's server writes it
        return found.astype(object).where(found.notna(), None) if _MLFLOW_IS_IN_SERVING_ENVIRONMENT.get() else found


def load(folder: Path) -> Any:
    """Predictor whose artifacts are in ``folder``."""
    module, _, attribute = json.loads((folder / CARD).read_text(encoding="utf-8"))["loader"].partition(":")
    return getattr(import_module(module), attribute)(folder)


def _load_pyfunc(path: str) -> Served:
    return Served(load(Path(path)))
