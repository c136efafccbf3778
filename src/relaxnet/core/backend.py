"""Quiet, seeded Keras.  The backend is TensorFlow unless ``KERAS_BACKEND`` says otherwise."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from .errors import BackendError, InvalidInputError, first_line
from .processes import limit_threads

VARIABLE, BACKENDS = "KERAS_BACKEND", ("tensorflow", "jax")

# Keras and TensorFlow import these where they are installed, for what relaxnet does not use: a third of the time
_NOT_NEEDED = {"sklearn", "jax", "matplotlib"}


def load_keras(threads: int | None = None) -> None:
    """Import Keras and its backend without their start-up messages, which no log level stops.

    Parameters
    ----------
    threads : int, optional
        On as many threads TensorFlow and numerical libraries compute, whatever this process has done with them before
        (but for TensorFlow itself, which must not have begun); default: as many as processors.  Sums of several threads
        round otherwise than those of one.

    Raises
    ------
    InvalidInputError
        If ``KERAS_BACKEND`` names a backend that relaxnet does not know, or that is not installed.
    BackendError
        If the import fails.
    """
    backend = os.environ.get(VARIABLE) or BACKENDS[0]
    if backend not in BACKENDS:
        raise InvalidInputError(VARIABLE, backend, " or ".join(BACKENDS))
    if find_spec(backend) is None:
        installed = ", ".join(filter(find_spec, BACKENDS))
        raise InvalidInputError(VARIABLE, backend, f"installed (found: {installed or 'none'})")
    os.environ[VARIABLE] = backend  # rather than what a file in the user's home says
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if threads is not None:
        os.environ |= {"TF_NUM_INTRAOP_THREADS": str(threads), "TF_NUM_INTEROP_THREADS": "1"}
        limit_threads(threads)
    with _stderr_to_nowhere(), _without(*_NOT_NEEDED - {backend}):
        try:
            import keras

            keras.ops.ones(1)
        except Exception as error:  # whatever a broken installation raises
            reason = f"{type(error).__name__}: {first_line(error)}"
            raise BackendError(f"Keras cannot be imported with {VARIABLE} = {backend} ({reason})") from error


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


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python or the backend could not get the memory for something; needs no import of the backend."""
    name = type(error).__name__
    return isinstance(error, MemoryError) or name == "ResourceExhaustedError" or "RESOURCE_EXHAUSTED" in str(error)


@contextmanager
def _without(*modules: str) -> Iterator[None]:
    """As if these modules, where nothing has imported them yet, were not installed."""
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules |= dict.fromkeys(hidden)  # type: ignore[arg-type]  # None makes an import fail
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


@contextmanager
def _stderr_to_nowhere() -> Iterator[None]:
    """Redirect the file descriptor itself: the messages come from C++."""
    try:
        saved = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
