"""The study goes through the whole workflow at small sizes: from cells to pages, to a champion that reads pixels."""

import json
import subprocess

import numpy as np
import pandas as pd
import pytest
import yaml
from cells import NETWORKS

from relaxnet.registry.champions import CHAMPION
from relaxnet.studies.elasticity.course.page import write_course_page
from relaxnet.studies.elasticity.physics.constants import CONSTANTS
from relaxnet.workflow.compare import compare
from relaxnet.workflow.evaluate import evaluate
from relaxnet.workflow.promote import promote
from relaxnet.workflow.register import register
from relaxnet.workflow.search import search
from relaxnet.workflow.simulate import simulate
from relaxnet.workflow.stage import open_study
from relaxnet.workflow.train import train
from relaxnet.workflow.validate import validate

WEIGHTS = dict.fromkeys(CONSTANTS, 1.0)
BASELINE = {"subset": "course", "architecture": f"{NETWORKS}.cnn:baseline", "loss_weights": WEIGHTS}
PARAMS = {
    "profile": "small",
    "models": {
        "baseline": BASELINE,
        "unscaled": {**BASELINE, "unit_gpa": 1e8},
        "tuned": {**BASELINE, "start": {"model": "baseline", "freeze": ["conv_1"]}},
        "bounds": {**BASELINE, "architecture": f"{NETWORKS}.voigt_reuss:voigt_reuss"},
        "equivariant": {**BASELINE, "architecture": f"{NETWORKS}.equivariant:equivariant"},
    },
    "split": {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 1},
    "validate": {"turned_sample": 2, "tolerance": 1e-6},
    "search": {
        "subset": "course",
        "architecture": f"{NETWORKS}.cnn:flexible",
        "sampler": {"name": "grid"},
        "pruner": {"name": "none"},
        "workers": 1,
        "space": {
            "filters": {"set": "network.filters", "choices": [2, 4]},
            "kernel": {"set": "network.kernel", "choices": [3]},
            "dropout": {"set": "network.dropout", "choices": [0.0]},
            "learning_rate": {"set": "optimizer.learning_rate", "choices": [1e-3]},
        },
    },
    "register": {"name": "cells", "alias": "challenger"},
    "promote": {"latency_ms": 10000.0},
    "profiles": {
        "small": {
            "simulate": {
                "course": {
                    "cells": 210,  # a champion needs 30 to be tested on
                    "seed": 3,
                    "size": 32,
                    "phases": {"e_soft_gpa": 3.0, "nu_soft": 0.35, "e_stiff_gpa": 70.0, "nu_stiff": 0.22},
                    "volume_fraction": [0.3, 0.7],
                    "morphologies": {"gaussian": 1.0, "laminate": 1.0},
                }
            },
            "train": {
                "optimizer": {"name": "adam", "learning_rate": 3e-3, "schedule": "constant"},
                "batch_size": 147,
                "epochs": 30,
                "seed": 1,
                "threads": 1,
                "symmetries": {"translations": True, "turns": True, "mirrors": True},
            },
            "settings": {"equivariant": {"epochs": 10}},
            "networks": {
                f"{NETWORKS}.cnn:baseline": {},
                f"{NETWORKS}.cnn:flexible": {"filters": 2, "kernel": 3, "dropout": 0.0, "dense": 4},
                f"{NETWORKS}.voigt_reuss:voigt_reuss": {},
                f"{NETWORKS}.equivariant:equivariant": {"filters": [4, 8], "dense": 8},
            },
            "search": {"epochs": 1},
        }
    },
}


@pytest.mark.slow
def test_from_cells_to_a_champion(root, monkeypatch):
    monkeypatch.chdir(root)
    folder = root / "pipelines" / "elasticity"
    folder.mkdir(parents=True)
    (folder / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    # what comes of no commit is not promoted
    (root / ".gitignore").write_text("/data\n/models\n/reports\n/mlruns.db*\n/mlartifacts\n/.relaxnet\n")
    identity = ["-c", "user.name=ann", "-c", "user.email=ann@example.org"]
    for command in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "-m", "Begin"]):
        subprocess.run(["git", *command], check=True)
    study, project, params = open_study("relaxnet.studies.elasticity.study:STUDY", root)
    simulate(study, project, params, "course")
    validate(study, project, params, "course")
    for name in params.models:
        train(study, project, params, name)
        evaluate(study, project, params, name)
    search(study, project, params)
    register(study, project, params)
    page = compare(study, project).read_text()
    assert "Comparison of elasticity networks" in page
    assert "NRMSE" in page

    found = {name: json.loads((project.evaluation / name / "metrics.json").read_text()) for name in params.models}
    nrmse = {
        name: np.mean([target["nrmse"] for target in record["targets"].values()]) for name, record in found.items()
    }
    assert min(nrmse, key=nrmse.get) == "equivariant"
    assert nrmse["equivariant"] < 0.5
    assert nrmse["unscaled"] > 0.9  # the mean at best, in units in which its error looks like nothing
    assert found["tuned"]["training"]["n_trainable"] < found["tuned"]["training"]["n_parameters"]

    write_course_page(params, project, project.reports / "course", study.report)
    text = (project.reports / "course" / "index.html").read_text()
    assert "training mean" in text
    assert "8.41e-15" in text  # printed, and what the mean scores in the unit that this defines
    assert "Why 10⁻¹⁵ means nothing" in text
    assert all(f">{name}<" in text for name in params.models)

    assert json.loads(project.registered.read_text())["course"]["model"] == "equivariant"
    decision = promote(study, project, params, "course")
    assert decision.outcome == "promoted", decision
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{root}/mlruns.db")
    import mlflow

    model = mlflow.pyfunc.load_model(f"models:/cells-course@{CHAMPION}")
    pixels = np.zeros((32, 32), dtype=np.uint8)
    pixels[:12] = 255
    answer = model.predict(pd.DataFrame({"image": [pixels.tolist()]}))
    assert answer["C11"].item() > answer["C22"].item() > 3.0
    assert answer["C44"].item() > 1.0
