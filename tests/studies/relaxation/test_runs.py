"""Train and evaluate through the stages' own functions, into a fresh MLflow store."""

import json
from pathlib import Path

import pytest
import yaml
from tracked_runs import find_runs

from relaxnet.core.errors import DataFileError, InvalidInputError, TrackingError, ValidationFailedError
from relaxnet.studies.relaxation.params import RelaxationParams
from relaxnet.studies.relaxation.study import HEADLINE, STUDY
from relaxnet.tracking.tracker import Tracker
from relaxnet.workflow.evaluate import evaluate
from relaxnet.workflow.params import load_params
from relaxnet.workflow.register import register
from relaxnet.workflow.search import search
from relaxnet.workflow.train import check_models, train

ROOT = Path(__file__).parents[3]


@pytest.fixture
def only_c(params):
    """Model C alone, no quartet left out: twelve are few enough."""
    limits = params.evaluate.model_copy(update={"largest_cp_n_max": 1e4})
    return params.model_copy(update={"models": {"C": params.models["C"]}, "evaluate": limits})


@pytest.fixture
def quick(only_c):
    """The same model with the network that is trained fastest."""
    return only_c.model_copy(
        update={"models": {"C": only_c.models["C"].model_copy(update={"architecture": "perceptron"})}}
    )


@pytest.mark.slow  # the pipeline at its smallest does the same in continuous integration
def test_from_data_to_a_registered_model(project, only_c):
    params = only_c
    train(STUDY, project, params, "C")
    assert not list(project.checkpoints.glob("*"))  # of no more use
    evaluate(STUDY, project, params, "C")
    register(STUDY, project, params)
    register(STUDY, project, params)

    with Tracker(project.root, "relaxation") as tracker:
        (run,) = find_runs(tracker)
    assert run.status == "FINISHED"
    assert {"architecture": "mcnn-spline", "subset": "C", "w_ln_a": "0.1", "loss": "mse"}.items() <= run.params.items()
    assert {"net_filters_1": "2", "net_filters_3": "4", "grid_step_c": "4.0"}.items() <= run.params.items()
    assert run.tags["profile"] == "smoke"
    assert run.tags["kind"] == "train"
    assert run.tags["mlflow.note.content"].startswith("Model **C**: `mcnn-spline` trained on 8 quartets of subset C")
    assert len(run.tags["data.md5"]) == 36  # 32 digits and ".dir"
    assert set(HEADLINE) <= set(run.metrics)
    assert {"loss", "val_loss", "test.beta.mae", "test.sse_signals.mean", "test.between_noisy.x.within_0.02"} <= set(
        run.metrics
    )

    (registered,) = json.loads(project.registered.read_text()).values()
    assert (registered["name"], registered["model"]) == ("relaxnet-relaxation-C", "C")
    assert (registered["alias"], registered["version"], registered["run_id"]) == ("challenger", "1", run.run_id)
    metrics = json.loads((project.evaluation / "C" / "metrics.json").read_text())
    assert metrics["run_id"] == run.run_id
    assert metrics["run_url"].endswith(f"/runs/{run.run_id}")
    assert metrics["run_url"].startswith("http://127.0.0.1:5000/#/experiments/")
    assert set(metrics["targets"]) == {"ln_a", "dh_j_per_mol", "x", "beta"}


def test_a_model_is_tested_on_its_own_data_only(project, quick):
    train(STUDY, project, quick, "C")
    other_split = quick.model_copy(update={"split": quick.split.model_copy(update={"seed": 5})})
    with pytest.raises(DataFileError, match=r"model C: split = \w+: must be \w+, as in its training"):
        evaluate(STUDY, project, other_split, "C")
    file = project.models / "C" / "estimator.json"
    content = json.loads(file.read_text())
    trained = content["metadata"]
    for field, value, message in (
        ("data_md5", "other", "model C: data_md5 = .*: must be other, as in its training"),
        (
            "facts",
            trained["facts"] | {"heating_rate_k_per_min": 20.0},
            "heating_rate_k_per_min = 10.0: model C was trained with 20.0",
        ),
    ):
        file.write_text(json.dumps(content | {"metadata": trained | {field: value}}))
        with pytest.raises(DataFileError, match=message):
            evaluate(STUDY, project, quick, "C")
    assert not (project.evaluation / "C").exists()


@pytest.mark.parametrize("architecture", ["perceptron", "pca-ridge"])
def test_an_architecture_without_the_searched_sizes_is_refused(project, only_c, architecture):
    params = only_c.model_copy(update={"search": only_c.search.model_copy(update={"architecture": architecture})})
    with pytest.raises(InvalidInputError, match=f"search.architecture = {architecture}: must be one of mcnn-paper"):
        search(STUDY, project, params)


def test_search_logs_its_trials_as_children(project, only_c):
    search(STUDY, project, only_c)
    best = json.loads((project.reports / "search" / "best_params.json").read_text())
    assert best["trials"] == only_c.search.trials == 2
    with Tracker(project.root, "relaxation") as tracker:
        runs = {run.name: run for run in find_runs(tracker)}
    parent = runs.pop("search-C")
    assert len(runs) == 2
    assert {run.tags["mlflow.parentRunId"] for run in runs.values()} == {parent.run_id}
    values = [run.metrics["validation.relative_rmse"] for run in runs.values()]
    assert best["value"] == pytest.approx(min(values))


def test_data_that_failed_their_validation_are_not_trained_on(project, params):
    (project.validation / "C.json").write_text(json.dumps({"success": False}))
    with pytest.raises(ValidationFailedError, match=r"C\.json: the data of subset C did not pass"):
        train(STUDY, project, params, "C")


def test_store_that_is_down_is_found_out_before_the_training(project, params, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setattr("relaxnet.workflow.train.fit", lambda *a, **k: pytest.fail("trained"))
    with pytest.raises(TrackingError, match=r"127\.0\.0\.1:9"):
        train(STUDY, project, params, "C")
    assert not project.models.exists()


def test_finished_training_survives_a_store_that_fails_afterwards(project, quick, monkeypatch):
    def lost(*args, **kwargs):
        raise TrackingError("MLflow store: gone")

    with monkeypatch.context() as patch:
        patch.setattr("relaxnet.tracking.run.Run.log_predictor", lost)
        with pytest.raises(TrackingError, match="gone"):
            train(STUDY, project, quick, "C")
    epochs = []
    monkeypatch.setattr("relaxnet.training.loop.Feed.run_epoch", lambda *a: epochs.append(1))
    train(STUDY, project, quick, "C")  # from the last checkpoint: nothing left to train
    assert epochs == []
    assert (project.models / "C" / "network.keras").exists()


def test_unknown_names_are_refused(project, params):
    with pytest.raises(InvalidInputError, match=r"model = Q: must be one of .*LU, .*RU"):
        train(STUDY, project, params, "Q")
    with pytest.raises(DataFileError, match=r"models/relaxation/C/estimator.json: no such file"):
        evaluate(STUDY, project, params, "C")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architecture": "vgg"}, "models.C.architecture = vgg: must be one of mcnn-paper"),
        ({"loss_weights": {"beta": 1.0}}, r"models\.C\.loss_weights\.dh_j_per_mol = .*: must be one for each of"),
        ({"subset": "M"}, "models.C.subset = M: must be 'LU', 'RU'"),
        ({"w_ln_a": 1.0}, "models.C.w_ln_a = 1.0: must be absent"),
        ({"loss": "mape"}, "models.C.loss = mape: must be one of mse, rmse, mae"),
    ],
)
def test_bad_models_in_params_are_refused(tmp_path, change, message):
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    raw["models"]["C"] |= change
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(raw))
    with pytest.raises(InvalidInputError, match=message):
        check_models(STUDY, load_params(RelaxationParams, path))
