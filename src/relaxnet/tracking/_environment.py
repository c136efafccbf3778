"""MLflow's switches, set before it is imported: no telemetry, no chatter, no minutes of retries."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

ALWAYS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # it prints the password in the URI
}
UNLESS_SET = {
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "GIT_PYTHON_REFRESH": "quiet",
}
# a request is sent once, and waited for only seconds
ONE_SHORT_TRY = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "4"}


def prepare() -> None:
    """Set the switches for this process and its children; what the user has set stays."""
    os.environ.update(ALWAYS)
    for key, value in UNLESS_SET.items():
        os.environ.setdefault(key, value)
    for name in ("alembic", "mlflow.store.db.utils", "mlflow.tracking"):
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def third_party_warnings_off() -> Iterator[None]:
    """Silence what the libraries say of each other: NumPy of TensorFlow, SQLAlchemy of MLflow."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy", DeprecationWarning)
        warnings.filterwarnings("ignore", "The ``noload`` loader strategy is deprecated", DeprecationWarning)
        yield
