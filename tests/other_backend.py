"""Tests run again with the other backend of Keras."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import keras

OTHER = "jax" if keras.backend.backend() == "tensorflow" else "tensorflow"


def passes_with_the_other_backend(folder: Path, files: Sequence[str], words: str) -> None:
    """Run those tests of some files whose names have some ``words``, as pytest's ``-k`` takes them."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(str(folder / name) for name in files)]
    environment = {**os.environ, "KERAS_BACKEND": OTHER, "PYTEST_ADDOPTS": ""}
    found = subprocess.run(
        [*command, "-k", words], env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    assert found.returncode == 0, found.stdout[-3000:]
