import re
import socket
import time

import pytest
from mlflow import MlflowClient

from relaxnet.core.errors import InvalidInputError, TrackingError
from relaxnet.tracking import _store
from relaxnet.tracking.restore import restore
from relaxnet.tracking.tracker import Tracker


@pytest.fixture
def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def silent_port():
    """A server that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        yield server.getsockname()[1]


def refused(root, experiment="study"):
    started = time.monotonic()
    with pytest.raises(TrackingError) as caught, Tracker(root, experiment):
        pass
    assert time.monotonic() - started < 10
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("scheme", ["http", "postgresql"])
def test_a_server_that_is_down_is_one_quick_line(root, monkeypatch, closed_port, scheme):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{scheme}://me:secret@127.0.0.1:{closed_port}/x")
    message = refused(root)
    assert f"127.0.0.1:{closed_port}" in message
    assert "secret" not in message
    assert "unset MLFLOW_TRACKING_URI" in message


def test_a_server_that_does_not_answer_is_one_quick_line(root, monkeypatch, silent_port):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent_port}")
    assert "the server does not answer; start the server" in refused(root)


def test_an_unusable_file_is_one_quick_line(root, monkeypatch):
    (root / "mlruns.db").write_text("this is no database, only a text that is long enough to look like a file")
    assert "not a database" in refused(root)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{root}/nowhere/runs.db")
    assert "nowhere" in refused(root)


def test_the_file_is_made_whole_or_not_at_all(root, monkeypatch):
    (root / "mlruns.db").unlink()

    def interrupted(**options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_store, "MlflowClient", interrupted)
        with pytest.raises(KeyboardInterrupt), Tracker(root, "study"):
            pass
    assert list(root.iterdir()) == []
    with Tracker(root, "study"):
        content = (root / "mlruns.db").read_bytes()
        _store._make_sqlite(root / "mlruns.db")  # as a second process that began at the same time
    assert (root / "mlruns.db").read_bytes() == content
    assert [entry.name for entry in root.iterdir()] == ["mlruns.db"]


@pytest.mark.parametrize(
    "uri", ["file:", "file:///x", "some/folder", "/a/folder", "gopher://x", "http:", "http://", "sqlite:", "sqlite://"]
)
def test_what_is_no_store_is_refused(root, monkeypatch, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(InvalidInputError, match=re.escape(f"MLFLOW_TRACKING_URI = {uri}: must be the address of a")):
        Tracker(root, "study")


def test_a_deleted_experiment_is_restored(root, capsys):
    with Tracker(root, "study") as tracker:
        with tracker.run("net") as run:
            pass
        tracker.client.delete_experiment(tracker.experiment_id)
    with Tracker(root, "study") as tracker:
        assert tracker.status(run.run_id) == "FINISHED"
    assert (
        capsys.readouterr().err == "relaxnet: the MLflow experiment study was deleted: it is restored, with its runs\n"
    )


def test_what_was_never_there_is_not_restored(root, monkeypatch):
    monkeypatch.chdir(root)
    with pytest.raises(TrackingError, match="has no experiment stduy"):
        restore("stduy")
    with Tracker(root, "study") as tracker:
        assert tracker.client.get_experiment_by_name("stduy") is None


def test_the_environment_names_another_store(root, monkeypatch):
    (root / "elsewhere").mkdir()
    (root / "mlruns.db").rename(root / "elsewhere" / "runs.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{root}/elsewhere/runs.db")
    with Tracker(root, "study") as tracker, tracker.run("net") as run:
        report = root / "x.txt"
        report.write_text("x")
        run.log_file(report)
    assert not (root / "mlruns.db").exists()
    assert list((root / "elsewhere" / "mlartifacts").rglob("x.txt"))


def test_a_wrong_filter_is_a_tracking_error(root):
    with (
        Tracker(root, "study") as tracker,
        pytest.raises(TrackingError, match="cannot search runs of study"),
        tracker.calls("search runs of study") as client,
    ):
        client.search_runs([tracker.experiment_id], "nonsense ~ 1")


def test_an_experiment_that_another_process_makes_meanwhile_is_used(root, monkeypatch):
    with Tracker(root, "study", description="first") as other:
        pass
    find, asked = MlflowClient.get_experiment_by_name, []

    def too_early(client, name):
        asked.append(name)
        return None if len(asked) == 1 else find(client, name)

    monkeypatch.setattr(MlflowClient, "get_experiment_by_name", too_early)
    with Tracker(root, "study", description="first") as tracker:
        assert tracker.experiment_id == other.experiment_id
    assert len(asked) == 2
