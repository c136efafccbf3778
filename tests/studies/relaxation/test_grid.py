"""The study of architectures, small, in real worker processes."""

import json

import numpy as np
import pandas as pd
import pytest

from relaxnet.core.config import parse
from relaxnet.core.errors import ExecutionError, InvalidInputError
from relaxnet.studies.relaxation import architectures
from relaxnet.workflow.grid import ArchitecturesConfig, Job, study
from relaxnet.reporting.grid import MEASURES, markdown, summarise, write_report
from relaxnet.workflow.experiment import EXPERIMENT
from relaxnet.tracking import Tracker, find_runs

CELLS = {"architectures": ["perceptron", "pca-ridge"], "subsets": ["C"], "w_ln_a": [0.1, 1.0], "seeds": [1, 2]}


@pytest.fixture
def config():
    return parse(ArchitecturesConfig, {**CELLS, "epochs": 2, "processes": 2})


@pytest.fixture
def all_kept(params):
    """No quartet left out: twelve are few enough."""
    return params.model_copy(update={"evaluate": params.evaluate.model_copy(update={"largest_cp_n_max": 1e4})})


@pytest.fixture
def rows():
    """Of two architectures: means 0.5 and 0.7 within 0.02, spread 0.1."""
    generator = np.random.default_rng(2)
    found = []
    for mean, name in ((0.5, "cnn"), (0.7, "resnet")):
        for w_ln_a in (0.1, 1.0):
            for seed, shift in ((1, -0.1), (2, 0.0), (3, 0.1)):
                values = {measure.column: mean + shift for measure in MEASURES}
                found.append(
                    {"architecture": name, "subset": "C", "w_ln_a": w_ln_a, "seed": seed, "weights": 9, **values}
                    | {"seconds": generator.uniform(1, 2), "relative_rmse": 1.0 - mean - shift}
                )
    return pd.DataFrame(found)


def test_every_cell_is_trained_once_and_an_interrupted_study_goes_on(project, all_kept, config, monkeypatch):
    first = config.model_copy(update={"seeds": (1,)})
    study(first, all_kept, project)
    found = study(config, all_kept, project)
    cells = found[["architecture", "subset", "w_ln_a", "seed"]].drop_duplicates()
    assert len(found) == len(cells) == 8
    assert found["relative_rmse"].between(0, 50).all()
    assert set(found.loc[found["architecture"] == "perceptron", "epochs"]) == {2}

    # the closed-form baseline depends neither on the seed nor on the weights of the loss
    baseline = found[found["architecture"] == "pca-ridge"].drop(columns=["w_ln_a", "seed", "seconds", "architecture"])
    assert (baseline.drop(columns="subset").nunique() == 1).all()

    with Tracker(project.root, EXPERIMENT) as tracker:
        runs = find_runs(tracker)
    children = [run for run in runs if "mlflow.parentRunId" in run.tags]
    assert len(children) == 8  # nothing was trained twice
    assert {run.params["architecture"] for run in children} == {"perceptron", "pca-ridge"}
    assert all({"validation.relative_rmse", "test.relative_rmse"} <= set(run.metrics) for run in children)
    assert not list(project.checkpoints.glob("*"))

    monkeypatch.setattr(architectures, "_outcomes", lambda *_: pytest.fail("trained again"))
    pd.testing.assert_frame_equal(study(config, all_kept, project), found)


def test_processes_are_renewed(project, all_kept, config, monkeypatch):
    monkeypatch.setattr(architectures, "TRAININGS_A_PROCESS", 1)
    found = study(config.model_copy(update={"processes": 1, "w_ln_a": (0.1,), "seeds": (1,)}), all_kept, project)
    assert len(found) == 2


def test_code_that_changes_meanwhile_ends_the_study(project, all_kept, config):
    job = Job("pca-ridge", "C", 0.1, 1)
    with pytest.raises(ExecutionError, match="the code changed during the study"):
        architectures.run_job(job, all_kept, project, "hash", "another")


def test_a_failing_training_ends_the_study_with_its_own_error(project, all_kept, config):
    split = all_kept.split.model_copy(update={"train": 0.02, "validation": 0.49, "test": 0.49})
    with pytest.raises(InvalidInputError, match="samples"):
        study(config, all_kept.model_copy(update={"split": split}), project)


def test_means_and_spreads_are_over_the_seeds(rows):
    table = summarise(rows)
    assert len(table) == 4
    assert list(table["runs"]) == [3] * 4
    resnet = table[(table["architecture"] == "resnet") & (table["w_ln_a"] == 1.0)].iloc[0]
    assert resnet["beta.within_0.02"] == pytest.approx(0.7)
    assert resnet["beta.within_0.02.sd"] == pytest.approx(0.1)


def test_the_report_keeps_the_order_of_the_study(rows, tmp_path):
    text = markdown(summarise(rows))
    assert text.index("| cnn |") < text.index("| resnet |")
    assert "70.0 ± 10.0" in text
    write_report(rows, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "architectures.png", "architectures.svg", "runs.csv", "table.csv", "table.md",
    ]  # fmt: skip
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_report(rows, tmp_path)
    assert first == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_of_one_architecture_the_subsets_are_compared(rows):
    one = rows[rows["architecture"] == "cnn"]
    both = pd.concat([one, one.assign(subset="G", relative_rmse=0.1)])
    text = markdown(summarise(both))
    assert "### Architecture cnn, w_lnA = 0.1" in text
    assert text.index("| C |") < text.index("| G |")
    assert "| 0.100 |" in text  # no spread


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architectures": ["lstm"]}, "architecture = lstm: must be one of mcnn-paper"),
        ({"subsets": ["X"]}, "subsets.0 = X: must be 'LU'"),
        ({"w_ln_a": [0.0]}, "w_ln_a.0 = 0.0: must be greater than 0"),
        ({"seeds": []}, "seeds = "),
        ({"epochs": 0}, "epochs = 0: must be greater than 0"),
    ],
)
def test_bad_choices_are_refused_before_any_training(project, params, change, message):
    with pytest.raises(InvalidInputError) as caught:
        study(parse(ArchitecturesConfig, {**CELLS, "epochs": 2, **change}), params, project)
    assert message in str(caught.value)


def test_a_job_is_an_entry_of_the_models():
    model = Job("cnn", "G", 0.1, 3).model
    assert json.loads(model.model_dump_json()) == {
        "subset": "G", "architecture": "cnn", "weights": {"dh_j_per_mol": 1.0, "x": 3.0, "beta": 3.0, "ln_a": 0.1},
    }  # fmt: skip
