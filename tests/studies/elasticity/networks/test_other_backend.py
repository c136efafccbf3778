"""The networks of the study with the other Keras backend."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

HERE = Path(__file__).parent
OTHER = "jax" if keras.backend.backend() == "tensorflow" else "tensorflow"


@pytest.mark.slow
def test_the_networks_train_with_the_other_backend():
    chosen = ["test_bounds.py", "test_statistics.py", "test_networks.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(str(HERE / name) for name in chosen)]
    words = "bounds or statistics or trains or turn or mirrored"
    environment = {**os.environ, "KERAS_BACKEND": OTHER, "PYTEST_ADDOPTS": ""}
    found = subprocess.run(
        [*command, "-k", words], env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    assert found.returncode == 0, found.stdout[-3000:]
