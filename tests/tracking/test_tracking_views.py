"""The view of an experiment, and the duration of its runs."""

import json
import time

import pytest

from relaxnet.tracking.tracker import Tracker
from relaxnet.tracking.views import PRIMARY, TAG, View

VIEW = View("tags.kind = 'train'", ("size",), ("score", "test.x.mae"))


def test_an_experiment_has_its_view_also_if_it_is_older(root):
    with Tracker(root, "study"):
        pass
    for _ in range(2):
        with Tracker(root, "study", view=VIEW) as tracker:
            tags = tracker.client.get_experiment(tracker.experiment_id).tags
    state = json.loads(tags[TAG])
    assert state["searchFilter"] == "tags.kind = 'train'"
    assert state["selectedColumns"] == ["params.`size`", "metrics.`score`", "metrics.`test.x.mae`"]
    assert [chart.get("metricKey") for chart in state["compareRunCharts"]] == [None, "score", "test.x.mae"]
    assert tags[PRIMARY] == "score"
    number = tracker.experiment_id
    assert tracker.view_url() == f"http://127.0.0.1:5000/#/experiments/{number}/runs?viewStateShareKey=models"
    assert tracker.view_url(charts=True).endswith("&compareRunsMode=CHART")


def duration_s(tracker, run_id):
    info = tracker.client.get_run(run_id).info
    return (info.end_time - info.start_time) / 1000


def test_a_run_lasts_as_long_as_its_work(root):
    with Tracker(root, "study") as tracker:
        with tracker.run("trained") as trained:
            trained.lasted(12.3)
        tracker.join(trained.run_id).log_metrics({"test": 1.0})
        assert duration_s(tracker, trained.run_id) == pytest.approx(12.3, abs=0.002)
        with tracker.run("again", run_id=trained.run_id) as again:  # continues a killed one
            again.lasted(20.0)
        assert duration_s(tracker, trained.run_id) == pytest.approx(20.0, abs=0.002)
        with tracker.run("anew", seconds_ago=3600.0) as anew:
            anew.lasted(3600.0)
        assert duration_s(tracker, anew.run_id) == pytest.approx(3600.0, abs=0.002)
        assert tracker.client.get_run(anew.run_id).info.end_time <= time.time() * 1000
        with tracker.run("other") as other:
            time.sleep(0.05)
        assert 0.05 <= duration_s(tracker, other.run_id) < 5.0
