"""``python -m relaxnet.tracking.ui``: the MLflow UI on the store of the project in the current folder."""

import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from relaxnet.core.console import run_cleanly
from relaxnet.core.notices import notice

from ._environment import prepare
from .uri import LOCAL_UI, is_remote, own_database, sqlite_uri, tracking_uri, ui_address
from .views import TAG, path


def start() -> None:
    """Become the MLflow UI; where a server keeps the runs, only say where its UI is.

    Raises
    ------
    TrackingError
        If the store cannot be used.
    """
    root = Path.cwd()
    uri = tracking_uri(root)
    if is_remote(uri):
        notice(f"MLFLOW_TRACKING_URI names a server: open {ui_address(uri)}")
        return
    prepare()
    from ._store import open_store

    client = open_store(uri, root)  # makes it, and lets it find its artifacts
    for experiment in client.search_experiments():
        if TAG in experiment.tags:
            notice(f"the models of {experiment.name}: {LOCAL_UI}/#/{path(experiment.experiment_id)}")
    if uri == sqlite_uri(own_database(root)):
        uri = f"sqlite:///{own_database(Path()).name}"  # MLflow's own process takes no "%" of a folder
    host, port = LOCAL_UI.removeprefix("http://").split(":")
    command = ["-m", "mlflow", "ui", "--backend-store-uri", uri, "--host", host, "--port", port]
    os.execve(sys.executable, [sys.executable, *command], for_mlflow())


def for_mlflow() -> dict[str, str]:
    """Environment of MLflow's own processes.

    They fail where MLflow is installed in a folder with ``%`` in its name (alembic interpolates the path of the
    migrations), so a link leads there.
    """
    spec = find_spec("mlflow")
    packages = Path(spec.origin).parents[1] if spec and spec.origin else Path()
    if "%" not in str(packages):
        return dict(os.environ)
    link = Path(tempfile.mkdtemp(prefix="relaxnet-"), "packages")
    link.symlink_to(packages, target_is_directory=True)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(link), os.environ.get("PYTHONPATH")]))}


if __name__ == "__main__":
    sys.exit(run_cleanly(start))
