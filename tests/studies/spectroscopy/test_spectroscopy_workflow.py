"""The study goes through the whole workflow at small sizes: from files to pages, to a champion of its own."""

import json
import subprocess

import numpy as np
import pandas as pd
import pytest
import yaml
from learning import NETWORKS, write_folder

from relaxnet.registry.champions import CHAMPION
from relaxnet.studies.spectroscopy.assignment.page import write_assignment_page
from relaxnet.studies.spectroscopy.predictor.packing import PHENOL
from relaxnet.workflow.compare import compare
from relaxnet.workflow.evaluate import evaluate
from relaxnet.workflow.promote import promote
from relaxnet.workflow.register import register
from relaxnet.workflow.search import search
from relaxnet.workflow.simulate import simulate
from relaxnet.workflow.stage import open_study
from relaxnet.workflow.train import train
from relaxnet.workflow.validate import validate

DEFAULT = {"subset": "own", "architecture": f"{NETWORKS}.cnn:cnn", "sigma_ev": 1.0, "points": 60, "loss": "rmse"}
NARROW = {**DEFAULT, "sigma_ev": 0.4}
PARAMS = {
    "profile": "small",
    "models": {
        "rmse": DEFAULT,
        "cosine": {**DEFAULT, "loss": "cosine"},
        "pearson": {**DEFAULT, "loss": "pearson"},
        "non-negative": {**DEFAULT, "set": {"network.output": "non-negative"}},
        "area": {**DEFAULT, "set": {"network.output": "area"}},
        "sigma-100": NARROW,
        "points-500": {**NARROW, "points": 80},
        "levels": {**NARROW, "architecture": f"{NETWORKS}.levels:levels"},
        "kernel-ridge": {
            **DEFAULT, "architecture": f"{NETWORKS}.kernel_ridge:kernel_ridge", "loss": "mse",
            "set": {"coulomb_noise": 0.0},
        },
        "mean": {**DEFAULT, "architecture": f"{NETWORKS}.mean:mean", "loss": "mse"},
    },
    "split": {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 1},
    "validate": {"sigma_ev": 0.4, "points": 300, "area_tolerance": 0.01, "homo_rank_correlation": 0.8},
    "search": {
        "subset": "own",
        "architecture": f"{NETWORKS}.cnn:cnn",
        "sampler": {"name": "grid"},
        "pruner": {"name": "none"},
        "workers": 1,
        "space": {
            "loss": {"choices": ["rmse", "mae"]},
            "output": {"set": "network.output", "choices": ["area"]},
        },
    },
    "register": {"name": "spectra", "alias": "challenger"},
    "promote": {"latency_ms": 10000.0},
    "profiles": {
        "small": {
            "simulate": {"own": {"seed": 3, "folder": "own", "levels": "files", "workers": 1}},
            "train": {
                "optimizer": {"name": "adam", "learning_rate": 3e-3, "schedule": "constant"},
                "batch_size": 150,
                "epochs": 8,
                "seed": 1,
                "threads": 1,
                "coulomb_noise": 1.0,
            },
            "networks": {
                f"{NETWORKS}.cnn:cnn": {"filters": [4, 6, 8]},
                f"{NETWORKS}.levels:levels": {"filters": [4, 6, 8]},
                f"{NETWORKS}.kernel_ridge:kernel_ridge": {"molecules": 200},
                f"{NETWORKS}.mean:mean": {},
            },
            "search": {"epochs": 1},
        }
    },
}  # fmt: skip


@pytest.mark.slow
def test_from_files_to_a_champion(root, monkeypatch):
    monkeypatch.chdir(root)
    folder = root / "pipelines" / "spectroscopy"
    folder.mkdir(parents=True)
    (folder / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    write_folder(root / "own", 215)  # a champion needs 30 to be tested on
    # what comes of no commit is not promoted
    (root / ".gitignore").write_text("/data\n/models\n/reports\n/mlruns.db*\n/mlartifacts\n/.relaxnet\n")
    identity = ["-c", "user.name=ann", "-c", "user.email=ann@example.org"]
    for command in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "-m", "Begin"]):
        subprocess.run(["git", *command], check=True)
    study, project, params = open_study("relaxnet.studies.spectroscopy.study:STUDY", root)
    simulate(study, project, params, "own")
    validate(study, project, params, "own")
    for name in params.models:
        train(study, project, params, name)
        evaluate(study, project, params, name)
    search(study, project, params)
    register(study, project, params)
    assert "Comparison of spectroscopy networks" in compare(study, project).read_text()

    found = {name: json.loads((project.evaluation / name / "metrics.json").read_text()) for name in params.models}
    means = {name: record["means"] for name, record in found.items()}
    assert means["rmse"]["negative_share"] > 0
    for name in ("non-negative", "area", "levels", "mean"):
        assert means[name]["negative_share"] == means[name]["negative_magnitude"] == 0.0, name
    assert means["kernel-ridge"]["accuracy"] > means["mean"]["accuracy"]
    assert means["area"]["accuracy"] == pytest.approx(1.0 - means["area"]["deviation"], abs=1e-3)
    assert {record["region"] for record in found.values()} == {"own-1000meV-60", "own-400meV-60", "own-400meV-80"}
    table = pd.read_csv(project.evaluation / "levels" / "estimates.csv")
    assert (table["accuracy_at_500_mev"] > table["accuracy"]).all()

    write_assignment_page(params, project, project.reports / "assignment", study.report)
    text = (project.reports / "assignment" / "index.html").read_text()
    assert "Loss functions (Table 2)" in text
    assert "One network for every broadening" in text
    assert all(f">{name}<" in text for name in params.models)

    decision = promote(study, project, params, "own-1000meV-60")
    assert decision.outcome == "promoted", decision
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{root}/mlruns.db")
    import mlflow

    model = mlflow.pyfunc.load_model(f"models:/spectra-own-1000meV-60@{CHAMPION}")
    answer = model.predict(pd.DataFrame({"xyz": [PHENOL]}))
    assert len(answer) == 60
    area = np.trapezoid(answer["intensity_per_ev"], answer["energy_ev"])
    assert 8.0 < area < 24.0
