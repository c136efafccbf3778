"""The networks of the study with the other Keras backend."""

from pathlib import Path

import pytest
from other_backend import passes_with_the_other_backend


@pytest.mark.slow
def test_the_networks_train_with_the_other_backend():
    chosen = ["test_bounds.py", "test_statistics.py", "test_networks.py"]
    words = "bounds or statistics or trains or turn or mirrored"
    passes_with_the_other_backend(Path(__file__).parent, chosen, words)
