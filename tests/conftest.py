from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from relaxnet.core.garbage import collect_rarely
from relaxnet.studies.relaxation.dataset import select, write_dataset
from relaxnet.studies.relaxation.physics import chr_program

collect_rarely()

# A shell that starts the tests in the background has them ignore Ctrl-C, which tests send to processes of theirs.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests run in several processes: one thread each, also in TensorFlow, which reads this when it starts.
for _variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# the direct solver, shared with benchmarks/
sys.path.insert(0, str(Path(__file__).parent / "studies" / "relaxation" / "physics"))


@pytest.fixture(autouse=True)
def _seeds():
    random.seed(20250129)
    np.random.seed(20250129)  # noqa: NPY002  (third-party code draws from the global generator)


@pytest.fixture
def rng():
    return np.random.default_rng(20250129)


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory) -> Path:
    """Folder with 12 quartets of subset C.  Do not write into it."""
    folder = tmp_path_factory.mktemp("small") / "C"
    quartets = select("C", 12, seed=5)
    write_dataset(folder, quartets.parameters(), source="C", program=chr_program(), seed=5, index=quartets)
    return folder


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory):
    """An SQLite store with all migrations done, made once: seconds, not seconds a test."""
    from relaxnet.tracking.tracker import Tracker

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


@pytest.fixture(scope="session")
def any_image():
    from relaxnet.evaluation.figures import render_figure, training_figure

    return render_figure(training_figure([2.0, 1.0], [3.0, 2.0], "any"))


@pytest.fixture
def one_figure_for_all(any_image, monkeypatch):
    """Every figure is one and the same: for tests of what is beside them."""
    from relaxnet.evaluation import figures
    from relaxnet.reporting.comparison import page as comparison_page
    from relaxnet.studies.relaxation.paper import page as paper_page

    for module in (figures, comparison_page, paper_page):
        monkeypatch.setattr(module, "render_figure", lambda figure: any_image)
