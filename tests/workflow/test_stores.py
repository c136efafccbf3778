"""Stages whose MLflow store was lost, replaced, or left in the middle of a training."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from tracked_runs import find_runs

from relaxnet.cli.command import main
from relaxnet.core.errors import DataFileError, TrackingError
from relaxnet.core.files import read_json, write_json
from relaxnet.registry.register import resolve
from relaxnet.tracking.tracker import Tracker
from relaxnet.workflow.evaluate import evaluate
from relaxnet.workflow.experiment import open_experiment
from relaxnet.workflow.register import register
from relaxnet.workflow.simulate import simulate
from relaxnet.workflow.stage import open_study
from relaxnet.workflow.train import train
from relaxnet.workflow.validate import validate

pytestmark = pytest.mark.usefixtures("one_figure_for_all")
HERE = Path(__file__).parent
KEPT = ("git.commit", "profile", "kind", "relaxnet.version", "data.md5", "dvc.stage")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def template(tmp_path_factory, migrated_store, any_image):
    """The toy study with model *base* trained and tested, two epochs.  Do not write into it."""
    root = tmp_path_factory.mktemp("toy") / "project"
    params = yaml.safe_load((HERE / "params.yaml").read_text())
    del params["models"]["tuned"]
    params["profiles"]["quick"]["train"]["epochs"] = 2
    (root / "pipelines" / "toy").mkdir(parents=True)
    (root / "pipelines" / "toy" / "params.yaml").write_text(yaml.safe_dump(params))
    shutil.copy(migrated_store, root / "mlruns.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setenv("DVC_STAGE", "train@base")
        patch.setattr("relaxnet.tracking.tracker.git_commit", lambda _: COMMIT)
        patch.setattr("relaxnet.evaluation.figures.render_figure", lambda figure: any_image)
        opened = open_study("toy:STUDY", root)
        simulate(*opened, "spots")
        validate(*opened, "spots")
        train(*opened, "base")
        evaluate(*opened, "base")
    return root


@pytest.fixture
def opened(template, tmp_path, monkeypatch):
    """Study, project and params of a copy; the original is out of the way, as if moved."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]))
    shutil.copytree(template, tmp_path / "project")
    return open_study("toy:STUDY", tmp_path / "project")


def runs(opened):
    with open_experiment(*opened) as tracker:
        return find_runs(tracker)


def registered_in(project):
    (entry,) = read_json(project.registered).values()
    return entry


def put_aside(project, monkeypatch, migrated_store):  # as advised for a broken database
    shutil.copy(migrated_store, project.root / "mlruns.db")


def remove_artifacts(project, monkeypatch, migrated_store):
    shutil.rmtree(project.root / "mlartifacts")


def use_another(project, monkeypatch, migrated_store):
    shutil.copy(migrated_store, project.root / "other.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project.root / 'other.db'}")


@pytest.mark.parametrize(
    "lose", [put_aside, *(pytest.param(lose, marks=pytest.mark.slow) for lose in (remove_artifacts, use_another))]
)
def test_a_model_that_the_store_has_lost_is_logged_anew_once(opened, monkeypatch, migrated_store, capsys, lose):
    study, project, params = opened
    (original,) = runs(opened)
    (folder,) = project.models.glob("*")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    lose(project, monkeypatch, migrated_store)
    first = lose is put_aside
    (register if first else evaluate)(*opened, *([] if first else ["base"]))
    assert f"model base: its run {original.run_id} is not whole in this MLflow store" in capsys.readouterr().err
    evaluate(study, project, params, "base")
    register(study, project, params)
    assert "not whole" not in capsys.readouterr().err

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before  # an output of DVC
    assert original.tags["git.commit"] == COMMIT
    (anew,) = [run for run in runs(opened) if run.run_id != original.run_id]
    assert anew.tags["relogged.from"] == original.run_id
    assert {key: anew.tags.get(key) for key in KEPT} == {key: original.tags.get(key) for key in KEPT}
    assert anew.params == original.params
    assert anew.datasets == original.datasets
    assert anew.metrics == pytest.approx(original.metrics, abs=0.1)  # seconds are rounded
    metrics, registered = read_json(project.evaluation / "base" / "metrics.json"), registered_in(project)
    assert metrics["run_id"] == registered["run_id"] == anew.run_id
    assert registered["model_uri"] == anew.model_uri
    with open_experiment(*opened) as tracker:
        version = resolve(tracker, "toy-spots", "challenger")
        assert tracker.load_model(version.model_uri).count_params()
    assert version.run_id == anew.run_id


def test_a_clone_with_models_but_without_data_registers(opened, migrated_store):
    study, project, params = opened
    shutil.rmtree(project.data)
    shutil.copy(migrated_store, project.root / "mlruns.db")
    register(study, project, params)
    (run,) = runs(opened)
    assert registered_in(project)["run_id"] == run.run_id


def test_scores_are_written_as_they_were_compared(opened):
    study, project, params = opened
    shutil.copytree(project.models / "base", project.models / "other")
    shutil.copytree(project.evaluation / "base", project.evaluation / "other")
    for name, score in (("base", 0.12345671), ("other", 0.1234567)):
        file = project.evaluation / name / "metrics.json"
        write_json(file, read_json(file) | {"validation": {"relative_rmse": score}})
    models = {**params.models, "other": params.models["base"]}
    register(study, project, params.model_copy(update={"models": models}))
    assert registered_in(project)["model"] == "other"
    assert registered_in(project)["scores"] == {"base": 0.12345671, "other": 0.1234567}
    register(study, project, params)  # a model that is no more in the params loses its alias
    assert registered_in(project)["model"] == "base"
    with open_experiment(study, project, params) as tracker:
        assert resolve(tracker, "toy-spots", "challenger").label == "base"


def damaged(content):
    """The same file with one field missing, or with values that no field has, or cut short."""
    yield "{"
    yield "[]"
    for key in content:
        yield json.dumps({name: value for name, value in content.items() if name != key})
        yield json.dumps(content | {key: [None]})


def test_a_damaged_run_record_is_one_line_with_the_command_that_mends_it(opened):
    file = opened[1].models / "base" / "run.json"
    content = json.loads(file.read_text())
    for text in damaged(content):
        file.write_text(text)
        train_anew = r"run\.json: .*dvc repro -f -s pipelines/toy/dvc.yaml:train@base"
        with pytest.raises(DataFileError, match=f"{train_anew}$"):
            evaluate(*opened, "base")
        with pytest.raises(DataFileError, match=f"{train_anew} pipelines/toy/dvc.yaml:evaluate@base$"):  # of that run
            register(*opened)
    content["training"].pop("spots")
    file.write_text(json.dumps(content | {"training": content["training"] | {"epochs": "many"}}))
    with pytest.raises(DataFileError, match=r"run\.json: training.epochs = many: must be"):
        evaluate(*opened, "base")


def test_a_damaged_evaluation_is_one_line_with_the_command_that_mends_it(opened):
    file = opened[1].evaluation / "base" / "metrics.json"
    content = json.loads(file.read_text())
    for text in damaged({name: content[name] for name in ("architecture", "subset", "validation")}):
        file.write_text(text)
        with pytest.raises(
            DataFileError, match=r"metrics\.json: .*dvc repro -f -s pipelines/toy/dvc.yaml:evaluate@base$"
        ):
            register(*opened)


@pytest.mark.parametrize("name", ["network.keras", "history.csv", "example.npz", "estimator.json"])
def test_a_damaged_model_is_one_line_with_the_command_that_mends_it(opened, migrated_store, name):
    study, project, params = opened
    file = project.models / "base" / name
    content = file.read_bytes()
    shutil.copy(migrated_store, project.root / "mlruns.db")  # all files are needed to log the model anew
    for part in (content[: len(content) // 2], b"", None):
        options = "" if part is None else "-f -s "  # what is missing DVC sees
        message = rf"{name}: .*; make it anew: dvc repro {options}pipelines/toy/dvc.yaml:train@base$"
        if part is None:
            file.unlink()
        else:
            file.write_bytes(part)
        with pytest.raises(DataFileError, match=message) as caught:
            register(study, project, params)
        assert name != "network.keras" or part is None or "damaged" in str(caught.value)
    assert runs(opened) == []


TRAIN = """
import sys, time
from pathlib import Path
from relaxnet.training import loop
from relaxnet.workflow.stage import open_study
from relaxnet.workflow.train import train
from relaxnet.workflow.validate import validate

def wait(*_):
    print("training", flush=True)
    time.sleep(600)

loop.Feed.run_epoch = wait
train(*open_study("toy:STUDY", Path(sys.argv[1])), "base")
"""


@contextmanager
def wait_in_training(project):
    """Another process, in the middle of its first epoch, that is killed in the end."""
    words = [sys.executable, "-c", TRAIN, str(project.root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout.readline() == "training\n"
            yield
        finally:
            other.kill()


def dies(*_, **__):
    raise SystemExit


def test_a_training_that_died_without_a_word_goes_on_in_its_run(opened, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("relaxnet.tracking.tracker.Tracker._close", lambda *_: None)
        patch.setattr("relaxnet.workflow.train.fit", dies)
        with pytest.raises(SystemExit):
            train(*opened, "base")
    begun, _ = runs(opened)
    assert begun.status == "KILLED"  # by the first look at it
    train(*opened, "base")
    again, _ = runs(opened)
    assert (again.run_id, again.status) == (begun.run_id, "FINISHED")
    assert not list((opened[1].workspace / "trainings" / "base").iterdir())


def test_report_closes_the_run_of_a_killed_training(opened, monkeypatch, capsys):
    study, project, _ = opened
    with monkeypatch.context() as patch:
        patch.setattr("relaxnet.tracking.tracker.Tracker._close", lambda *_: None)
        patch.setattr("relaxnet.workflow.train.fit", dies)
        with pytest.raises(SystemExit):
            train(*opened, "base")
    (kept,) = (project.workspace / "trainings" / "base").glob("*/run.json")
    begun = read_json(kept)["run_id"]
    with Tracker(project.root, study.name) as tracker:
        assert tracker.status(begun) == "RUNNING"
    assert main(["report", "--study", "toy:STUDY", "--folder", str(project.root)]) == 0
    with Tracker(project.root, study.name) as tracker:
        assert tracker.status(begun) == "KILLED"


@pytest.mark.slow
def test_the_run_of_a_killed_training_is_continued_and_that_of_a_living_one_left_alone(opened):
    study, project, params = opened
    (first,) = runs(opened)
    old = {path.name: path.read_bytes() for path in (project.models / "base").iterdir()}
    with wait_in_training(project):
        with pytest.raises(DataFileError, match="another run is writing here"):
            train(*opened, "base")
        begun, _ = runs(opened)
        assert begun.status == "RUNNING"
        changed = params.model_copy(update={"split": params.split.model_copy(update={"seed": 2})})
        train(study, project, changed, "base")  # another training of the same model
        other_split, still, _ = runs(opened)
        assert (still.run_id, still.status) == (begun.run_id, "RUNNING")
    train(study, project, changed.model_copy(update={"split": params.split.model_copy(update={"seed": 3})}), "base")
    assert {run.run_id: run.status for run in runs(opened)}[begun.run_id] == "KILLED"
    train(*opened, "base")
    found = {run.run_id: run.status for run in runs(opened)}
    assert set(found.values()) == {"FINISHED"}
    assert len(found) == 4
    assert {first.run_id, begun.run_id, other_split.run_id} < found.keys()
    assert read_json(project.models / "base" / "run.json")["run_id"] == begun.run_id
    assert old.keys() == {path.name for path in (project.models / "base").iterdir()}
    assert not list((project.workspace / "trainings" / "base").iterdir())


@pytest.mark.parametrize("method", ["log_history", "log_model"])
def test_a_store_that_fails_after_the_training_leaves_the_old_model_whole(opened, monkeypatch, method):
    study, project, params = opened
    (first,) = runs(opened)
    before = {path.name: path.read_bytes() for path in (project.models / "base").iterdir()}

    def lost(*args, **kwargs):
        raise TrackingError("MLflow store: gone")

    with monkeypatch.context() as patch:
        patch.setattr(f"relaxnet.tracking.run.Run.{method}", lost)
        with pytest.raises(TrackingError, match="gone"):
            train(study, project, params, "base")
    assert {path.name: path.read_bytes() for path in (project.models / "base").iterdir()} == before
    assert [path.name for path in project.models.iterdir()] == ["base"]
    monkeypatch.setattr("relaxnet.training.loop.Feed.run_epoch", lost)
    train(study, project, params, "base")  # from the last checkpoint: nothing left to train
    second, _ = runs(opened)
    assert (second.status, second.tags.get("error")) == ("FINISHED", None)
    assert read_json(project.models / "base" / "run.json")["run_id"] == second.run_id != first.run_id


def test_training_without_git_says_so_at_its_start(opened, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("relaxnet.workflow.train.fit", lambda *a, **k: pytest.fail(capsys.readouterr().err))
    with pytest.raises(pytest.fail.Exception, match=r"^relaxnet: no git, or no commit here: the lineage"):
        train(*opened, "base")
