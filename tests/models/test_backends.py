"""The conformance suite with the other Keras backend, and models that pass from one to the other."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from test_zoo import INPUTS, made, outputs

from relaxnet.models.blocks.architectures import architecture_names
from relaxnet.models.blocks.network import save_model

OTHER = "jax" if keras.backend.backend() == "tensorflow" else "tensorflow"
HERE = Path(__file__).parent
ESTIMATE = """
import sys, keras, numpy as np
import relaxnet.models.blocks.layers
folder, names = sys.argv[1], sys.argv[2].split(",")
inputs = np.load(f"{folder}/inputs.npy")
for name in names:
    model = keras.models.load_model(f"{folder}/{name}.keras", safe_mode=True)
    np.save(f"{folder}/{name}.npy", keras.ops.convert_to_numpy(model(inputs, training=False)))
print(keras.backend.backend())
"""


def run(*arguments):
    environment = {**os.environ, "KERAS_BACKEND": OTHER, "PYTEST_ADDOPTS": "", "PYTHONPATH": str(HERE)}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=900)


def conformance(*selection):
    found = run("-m", "pytest", "-q", "-p", "no:cacheprovider", str(HERE / "test_zoo.py"), *selection)
    assert found.returncode == 0, found.stdout[-3000:]


@pytest.mark.slow
def test_conformance_with_the_other_backend_of_some():
    conformance("-k", "mcnn-ends or pca-ridge")


@pytest.mark.slow
def test_conformance_with_the_other_backend_of_all():
    conformance()


@pytest.mark.slow
def test_a_saved_model_estimates_alike_with_the_other_backend(tmp_path):
    models = {name: made(name).whole() for name in architecture_names()}
    np.save(tmp_path / "inputs.npy", INPUTS)
    for name, model in models.items():
        save_model(model, tmp_path / f"{name}.keras")
    found = run("-c", ESTIMATE, str(tmp_path), ",".join(models))
    assert found.stdout.strip() == OTHER, found.stderr[-3000:]
    for name, model in models.items():
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy"), outputs(model, INPUTS), atol=2e-4, err_msg=name)
