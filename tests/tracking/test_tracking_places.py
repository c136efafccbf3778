"""A store in any folder, and after its folder was moved or copied."""

import shutil
import sqlite3
from contextlib import closing

import keras
import numpy as np
import pytest
from mlflow.tracking._tracking_service import utils

from relaxnet.registry.register import Candidate, load, register_model
from relaxnet.tracking._places import COLUMNS
from relaxnet.tracking.tracker import Tracker

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
CURVES = np.ones((2, 4), dtype=np.float32)


@pytest.fixture(scope="module")
def stored(tmp_path_factory, migrated_store):
    """A project in a folder with an awkward name, with a run, a model and a version.  Do not write into it."""
    root = tmp_path_factory.mktemp("places") / "a b ü#%20?c"
    root.mkdir()
    shutil.copy(migrated_store, root / "mlruns.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        with Tracker(root, "study") as tracker:
            with tracker.run("net") as run:
                (root / "note.txt").write_text("x")
                run.log_file(root / "note.txt")
                model = run.log_model(keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]), name="net",
                                      input_example=CURVES)  # fmt: skip
            register_model(tracker, Candidate(run.run_id, model, 1.0, "net"), name="thing")
    return root, run.run_id


@pytest.fixture(autouse=True)
def _own_store(monkeypatch):
    """As in a new process: MLflow remembers in which folder the artifacts of a run are."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    utils._artifact_repos_cache.clear()


def check(root, run_id):
    """All of the store can be read, and a new artifact lies beside it."""
    with Tracker(root, "study") as tracker:
        assert tracker.client.list_artifacts(run_id)[0].path == "note.txt"
        assert tracker.find_logged(run_id).run_id == run_id
        assert load(tracker, "thing", "challenger").predict(CURVES, verbose=0).shape == (2, 1)
        with tracker.run("another") as run:
            run.log_file(root / "note.txt", "new")
        assert list((root / "mlartifacts").rglob("new/note.txt"))


def addresses(root):
    with closing(sqlite3.connect(root / "mlruns.db")) as database:
        rows = [row[0] for t, c in COLUMNS for row in database.execute(f"SELECT {c} FROM {t} WHERE {c} LIKE 'file:%'")]
    assert len(rows) >= 4
    return rows


def test_any_name_of_a_folder_will_do(stored):
    root, run_id = stored
    assert sorted(path.name for path in root.iterdir()) == ["mlartifacts", "mlruns.db", "note.txt"]
    assert [path.name for path in root.parent.iterdir()] == [root.name]
    with Tracker(root, "study") as tracker:
        assert tracker.find_logged(run_id).run_id == run_id
        assert load(tracker, "thing", "challenger").predict(CURVES, verbose=0).shape == (2, 1)


def test_a_moved_project_finds_its_artifacts(stored, tmp_path):
    root, run_id = stored
    first, moved = tmp_path / "first", tmp_path / "moved ?%41"
    shutil.copytree(root, first)
    with Tracker(first, "study"):  # now the store is of this folder
        first.rename(moved)
    check(moved, run_id)
    assert all(address.startswith((moved / "mlartifacts").as_uri()) for address in addresses(moved))
    assert not first.exists()


def test_a_copy_leaves_its_original_alone(stored, tmp_path):
    root, run_id = stored
    before = sorted(root.rglob("*"))
    shutil.copytree(root, tmp_path / "copy")
    check(tmp_path / "copy", run_id)
    assert sorted(root.rglob("*")) == before
    assert all(address.startswith((root / "mlartifacts").as_uri()) for address in addresses(root))


def test_artifacts_that_were_put_elsewhere_stay_there(stored, tmp_path):
    root, _ = stored
    project, elsewhere = tmp_path / "project", tmp_path / "disk" / "mlartifacts"
    elsewhere.mkdir(parents=True)
    shutil.copytree(root, project)
    with closing(sqlite3.connect(project / "mlruns.db")) as database, database:
        database.execute("UPDATE experiments SET artifact_location = ?", [elsewhere.as_uri()])
    with Tracker(project, "study") as tracker, tracker.run("net") as run:
        run.log_file(project / "note.txt", "new")
    assert list(elsewhere.rglob("new/note.txt"))


def test_a_model_without_its_file_is_not_whole(stored, tmp_path):
    root, run_id = stored
    shutil.copytree(root, tmp_path / "copy")
    with Tracker(tmp_path / "copy", "study") as tracker:
        (file,) = (tmp_path / "copy" / "mlartifacts").rglob("model.keras")
        file.unlink()
        assert tracker.find_logged(run_id) is None
        assert tracker.find_logged("0" * 32) is None
