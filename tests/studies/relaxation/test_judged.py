"""Models are judged on the test sets, chosen by the tuning set, and ranked within one question only."""

import json
import shutil

import numpy as np
import pytest
from mlflow.tracking._tracking_service import utils

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.studies.relaxation.dataset import Dataset, write_dataset
from relaxnet.studies.relaxation.dataset.measured import read_measured, write_measured
from relaxnet.studies.relaxation.heldout import held_out
from relaxnet.studies.relaxation.measuring import measured
from relaxnet.studies.relaxation.physics import ChrProgram
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.tracking.lineage import dvc_hash
from relaxnet.training.estimator import Estimator
from relaxnet.workflow.evaluate import evaluate, measure_tests
from relaxnet.workflow.register import register
from relaxnet.workflow.search import search

MADE = r"dvc repro testset@C$"


@pytest.fixture
def sets(project):
    return project.data / "test" / "C"


@pytest.fixture
def trained(template, project, monkeypatch):
    """Project and params with model C trained, a copy; figures are not drawn."""
    monkeypatch.setattr("relaxnet.workflow.evaluate.write_figures", lambda *_: [])
    utils._artifact_repos_cache.clear()  # in one process MLflow would go on writing into the template
    root, params = template
    shutil.copytree(root, project.root, dirs_exist_ok=True)
    return project, params


def test_an_evaluation_names_its_sets_and_is_chosen_by_the_tuning_set_alone(trained, sets):
    project, params = trained
    evaluate(STUDY, project, params, "C")
    metrics = json.loads((project.evaluation / "C" / "metrics.json").read_text())
    tests = metrics["tests"]
    assert list(tests) == ["lattice", "between", "lattice_noisy", "between_noisy"]
    for name, found in tests.items():
        assert found["md5"] == dvc_hash(sets / name)
        assert found["quartets"]["evaluated"] == (15 if "lattice" in name else 9)
        assert set(found["targets"]) == set(metrics["targets"])
    assert tests["between"]["targets"]["x"]["mae"] != tests["between_noisy"]["targets"]["x"]["mae"]
    headline = json.loads((project.headline / "C.json").read_text())
    assert list(headline) == ["lattice", "between_noisy"]
    assert headline["between_noisy"]["x"] == pytest.approx(tests["between_noisy"]["targets"]["x"]["mae"], rel=1e-3)

    for name in ("lattice", "between"):  # other test sets do not change the score, another tuning set does
        write_other(sets, name)
    declare_valid(project)
    evaluate(STUDY, project, params, "C")
    again = json.loads((project.evaluation / "C" / "metrics.json").read_text())
    assert again["validation"] == metrics["validation"]
    assert again["tests"]["between"]["md5"] != tests["between"]["md5"]
    write_other(sets, "tuning")
    declare_valid(project)
    evaluate(STUDY, project, params, "C")
    third = json.loads((project.evaluation / "C" / "metrics.json").read_text())
    assert third["validation"] != metrics["validation"]
    assert third["tests"] == again["tests"]


def write_other(sets, name, program=None):
    """Other quartets, fewer, as one of the sets."""
    old = Dataset(sets / name)
    metadata, parameters = old.metadata, old.parameters()[::-1][:5] * [1.0, 1.0, 0.9, 1.0]
    shutil.rmtree(sets / name)
    write_dataset(sets / name, parameters, source=metadata.source, program=program or metadata.program)
    file = sets / f"{name}_noisy" / "scans.parquet"
    write_measured(file, measured(Dataset(sets / name), read_measured(file).distortion, np.random.default_rng(1)))


def declare_valid(project):
    report = {"success": True, "data_md5": dvc_hash(project.data / "test" / "C")}
    (project.validation / "test" / "C.json").write_text(json.dumps(report))


def test_sets_of_another_program_are_refused(trained, sets):
    project, params = trained
    write_other(sets, "between", ChrProgram((1.0, 2.0, 5.0, 10.0, 20.0, 30.0), 10.0))
    declare_valid(project)
    with pytest.raises(DataFileError, match=r"test/C/between: cooling_rates_k_per_min = .*: model C was trained with"):
        evaluate(STUDY, project, params, "C")


@pytest.mark.parametrize("stage", [evaluate, search])
def test_missing_sets_are_told_with_the_stage_that_makes_them(trained, sets, stage):
    project, params = trained
    shutil.rmtree(sets)
    arguments = ("C",) if stage is evaluate else ()
    with pytest.raises(DataFileError, match=r"test/C: no such file or folder; make it anew: " + MADE):
        stage(STUDY, project, params, *arguments)
    (project.validation / "test" / "C.json").unlink()
    with pytest.raises(DataFileError, match=r"test/C\.json: no such file; make it anew: " + MADE):
        stage(STUDY, project, params, *arguments)


def test_sets_with_too_few_samples_are_refused(trained, sets):
    project, params = trained
    limits = params.evaluate.model_copy(update={"largest_cp_n_max": 1.0001})
    few, test = params.model_copy(update={"evaluate": limits}), {"between": held_out(sets, "between")}
    estimator = Estimator.load(project.models / "C", "perceptron")
    with pytest.raises(InvalidInputError, match="quartets = 0 of 9 evaluated: must be at least 2 of a test set"):
        measure_tests(STUDY, few, estimator, test, "C")


def test_the_registry_holds_one_model_for_each_question(project, params, trained):
    """Scores of other regions are never compared: G's is far better than C's."""
    model = trained[1].models["C"]
    evaluate(STUDY, project, trained[1], "C")
    names = {"C": "C", "C-w1": "C", "G": "G", "G-w1": "G"}
    reports = project.validation / "test"
    shutil.copy(reports / "C.json", reports / "G.json")  # as if both had the same test sets
    for name, score in zip(names, (0.5, 0.4, 0.1, 0.2), strict=True):
        if name != "C":
            shutil.copytree(project.models / "C", project.models / name)
            shutil.copytree(project.evaluation / "C", project.evaluation / name)
        metrics = json.loads((project.evaluation / "C" / "metrics.json").read_text())
        metrics |= {"validation": {"relative_rmse": score}, "subset": names[name]}
        (project.evaluation / name / "metrics.json").write_text(json.dumps(metrics))
    models = {name: model.model_copy(update={"subset": subset}) for name, subset in names.items()}
    register(STUDY, project, params.model_copy(update={"models": models}))
    registered = json.loads(project.registered.read_text())
    assert {question: entry["model"] for question, entry in registered.items()} == {"C": "C-w1", "plane": "G"}
    assert registered["C"]["scores"] == {"C": 0.5, "C-w1": 0.4}
    assert [entry["name"] for entry in registered.values()] == ["relaxnet-relaxation-C", "relaxnet-relaxation-plane"]

    file = project.evaluation / "G" / "metrics.json"
    for name in ("G", "G-w1"):
        file = project.evaluation / name / "metrics.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"validation": {"relative_rmse": None}}))
    with pytest.raises(InvalidInputError, match=r"register\.plane\.candidates = 2 without a finite validation"):
        register(STUDY, project, params.model_copy(update={"models": models}))
