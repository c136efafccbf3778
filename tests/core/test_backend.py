"""Keras is loaded as told, or refused in one line."""

import hashlib
import os
import subprocess
import sys

import pytest
import tensorflow as tf

from relaxnet.core import backend
from relaxnet.core.backend import is_out_of_memory, load_keras
from relaxnet.core.errors import InvalidInputError

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@pytest.mark.parametrize("name", ["foo", "torch", "numpy"])
def test_an_unknown_backend_is_refused(monkeypatch, name):
    monkeypatch.setenv("KERAS_BACKEND", name)
    with pytest.raises(InvalidInputError, match=rf"^KERAS_BACKEND = {name}: must be tensorflow or jax$"):
        load_keras()


def test_a_backend_that_is_not_installed_is_refused(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(backend, "find_spec", lambda name: name == "tensorflow" or None)
    with pytest.raises(InvalidInputError, match=r"^KERAS_BACKEND = jax: must be installed \(found: tensorflow\)$"):
        load_keras()


LOAD = """
import sys
from relaxnet.core.backend import load_keras
from relaxnet.core.console import run_cleanly
sys.exit(run_cleanly(load_keras))
"""


def test_a_broken_installation_is_one_line(tmp_path):
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("raise ImportError('libfoo.so.1: no such file\\nmore')")
    environment = {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join([str(tmp_path), ENVIRONMENT["PYTHONPATH"]])}
    environment.pop("KERAS_BACKEND", None)
    done = subprocess.run([sys.executable, "-c", LOAD], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    reason = "ImportError: libfoo.so.1: no such file"
    assert done.stderr == f"relaxnet: Keras cannot be imported with KERAS_BACKEND = tensorflow ({reason})\n"


def test_memory_errors_of_all_kinds_are_known():
    class JaxRuntimeError(RuntimeError):
        pass

    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"))
    assert is_out_of_memory(JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes."))
    assert not is_out_of_memory(RuntimeError("exhausted"))


TRAINING = """
import os, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:int(sys.argv[1])])
from relaxnet.core.backend import load_keras, prepare_backend
load_keras(int(sys.argv[2]) or None)
import keras
import numpy as np
prepare_backend(1)
inputs = np.random.default_rng(1).normal(size=(256, 400, 6)).astype(np.float32)
layers = [keras.layers.Conv1D(16, 9, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(64)]
model = keras.Sequential([keras.Input((400, 6)), *layers, keras.layers.Dense(4)])
model.compile("adam", "mse", jit_compile=False)
for _ in range(3):
    model.train_on_batch(inputs, inputs[:, 0, :4])
sys.stdout.buffer.write(b"".join(weight.tobytes() for weight in model.get_weights()))
sys.stdout.buffer.write(model.predict(inputs, verbose=0).tobytes())
"""


@pytest.mark.slow
def test_a_training_of_one_thread_does_not_depend_on_the_number_of_processors():
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one processor only")

    def digest(processors, threads):
        command = [sys.executable, "-c", TRAINING, str(processors), str(threads)]
        return hashlib.sha256(subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True).stdout).digest()

    # with the threads left to TensorFlow the two differ on most machines, but not on all
    assert digest(1, 1) == digest(2, 1)
