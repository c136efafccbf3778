"""The networks of the study with the other Keras backend."""

from pathlib import Path

import pytest
from other_backend import passes_with_the_other_backend


@pytest.mark.slow
def test_the_networks_train_with_the_other_backend():
    words = "trains or negative or broadening or scikit or start"
    passes_with_the_other_backend(Path(__file__).parent, ["test_spectrum_networks.py"], words)
