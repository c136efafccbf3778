import json
import shutil
from pathlib import Path

import pytest
import yaml

from relaxnet.studies.relaxation.dataset import Dataset
from relaxnet.studies.relaxation.params import RelaxationParams
from relaxnet.studies.relaxation.samples.source import SignalSource, temperature_grid_k
from relaxnet.tracking.lineage import dvc_hash
from relaxnet.workflow.params import load_params
from relaxnet.workflow.project import Project

ROOT = Path(__file__).parents[3]


@pytest.fixture
def params(tmp_path):
    """The committed parameters, in the smallest profile."""
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump({**raw, "profile": "smoke"}))
    return load_params(RelaxationParams, path)


@pytest.fixture
def dataset(small_dataset):
    return Dataset(small_dataset)


@pytest.fixture
def source(dataset, params):
    return SignalSource(dataset, temperature_grid_k(dataset, params.train.grid))


@pytest.fixture
def project(root, monkeypatch, small_dataset):
    """A folder like a project's, with the data of subset C and their report; the current folder."""
    monkeypatch.chdir(root)
    project = Project("relaxation", root)
    shutil.copytree(small_dataset, project.data / "C")
    project.validation.mkdir(parents=True)
    report = {"success": True, "data_md5": dvc_hash(project.data / "C")}
    (project.validation / "C.json").write_text(json.dumps(report))
    return project
