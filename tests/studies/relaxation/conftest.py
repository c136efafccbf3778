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
    return with_data(Project("relaxation", root), small_dataset, small_tests)


def with_data(project, dataset, tests):
    """Give a project the data and the test sets of subset C, and reports that they are valid."""
    shutil.copytree(dataset, project.data / "C")
    shutil.copytree(tests, project.data / "test" / "C")
    for name in ("C", "test/C"):
        report = {"success": True, "data_md5": dvc_hash(project.data / name)}
        write_json(project.validation / f"{name}.json", report)
    return project


@pytest.fixture(scope="module")
def template(tmp_path_factory, migrated_store, small_dataset, small_tests):
    """Project and params with model C trained, by the network that is trained fastest.  Do not write into it."""
    from relaxnet.studies.relaxation.study import STUDY
    from relaxnet.workflow.train import train

    root = tmp_path_factory.mktemp("trained") / "project"
    root.mkdir()
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    params = check_params(RelaxationParams, {**raw, "profile": "smoke"})
    model = params.models["C"].model_copy(update={"architecture": "perceptron"})
    limits = params.evaluate.model_copy(update={"largest_cp_n_max": 1e4})
    quick = params.model_copy(update={"models": {"C": model}, "evaluate": limits})
    shutil.copy(migrated_store, root / "mlruns.db")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MLFLOW_TRACKING_URI", "DVC_STAGE", "DVC_EXP_NAME"):
            patch.delenv(name, raising=False)
        patch.chdir(root)
        train(STUDY, with_data(Project("relaxation", root), small_dataset, small_tests), quick, "C")
    return root, quick
