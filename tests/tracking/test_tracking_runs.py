from contextlib import suppress

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from tracked_runs import find_runs

from relaxnet.core.errors import TrackingError
from relaxnet.tracking.tracker import Tracker

mpl.use("Agg")


def only(tracker, filter_string=""):
    (found,) = find_runs(tracker, filter_string)
    return found


def test_a_run_reads_back_as_logged(root, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "train@A")
    with Tracker(root, "study", profile="smoke") as tracker:
        with tracker.run("net", params={"rate": 0.1, "size": 3}, tags={"kind": "first"}) as run:
            run.log_metrics({"score": 0.25, "spread": 0.5}, step=2)
            run.log_history({"loss": [3.0, 2.0, 1.0], "val_loss": [4.0, 3.0, float("nan")]})
            run.log_dataset("curves", "0123456789abcdef0123456789abcdef.dir", "data/A", "training")
            figure = Figure()
            figure.subplots().plot([0, 1])
            run.log_figure(figure, "figures/line.png")
            report = root / "report.json"
            report.write_text("{}")
            run.log_file(report, "reports")
            run_id = run.run_id
        info = only(tracker)
        files = {
            entry.path for folder in ("figures", "reports") for entry in tracker.client.list_artifacts(run_id, folder)
        }
        losses = tracker.client.get_metric_history(run_id, "loss")
    assert (info.run_id, info.name, info.status) == (run_id, "net", "FINISHED")
    assert info.params == {"rate": "0.1", "size": "3"}
    assert info.metrics["score"] == 0.25
    assert [(point.step, point.value) for point in losses] == [(1, 3.0), (2, 2.0), (3, 1.0)]
    assert info.datasets == {"curves": "0123456789abcdef0123456789abcdef.dir"}
    assert files == {"figures/line.png", "reports/report.json"}
    assert info.tags["dvc.stage"] == "train@A"
    assert info.tags["profile"] == "smoke"
    assert info.tags["kind"] == "first"
    assert info.tags["relaxnet.version"]
    assert info.model_uri is None
    assert (root / "mlartifacts").is_dir()


def test_many_points_take_few_calls(root, monkeypatch):
    with Tracker(root, "study") as tracker, tracker.run("long") as run:
        calls = []
        store = tracker.client._tracking_client.store
        send = store.log_batch
        monkeypatch.setattr(store, "log_batch", lambda *a, **k: calls.append(a) or send(*a, **k))
        run.log_history({f"metric_{i}": [0.5] * 200 for i in range(11)})
        assert len(calls) == 3


def test_a_child_run_has_its_parent(root):
    with Tracker(root, "study") as tracker:
        with tracker.run("search") as parent, tracker.run("trial", parent_run_id=parent.run_id) as child:
            child.log_metrics({"score": 1.0})
        child_info = only(tracker, f"tags.mlflow.parentRunId = '{parent.run_id}'")
    assert child_info.run_id == child.run_id


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError, "FAILED"), (KeyboardInterrupt, "KILLED"), (StopAsyncIteration, "FINISHED")]
)
def test_status_follows_the_exception(root, error, status):
    with Tracker(root, "study") as tracker:
        with pytest.raises(error), tracker.run("bad", regular_ends=(StopAsyncIteration,)):
            raise error("oh no")
        info = only(tracker)
    assert info.status == status
    assert info.tags.get("error") == ("ValueError: oh no" if status == "FAILED" else None)


def test_an_unfinished_run_is_continued(root, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "first")
    with Tracker(root, "study") as tracker:
        with suppress(ValueError), tracker.run("net", params={"a": 1}) as run:
            run.log_history({"loss": [2.0, 1.0]})
            raise ValueError("oh no")
        monkeypatch.setenv("DVC_STAGE", "second")
        with tracker.run("net", params={"a": 1}, run_id=run.run_id) as again:
            assert only(tracker).status == "RUNNING"
            again.log_history({"loss": [2.0, 1.0, 0.5]})
        losses = tracker.client.get_metric_history(run.run_id, "loss")
        assert [(point.step, point.value) for point in losses] == [(1, 2.0), (2, 1.0), (3, 0.5)]  # each once
        found = only(tracker)
        assert (found.status, found.tags["dvc.stage"], found.tags.get("error")) == ("FINISHED", "first", None)
        with (
            pytest.raises(TrackingError, match="log parameters"),
            tracker.run("net", params={"a": 2}, run_id=run.run_id),
        ):
            pass


def test_what_joins_a_run_leaves_its_status_and_tags(root, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "train@C")
    with Tracker(root, "study") as tracker:
        with tracker.run("net") as run:
            pass
        monkeypatch.setenv("DVC_STAGE", "evaluate@C")
        tracker.join(run.run_id).log_metrics({"score": 1.0})
        found = only(tracker)
    assert (found.status, found.tags["dvc.stage"], found.metrics) == ("FINISHED", "train@C", {"score": 1.0})


def test_only_a_run_without_an_end_is_ended(root):
    with Tracker(root, "study") as tracker:
        with tracker.run("net") as run:
            pass
        open_run = tracker.client.create_run(tracker.experiment_id).info.run_id
        for run_id in (run.run_id, open_run, "0" * 32):
            tracker.end_dead(run_id)
        assert [tracker.status(run_id) for run_id in (run.run_id, open_run, "0" * 32)] == ["FINISHED", "KILLED", None]


def test_a_closed_tracker_says_so(root):
    with pytest.raises(TrackingError, match="with statement"):
        Tracker(root, "study").client.search_experiments()


def test_experiment_and_run_are_described_and_a_new_text_replaces_the_old(root):
    for text in ("first", "second", "second"):
        with Tracker(root, "study", description=text) as tracker, tracker.run("net") as run:
            run.describe("A **net**.")
            assert tracker.client.get_experiment(tracker.experiment_id).tags["mlflow.note.content"] == text
            assert tracker.client.get_run(run.run_id).data.tags["mlflow.note.content"] == "A **net**."


def test_a_run_has_an_address_in_the_local_ui(root):
    with Tracker(root, "study") as tracker:
        assert tracker.run_url("abc") == f"http://127.0.0.1:5000/#/experiments/{tracker.experiment_id}/runs/abc"


def test_the_address_on_a_server_holds_no_password(root, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://user:secret@mlflow.example/store/")
    tracker = Tracker(root, "study")
    tracker.experiment_id = "7"
    assert tracker.run_url("abc") == "https://mlflow.example/store/#/experiments/7/runs/abc"
