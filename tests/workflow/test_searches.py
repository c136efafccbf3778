"""Searches of a study: as data, by several workers, into a page and a final training."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml
from tracked_runs import find_runs

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, InvalidInputError, TrackingError
from relaxnet.core.files import read_json
from relaxnet.search.records import SearchResult, TrialRecord
from relaxnet.search.run import Search
from relaxnet.tracking.run import Run
from relaxnet.workflow.experiment import open_experiment
from relaxnet.workflow.final import final
from relaxnet.workflow.search import search
from relaxnet.workflow.search_config import SearchConfig
from relaxnet.workflow.search_plan import make_plan
from relaxnet.workflow.search_report import write_search
from relaxnet.workflow.simulate import simulate
from relaxnet.workflow.stage import open_study
from relaxnet.workflow.validate import validate

HERE = Path(__file__).parent
PIPELINES = HERE.parents[1] / "pipelines"
BASE = {"subset": "spots", "architecture": "toy:CNN2D", "epochs": 2, "trials": 4, "workers": 1}
SPACE = {
    "filters": {"set": "network.filters", "choices": [2, 4]},
    "w_fading": {"set": "loss_weights.fading", "low": 0.1, "high": 10.0, "log": True},
    "optimizer": {"set": "optimizer.name", "choices": ["adam", "sgd"]},
    "rate": {"set": "optimizer.learning_rate", "low": 0.01, "high": 0.1, "log": True, "when": {"optimizer": ["sgd"]}},
}
SEARCHES = {
    "both": {**BASE, "objectives": "targets", "space": SPACE},
    "one": {**BASE, "space": SPACE},
    "two-workers": {**BASE, "space": SPACE, "trials": 8, "workers": 2, "pruner": {"name": "none"}},
}


@pytest.fixture(scope="module")
def template(tmp_path_factory, migrated_store):
    """The toy study with its data and some searches.  Do not write into it."""
    root = tmp_path_factory.mktemp("toy") / "project"
    (root / "pipelines" / "toy" / "searches").mkdir(parents=True)
    shutil.copy(HERE / "params.yaml", root / "pipelines" / "toy")
    (root / "pipelines" / "toy" / "searches" / "params.yaml").write_text(yaml.safe_dump(SEARCHES, sort_keys=False))
    shutil.copy(migrated_store, root / "mlruns.db")
    opened = open_study("toy:STUDY", root)
    simulate(*opened, "spots")
    validate(*opened, "spots")
    return root


@pytest.fixture
def opened(template, tmp_path, monkeypatch):
    """Study, project and params of a copy."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]))
    shutil.copytree(template, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return open_study("toy:STUDY")


def change(project, name, **changes):
    content = yaml.safe_load(project.searches.read_text())
    content[name] |= changes
    project.searches.write_text(yaml.safe_dump(content, sort_keys=False))


def runs(opened):
    with open_experiment(*opened) as tracker:
        return find_runs(tracker)


def text_of(page):
    """What a reader of a page sees of it without its figures."""
    plain = re.sub(r"<(style|script).*?</\1>", " ", page.read_text(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", plain).split())


@pytest.mark.parametrize(
    ("space", "shown"),
    [
        ({"net": {"set": "architecture", "choices": ["lab.cnn:cnn", "lab.levels:deep"]}}, "cnn and levels:deep"),
        ({"architecture": {"set": "network.filters", "low": 1, "high": 4}}, "plain"),
    ],
)
def test_the_title_names_the_architectures_that_are_searched(opened, tmp_path, space, shown):
    config = parse(SearchConfig, {**BASE, "architecture": "lab.plain:plain", "space": space})
    plan = replace(make_plan(*opened, "one"), config=config)
    (name, parameter), *_ = config.space.items()
    values = {name: parameter.choices[0] if parameter.choices else parameter.low}
    trial = TrialRecord(0, values, "complete", (1.0,))
    write_search(plan, SearchResult(trial, (trial,), "study-1"), tmp_path / "page")
    assert f"Search one: {shown} on " in (tmp_path / "page" / "index.html").read_text()


@pytest.mark.slow
def test_several_objectives_a_page_and_a_final_training(opened):
    _, project, _ = opened
    search(*opened, "both")
    folder = project.reports / "searches" / "both"
    best, rows = read_json(folder / "best_params.json"), pd.read_csv(folder / "trials.csv")
    assert best["value"].keys() == {"width", "fading"}
    assert rows["number"].tolist() == [0, 1, 2, 3]
    assert (rows[["width", "fading"]].to_numpy() > 0).all()
    assert (rows["width"] == rows["mae_width"]).all()  # in its own unit, whatever the weights were
    assert (rows["rate"].notna() == (rows["optimizer"] == "sgd")).all()
    text = text_of(folder / "index.html")
    assert f"Chosen is trial {best['trial']}, no error of which exceeds" in text
    assert "error of width (px)" in text

    final(*opened, "both")
    metrics = read_json(folder / "final" / "metrics.json")
    errors = pd.read_csv(folder / "final" / "errors.csv")
    assert metrics["params"] == best["params"]
    assert errors[["test", "target", "unit"]].values.tolist() == [["test", "width", "px"], ["test", "fading", "1"]]
    assert (errors["mae"] < errors["mae_of_the_mean"]).all()

    found = {run.name: run for run in runs(opened)}
    parent, trained = found.pop("both"), found.pop("both-final")
    assert found.keys() == {f"both-{number}" for number in range(4)}
    assert {run.tags["mlflow.parentRunId"] for run in found.values()} == {parent.run_id}
    assert trained.metrics["test.test.width.mae"] == pytest.approx(errors["mae"][0], rel=1e-4)
    assert trained.params["net_filters"] == str(best["params"]["filters"])

    search(*opened, "both")  # nothing is left to do: the same run, the same bytes
    assert read_json(folder / "best_params.json") == best
    assert len(runs(opened)) == 6
    change(project, "both", epochs=3)
    with pytest.raises(DataFileError, match="not the result of the search as it is now; run it again: python"):
        final(*opened, "both")


@pytest.mark.slow
def test_what_is_pruned_by_is_the_objective(opened):
    search(*opened, "one")
    plan = make_plan(*opened, "one")
    opened_search = Search(plan.spec, plan.storage)
    complete = [record for record in opened_search.records() if record.state == "complete"]
    assert complete
    for record in complete:
        assert sorted(record.steps) == [0, 1]
        assert record.steps[1] == record.value
    runs_by_name = {run.name: run for run in runs(opened)}
    for record in complete:
        logged = runs_by_name[f"one-{record.number}"].metrics["validation.relative_rmse"]
        assert logged == pytest.approx(record.value)


@pytest.mark.slow
def test_a_study_whose_run_is_gone_gets_another_one(opened, migrated_store, capsys):
    _, project, _ = opened
    change(project, "one", trials=1)
    search(*opened, "one")
    shutil.copy(migrated_store, project.root / "mlruns.db")
    change(project, "one", trials=2)
    capsys.readouterr()
    search(*opened, "one")
    assert "one: its run" in capsys.readouterr().err
    assert sorted(run.name for run in runs(opened)) == ["one", "one-1"]


def test_a_store_that_is_down_is_told_before_any_trial(opened, monkeypatch):
    _, project, _ = opened
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(TrackingError, match=r"127\.0\.0\.1:9"):
        search(*opened, "one")
    assert not (project.workspace / "optuna-journal.log").exists()
    assert not project.reports.joinpath("searches").exists()


@pytest.mark.slow
def test_a_store_that_is_lost_midway_loses_no_trial(opened, monkeypatch):
    calls, log_metrics = [], Run.log_metrics

    def lost(run, *arguments, **options):
        calls.append(1)
        if len(calls) == 5:
            raise TrackingError("MLflow store: gone")
        log_metrics(run, *arguments, **options)

    change(opened[1], "one", pruner={"name": "none"})
    with monkeypatch.context() as patch:
        patch.setattr("relaxnet.tracking.run.Run.log_metrics", lost)
        with pytest.raises(TrackingError, match="gone"):
            search(*opened, "one")
    assert not opened[1].reports.joinpath("searches").exists()
    search(*opened, "one")
    table = pd.read_csv(opened[1].reports / "searches" / "one" / "trials.csv")
    assert table["number"].tolist() == [0, 2, 3, 4]  # trial 1 was under way, and is repeated as trial 2
    assert table["state"].tolist() == ["complete"] * 4
    statuses = {run.name: run.status for run in runs(opened)}
    assert statuses == {"one": "FINISHED", "one-1": "FAILED", **{f"one-{n}": "FINISHED" for n in (0, 2, 3, 4)}}


def test_a_search_that_is_not_there(opened):
    with pytest.raises(InvalidInputError, match=r"search = other: must be one of both, one, two-workers of "):
        search(*opened, "other")


def start(project):
    command = [sys.executable, str(PIPELINES / "search.py"), "toy:STUDY", "two-workers"]
    return subprocess.Popen(command, cwd=project.root, stderr=subprocess.PIPE, text=True)


def running(opened):
    """Trials that run, by number, with the numbers of their processes."""
    plan = make_plan(*opened, "two-workers")
    if not Path(plan.storage).exists():
        return {}
    found = Search(plan.spec, plan.storage)
    trials = found._study.get_trials(deepcopy=False)
    return {
        t.number: t.user_attrs["worker"]["pid"]
        for t in trials
        if t.state.name == "RUNNING" and "run_id" in t.user_attrs
    }


def wait_for(condition):
    deadline = time.monotonic() + 120
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


def assert_whole(opened, killed):
    """Eight trials that ended by themselves, each a finished run; those that were killed say so; one parent."""
    table = pd.read_csv(opened[1].reports / "searches" / "two-workers" / "trials.csv")
    assert table["state"].tolist() == ["complete"] * 8
    found = {run.name: run.status for run in runs(opened)}
    assert found.pop("two-workers") == "FINISHED"
    ended = {f"two-workers-{number}" for number in table["number"]}
    assert {name for name, status in found.items() if status == "FINISHED"} == ended
    assert {found[f"two-workers-{number}"] for number in killed} <= {"KILLED"}
    assert set(found.values()) <= {"FINISHED", "KILLED"}


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced(opened):
    process = start(opened[1])
    trials = wait_for(lambda: running(opened))
    number, pid = next(iter(trials.items()))
    os.kill(pid, signal.SIGKILL)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert "a worker process died (SIGKILL)" in said
    assert "another takes its place" in said
    assert f"two-workers: trial {number} was not finished: it is run again" in said
    assert_whole(opened, [number])


@pytest.mark.slow
def test_a_process_makes_room_for_another_before_its_memory_is_full(opened, monkeypatch):
    monkeypatch.setattr("relaxnet.workflow.search.TRIALS_A_PROCESS", 2)
    search(*opened, "two-workers")
    assert_whole(opened, [])
    plan = make_plan(*opened, "two-workers")
    pids = [trial.user_attrs["worker"]["pid"] for trial in Search(plan.spec, plan.storage)._study.trials]
    assert len(set(pids)) >= 4
    assert max(map(pids.count, pids)) == 2
    assert os.getpid() not in pids


@pytest.mark.slow
def test_all_are_killed_and_the_search_goes_on(opened):
    process = start(opened[1])
    trials = wait_for(lambda: len(running(opened)) == 2 and running(opened))
    process.kill()
    process.communicate()
    search(*opened, "two-workers")
    assert_whole(opened, trials)


@pytest.mark.slow
def test_ctrl_c_closes_all_runs(opened):
    process = start(opened[1])
    wait_for(lambda: running(opened))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "finished trials are kept, run again to go on" in said
    assert {run.status for run in runs(opened)} <= {"KILLED", "FINISHED"}
    search(*opened, "two-workers")
    assert_whole(opened, [])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampler": {"name": "lucky"}}, r"s\.sampler\.name = lucky: must be 'tpe', 'random', 'grid' or 'nsga2'"),
        ({"space": {}}, r"s\.space = {}: must be with at least 1 item"),
        ({"trials": None}, r"s\.trials = None: must be given, but for the sampler grid"),
        ({"sampler": {"name": "grid"}}, r"s\.sampler\.name = grid: must be another than grid, as w_fading has a range"),
        (
            {"sampler": {"name": "grid"}, "space": {"filters": SPACE["filters"]}},
            r"s\.trials = 4: must be absent, or 2: the sampler grid does every combination once",
        ),
        (
            {"objectives": "targets", "pruner": {"name": "median"}},
            r"s\.pruner\.name = median: must be none where objectives is targets: only a single",
        ),
        (
            {"space": {"rate": SPACE["rate"], "optimizer": SPACE["optimizer"]}},
            r"s\.space\.rate\.when\.optimizer = optimizer: must be an earlier parameter with choices \(none\)",
        ),
        (
            {"space": {**SPACE, "rate": {"low": 1, "high": 2, "when": {"optimizer": ["rmsprop"]}}}},
            r's\.space\.rate\.when\.optimizer\.0 = rmsprop: must be one of "adam", "sgd"',
        ),
        (
            {"space": {**SPACE, "steps": {"choices": [1], "when": {"optimizer": []}}}},
            r"s\.space\.steps\.when\.optimizer = \(empty\): must be at least one value",
        ),
        (
            {
                "space": {
                    "optimizer": SPACE["optimizer"],
                    "a": {"choices": [1, 2], "when": {"optimizer": ["adam"]}},
                    "b": {"choices": [1, 2], "when": {"optimizer": ["sgd"], "a": [1]}},
                }
            },
            r"s\.space\.b\.when = .*: must be conditions that can hold together",
        ),
        ({"storage": "sqlite:///x.db"}, r"s\.storage = sqlite:///x\.db: must be null, or postgresql://user@host"),
        ({"storage": "mysql://me:secret@host/x"}, r"s\.storage = mysql://host/x: must be null, or postgresql://"),
        ({"workers": 0}, r"s\.workers = 0: must be greater than or equal to 1"),
    ],
)
def test_a_search_that_is_impossible_is_refused(changes, message):
    with pytest.raises(InvalidInputError, match=message):
        parse(SearchConfig, json.loads(json.dumps({**SEARCHES["one"], **changes})), "s")
