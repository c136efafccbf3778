import shutil
from pathlib import Path

import pytest
import yaml

from relaxnet.core.files import write_json
from relaxnet.studies.relaxation.dataset import Dataset
from relaxnet.studies.relaxation.params import RelaxationParams
from relaxnet.studies.relaxation.samples.source import SignalSource, temperature_grid_k
from relaxnet.studies.relaxation.testsets import simulate_test_sets
from relaxnet.tracking.lineage import dvc_hash
from relaxnet.workflow.params import check_params, load_params
from relaxnet.workflow.project import Project

ROOT = Path(__file__).parents[3]


@pytest.fixture
def params(tmp_path):
    """The committed parameters, in the smallest profile."""
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump({**raw, "profile": "smoke"}))
    return load_params(RelaxationParams, path)


@pytest.fixture(scope="session")
def small_tests(tmp_path_factory):
    """Folder with small test sets of subset C.  Do not write into it."""
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    raw["profiles"]["smoke"]["test"] = {"between": 9, "between_plane": 9, "tuning": 8, "tuning_plane": 8}
    params = check_params(RelaxationParams, {**raw, "profile": "smoke"})
    return simulate_test_sets("C", params, tmp_path_factory.mktemp("tests"))


@pytest.fixture
def dataset(small_dataset):
    return Dataset(small_dataset)


@pytest.fixture
def source(dataset, params):
    return SignalSource(dataset, temperature_grid_k(dataset, params.train.grid))


@pytest.fixture
def project(root, monkeypatch, small_dataset, small_tests):
    """A folder like a project's, with the data and the test sets of subset C and their reports; the current folder."""
    monkeypatch.chdir(root)
    project = Project("relaxation", root)
    shutil.copytree(small_dataset, project.data / "C")
    shutil.copytree(small_tests, project.data / "test" / "C")
    for name in ("C", "test/C"):
        report = {"success": True, "data_md5": dvc_hash(project.data / name)}
        write_json(project.validation / f"{name}.json", report)
    return project
