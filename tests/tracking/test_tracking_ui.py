import os
import shutil
import subprocess
import sys
import sysconfig

import pytest

from relaxnet.core.errors import InvalidInputError, TrackingError
from relaxnet.tracking import ui
from relaxnet.tracking.tracker import Tracker


@pytest.fixture
def started(monkeypatch):
    """Command lines that the process became."""
    found = []
    monkeypatch.setattr(os, "execve", lambda _, words, environment: found.append(words))
    return found


def test_the_ui_opens_the_store_of_the_project_wherever_it_was_moved_to(root, monkeypatch, started):
    project = root / "100% ü?"
    (root / "old").mkdir()
    shutil.copy(root / "mlruns.db", root / "old")
    with Tracker(root / "old", "study"):
        (root / "old").rename(project)
    monkeypatch.chdir(project)
    ui.start()
    (words,) = started
    uri = words[words.index("--backend-store-uri") + 1]
    assert words[words.index("--host") + 1] == "127.0.0.1"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with Tracker(project, "study") as tracker:
        location = tracker.client.get_experiment(tracker.experiment_id).artifact_location
    assert location == (project / "mlartifacts").as_uri()
    assert [path.name for path in project.iterdir()] == ["mlruns.db"]


def test_mlflow_itself_works_where_it_is_installed_in_a_folder_with_a_percent_sign(root):
    """The UI is a process of MLflow's own, and starts more of them."""
    folder = root / "100% ü"
    folder.mkdir()
    (folder / "packages").symlink_to(sysconfig.get_path("purelib"), target_is_directory=True)

    def run(*words, path):
        path = os.pathsep.join(filter(None, [path, os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": path, "MLFLOW_TRACKING_URI": "sqlite:///mlruns.db"}
        return subprocess.run([sys.executable, *words], cwd=root, env=environment, capture_output=True, text=True)

    found = run(
        "-c", "from relaxnet.tracking.ui import for_mlflow; print(for_mlflow()['PYTHONPATH'])",
        path=str(folder / "packages"),
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    done = run("-m", "mlflow", "experiments", "search", path=found.stdout.strip())
    assert done.returncode == 0, done.stderr
    assert "Default" in done.stdout


def test_a_server_has_its_own_ui(root, monkeypatch, started, capsys):
    monkeypatch.chdir(root)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:secret@mlflow.example/")
    ui.start()
    assert started == []
    assert capsys.readouterr().err.endswith("names a server: open https://mlflow.example\n")


def test_a_store_that_cannot_be_used_has_no_ui(root, monkeypatch, started):
    monkeypatch.chdir(root)
    (root / "mlruns.db").write_text("this is no database, only a text that is long enough to look like a file")
    with pytest.raises(TrackingError, match="not a database"):
        ui.start()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "file:")
    with pytest.raises(InvalidInputError, match="MLFLOW_TRACKING_URI = file:"):
        ui.start()
    assert started == []
