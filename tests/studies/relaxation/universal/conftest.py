import numpy as np
import pytest

from relaxnet.studies.relaxation.dataset.regions import draw
from relaxnet.studies.relaxation.universal.estimator import UniversalEstimator


@pytest.fixture(scope="session")
def plane_sets():
    """Glasses of the whole plane."""
    return draw("plane", np.random.default_rng(20), 60)


@pytest.fixture(scope="session")
def shipped():
    return UniversalEstimator.load()
