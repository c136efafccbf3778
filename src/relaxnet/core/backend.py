"""Quiet, seeded Keras.  The backend is TensorFlow unless ``KERAS_BACKEND`` says otherwise."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager


def load_keras() -> None:
    """Import Keras and its backend without their start-up messages, which no log level stops."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _stderr_to_nowhere():
        import keras

        keras.ops.ones(1)


def prepare_backend(seed: int) -> None:
    """Seed Python, NumPy and the backend, and ask for deterministic operations."""
    import keras

    # it warns of functions traced anew, which several models in one process cannot avoid
    logging.getLogger("tensorflow").setLevel(logging.ERROR)

    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def compile_option(xla: bool) -> bool | str:
    """What Keras' ``compile(jit_compile=...)`` needs, and TensorFlow made ready for it.

    TensorFlow's deterministic operations and XLA exclude each other (Keras would leave XLA off, with a warning).
    With XLA they are turned off: on processors XLA's own code repeats its results (`tests/training` holds it to
    that).  Other backends compile as they always do.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return "auto"
    from tensorflow.python.framework import config

    if xla:
        config.disable_op_determinism()  # enabling is public, disabling is not
    else:
        config.enable_op_determinism()
    return xla


@contextmanager
def _stderr_to_nowhere() -> Iterator[None]:
    """Redirect the file descriptor itself: the messages come from C++."""
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
