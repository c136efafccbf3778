"""A grid of trainings, small, in real worker processes."""

import dataclasses
import json
import re

import pandas as pd
import pytest
from stored import store_untrained
from tracked_runs import find_runs

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, ExecutionError, InvalidInputError
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.tracking.tracker import Tracker
from relaxnet.workflow import grid as grid_module
from relaxnet.workflow.evaluate import measure_tests
from relaxnet.workflow.fit import Task, fit
from relaxnet.workflow.grid import GridConfig, grid, plan, run_grid

SPACE = {
    "architecture": {"choices": ["perceptron", "pca-ridge"]},
    "w_ln_a": {"set": "loss_weights.ln_a", "choices": [0.1, 1.0]},
    "seed": {"choices": [1, 2]},
}

WELL_FORMED = {"model": "C", "epochs": 2, "space": SPACE}


def configured(**changes):
    """Configuration with other choices."""
    space = {name: {**SPACE.get(name, {}), "choices": changes[name]} for name in changes if name in {*SPACE, "subset"}}
    others = {name: value for name, value in changes.items() if name not in space}
    return parse(GridConfig, {"model": "C", "epochs": 2, "processes": 2, **others, "space": {**SPACE, **space}})


@pytest.fixture
def all_kept(params):
    """No quartet left out: twelve are few enough."""
    return params.model_copy(update={"evaluate": params.evaluate.model_copy(update={"largest_cp_n_max": 1e4})})


@pytest.mark.slow  # half a minute; the architectures of the smoke pipeline are a grid, too
def test_every_cell_is_trained_once_and_an_interrupted_grid_goes_on(project, all_kept, monkeypatch):
    grid(STUDY, project, all_kept, configured(seed=[1]), "small")
    found = grid(STUDY, project, all_kept, configured(), "small")
    cells = found[["architecture", "w_ln_a", "seed"]].drop_duplicates()
    assert len(found) == len(cells) == 8
    assert list(found["seed"]) == [1] * 4 + [2] * 4  # what is done first covers all other combinations
    assert found["relative_rmse"].between(0, 50).all()
    assert set(found.loc[found["architecture"] == "perceptron", "epochs"]) == {2}

    # the closed-form baseline depends neither on the seed nor on the loss weights
    for name in ("lattice", "between_noisy"):
        assert found[f"{name}.x.mae"].between(0, 2).all()
        assert found[f"{name}.x.baseline_mae"].nunique() == 1
    baseline = found[found["architecture"] == "pca-ridge"].drop(columns=["w_ln_a", "seed", "seconds", "architecture"])
    assert (baseline.nunique() == 1).all()

    with Tracker(project.root, "relaxation") as tracker:
        runs = find_runs(tracker)
    children = [run for run in runs if "mlflow.parentRunId" in run.tags]
    assert len(children) == 8  # nothing was trained twice
    assert {run.params["architecture"] for run in children} == {"perceptron", "pca-ridge"}
    assert all({"validation.relative_rmse", "test.relative_rmse"} <= set(run.metrics) for run in children)
    assert not list(project.checkpoints.glob("*"))

    monkeypatch.setattr(grid_module.LocalProcesses, "run", lambda *_: pytest.fail("trained again"))
    pd.testing.assert_frame_equal(grid(STUDY, project, all_kept, configured(), "small"), found)


def test_a_damaged_result_is_told_and_trained_again(project, all_kept, monkeypatch, capsys):
    config = configured(architecture=["pca-ridge"], w_ln_a=[0.1], seed=[1])
    (cell,) = plan(STUDY, project, all_kept, config, "small")
    outcome = cell()
    kept = project.workspace / "grid" / f"{cell.fingerprint()}.json"
    kept.parent.mkdir(parents=True)
    monkeypatch.setattr(grid_module.LocalProcesses, "run", lambda _, cells: [(cell, outcome) for cell in cells])
    monkeypatch.setattr(grid_module, "_log", lambda *_: None)
    row = {name: value for name, value in outcome.row.items() if name != "between_noisy.x.mae"}
    for content in ("", '{"epochs": 2', "[1]", '{"epochs": 2}', "\0", json.dumps(row)):
        kept.write_text(content)
        found = grid(STUDY, project, all_kept, config, "small")
        assert json.loads(kept.read_text()) == outcome.row
        assert found["relative_rmse"].to_list() == [outcome.row["relative_rmse"]]
        (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("relaxnet:")]
        assert re.search(r"json: damaged \(.+\), trained again$", line)


def test_a_training_has_the_errors_that_its_evaluation_finds_on_the_test_sets(project, all_kept):
    config = configured(architecture=["pca-ridge"], w_ln_a=[0.1], seed=[1])
    (cell,) = plan(STUDY, project, all_kept, config, "small")
    row = cell().row
    task = Task.prepare(STUDY, project, all_kept, cell.recipe, cell.data_hash)
    estimator, _ = fit(STUDY, task, project.workspace)
    sets = STUDY.tests.sets(STUDY.tests.folder(project, cell.recipe.model))
    found, _ = measure_tests(STUDY, all_kept, estimator, sets, "C")
    for name in STUDY.tests.headline:
        for target, errors in found[name]["targets"].items():
            for key in ("mae", "baseline_mae"):
                assert row[f"{name}.{target}.{key}"] == pytest.approx(errors[key])
    assert row["lattice.x.mae"] != row["between_noisy.x.mae"]


@pytest.mark.slow
def test_a_report_shows_labels_in_place_of_choices_and_a_trained_model(project, all_kept, monkeypatch):
    losses = {"choices": ["mse", {"name": "huber", "delta": 0.1}]}
    config = {"model": "C", "epochs": 1, "space": {"loss": losses}, "labels": {"loss": ["squares", "Huber's"]}}
    config["references"] = ["C"]
    project.grids.parent.mkdir(parents=True)
    project.grids.write_text(json.dumps({"losses": config}))
    (solved, _) = plan(STUDY, project, all_kept, configured(architecture=["pca-ridge"], seed=[1]), "small")
    outcome = solved()
    monkeypatch.setattr(grid_module.LocalProcesses, "run", lambda _, cells: [(cell, outcome) for cell in cells])
    with pytest.raises(DataFileError, match=r"relaxation/C/.*: no such file; make it anew: dvc repro train@C"):
        run_grid(STUDY, project, all_kept, "losses")
    stored = store_untrained(project, all_kept, "C")
    run_grid(STUDY, project, all_kept, "losses")
    folder = project.reports / "grids" / "losses"
    assert list(pd.read_csv(folder / "runs.csv")["loss"]) == ["squares", "Huber's"]
    text = (folder / "errors.md").read_text()
    assert re.findall("^## (.*)", text, flags=re.MULTILINE) == ["lattice", "between, with noise"]
    assert "| Huber's |" in text
    sets = STUDY.tests.sets(STUDY.tests.folder(project, all_kept.model("C")))
    error = measure_tests(STUDY, all_kept, stored, sets, "C")[0]["lattice"]["targets"]["x"]["mae"]
    assert re.search(rf"- model C: .*MAE of x {STUDY.targets(all_kept.model('C'))['x'].error_text(error)},", text)
    with Tracker(project.root, "relaxation") as tracker:
        assert {"squares", "Huber's"} < {run.name for run in find_runs(tracker)}


@pytest.mark.parametrize("labels", [{"loss": ["a", "b"]}, {"seed": ["a"]}, {"seed": ["a", "a"]}])
def test_labels_that_fit_no_choices_are_refused(labels):
    with pytest.raises(InvalidInputError, match="labels of a parameter of the space, one for each of its choices"):
        configured(labels=labels)


@pytest.mark.parametrize("name", ["a; touch x", "$(touch x)", "it's", "../zoo", ".hidden", ""])
def test_a_grid_with_a_name_that_is_no_folders_is_refused(project, params, name):
    project.grids.parent.mkdir(parents=True)
    project.grids.write_text(json.dumps({name: WELL_FORMED}))
    with pytest.raises(InvalidInputError, match=r"grid = .*: must be made of up to 100 letters"):
        run_grid(STUDY, project, params, name)


@pytest.mark.slow
def test_processes_are_renewed(project, all_kept, monkeypatch):
    monkeypatch.setattr(grid_module, "TRAININGS_A_PROCESS", 1)
    assert len(grid(STUDY, project, all_kept, configured(processes=1, w_ln_a=[0.1], seed=[1]), "small")) == 2


def test_code_that_changes_meanwhile_ends_the_grid(project, all_kept):
    cell = dataclasses.replace(plan(STUDY, project, all_kept, configured(), "small")[0], code="another")
    with pytest.raises(ExecutionError, match="the code changed during the grid"):
        cell()


@pytest.mark.slow
def test_a_failing_training_ends_the_grid_with_its_own_error(project, all_kept):
    split = all_kept.split.model_copy(update={"train": 0.02, "validation": 0.49, "test": 0.49})
    with pytest.raises(InvalidInputError, match="samples"):
        grid(STUDY, project, all_kept.model_copy(update={"split": split}), configured(), "small")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architecture": ["lstm"]}, "small.space.architecture.choices.0 = lstm: must be one of mcnn-paper"),
        ({"subset": ["X"]}, "small.space.subset.choices.0 = X: must be 'LU'"),
        ({"w_ln_a": [0.1, -1.0]}, "small.space.w_ln_a.choices.1 = -1.0: must be greater than or equal to 0"),
        ({"seed": []}, "space.seed = "),
        ({"epochs": 0}, "epochs = 0: must be greater than or equal to 1"),
        ({"model": "Q"}, "small.model = Q: must be one of C"),
        ({"references": ["Q"]}, "small.references.0 = Q: must be one of C"),
        (
            {"references": ["G"], "subset": ["C", "G"]},
            "small.references = ['G']: must be absent where the subset varies",
        ),
    ],
)
def test_bad_choices_are_refused_before_any_training(project, params, change, message):
    with pytest.raises(InvalidInputError) as caught:
        grid(STUDY, project, params, configured(**change), "small")
    assert message in str(caught.value)


def test_a_model_to_start_from_must_be_there(project, params):
    space = {"start": {"choices": [None, {"model": "LU"}]}}
    with pytest.raises(DataFileError, match="relaxation/LU: no trained model to start from"):
        plan(STUDY, project, params, parse(GridConfig, {"model": "C", "epochs": 1, "space": space}), "small")


def test_a_loss_that_does_not_exist_is_told_by_its_place(project, params):
    losses = {"choices": ["mse", {"name": "huber", "delta": -1}]}
    config = parse(GridConfig, {"model": "C", "epochs": 1, "space": {"loss": losses}})
    with pytest.raises(InvalidInputError, match=r"^small\.space\.loss\.choices\.1\.delta = -1: must be greater than 0"):
        plan(STUDY, project, params, config, "small")


def test_a_setting_that_does_not_exist_is_refused(project, params):
    space = {"depth": {"set": "optimizer.depth", "choices": [1]}}
    with pytest.raises(InvalidInputError, match=r"space\.depth\.set = optimizer\.depth: must be a setting of a model"):
        grid(STUDY, project, params, parse(GridConfig, {"model": "C", "epochs": 1, "space": space}), "small")


def test_an_unknown_grid_is_refused(project, params):
    with pytest.raises(DataFileError, match=r"grids/params\.yaml: no such file"):
        run_grid(STUDY, project, params, "zoo")
    project.grids.parent.mkdir(parents=True)
    project.grids.write_text(json.dumps({"zoo": WELL_FORMED}))
    with pytest.raises(InvalidInputError, match="grid = zoology: must be one of zoo of "):
        run_grid(STUDY, project, params, "zoology")
