import os
import shutil

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory):
    """An SQLite store with all migrations done, made once: seconds, not seconds a test."""
    from relaxnet.tracking import Tracker

    root = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        with Tracker(root, "template"):
            pass
    return root / "mlruns.db"


@pytest.fixture
def root(tmp_path, migrated_store, monkeypatch):
    """A project folder with a tracking store of its own."""
    for name in ("MLFLOW_TRACKING_URI", "DVC_STAGE", "DVC_EXP_NAME"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(migrated_store, tmp_path / "mlruns.db")
    return tmp_path
