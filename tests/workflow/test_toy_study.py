"""A study of another kind goes through the whole public workflow: images and a rate in, a number and a curve out."""

import json
import shutil
from pathlib import Path
from unittest.mock import ANY

import pandas as pd
import pytest
import toy
from tracked_runs import find_runs

from relaxnet.registry.register import load
from relaxnet.workflow.compare import compare
from relaxnet.workflow.evaluate import evaluate
from relaxnet.workflow.experiment import open_experiment
from relaxnet.workflow.register import register
from relaxnet.workflow.search import search
from relaxnet.workflow.simulate import simulate
from relaxnet.workflow.stage import open_study
from relaxnet.workflow.train import train
from relaxnet.workflow.validate import validate


@pytest.mark.usefixtures("one_figure_for_all")
def test_from_simulation_to_comparison(root):
    (root / "pipelines" / "toy").mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("params.yaml"), root / "pipelines" / "toy")
    study, project, params = open_study("toy:STUDY", root)
    simulate(study, project, params, "spots")
    validate(study, project, params, "spots")
    for name in params.models:
        train(study, project, params, name)
        evaluate(study, project, params, name)
    search(study, project, params)
    register(study, project, params)
    page = compare(study, project).read_text()

    base, tuned = (json.loads((project.evaluation / n / "metrics.json").read_text()) for n in ("base", "tuned"))
    assert all(target["skill"] > 0.5 for target in (*base["targets"].values(), *tuned["targets"].values()))
    assert base["training"]["n_trainable"] == base["training"]["n_parameters"]
    assert tuned["training"]["n_parameters"] - tuned["training"]["n_trainable"] == 4 * 5 * 5 + 4  # the convolution
    assert (base["loss"], tuned["loss"]) == ("smooth_l1", "smooth_l1 (delta 0.5)")
    assert (project.evaluation / "base" / "curves" / "fading.csv").exists()
    estimates = pd.read_csv(project.evaluation / "base" / "estimates.csv")
    assert base["means"] == {"brightness": pytest.approx(estimates["brightness"].mean())}
    assert "Spot networks" in page
    assert json.loads(project.registered.read_text())["spots"]["model"] in params.models
    # without test sets of its own, the study is judged on the test part of the model's data
    assert base["tests"].keys() == {"test"}
    assert base["tests"]["test"]["targets"] == base["targets"]
    headline = json.loads((project.headline / "base.json").read_text())
    assert headline == {"test": {"width": pytest.approx(base["targets"]["width"]["mae"], rel=1e-3), "fading": ANY}}
    best = json.loads((project.reports / "search" / "best_params.json").read_text())["params"]
    assert best.keys() == {"filters", "batch_size"}
    with open_experiment(study, project, params) as tracker:
        kinds = [run.tags["kind"] for run in find_runs(tracker)]
        (run,) = [run for run in find_runs(tracker) if run.run_id == base["run_id"]]
        network = load(tracker, "toy-spots", "challenger")
    assert sorted(kinds) == ["search", "train", "train", "trial", "trial", "trial"]
    assert run.metrics["test.brightness"] == pytest.approx(base["means"]["brightness"])
    assert network.output_shape == (None, toy.TARGETS.width)
