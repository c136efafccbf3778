"""Keep trained networks: as Keras files, to go on from; in ONNX's format, to estimate without Keras; and the facts."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from relaxnet._version import __version__
from relaxnet.core.files import atomic_path, write_json
from relaxnet.models.blocks.network import save_model

from .estimator import FACTS_FILE, FORMAT, GUESS_FILE, SCAN_FILE

if TYPE_CHECKING:
    import keras

    from .training import Trained


def save(trained: Trained, folder: Path, lineage: Mapping[str, Any]) -> None:
    """Write both networks and ``universal.json``; ``lineage`` says where they come from.

    Raises
    ------
    DataFileError
        If the folder cannot be written.
    """
    for model, file in ((trained.scan, SCAN_FILE), (trained.guess, GUESS_FILE)):
        save_model(_without_optimizer(model), folder / f"{Path(file).stem}.keras")
        with atomic_path(folder / file) as part:
            part.write_bytes(as_onnx(model))
    facts = {
        "format": FORMAT,
        "version": __version__,
        "model_error": trained.model_error,
        **trained.calibration,
        "guess_error": trained.guess_error.tolist(),
        "mean": trained.mean.tolist(),
        "lineage": dict(lineage),
    }
    write_json(folder / FACTS_FILE, facts)


def _without_optimizer(model: keras.Model) -> keras.Model:
    """The network alone: the state of its optimiser is twice as large."""
    import keras

    bare = keras.models.clone_model(model)
    bare.set_weights(model.get_weights())
    return bare


def as_onnx(model: keras.Model) -> bytes:
    """The network in ONNX's format."""
    model(np.zeros((1, *model.input_shape[1:]), dtype=np.float32))  # which Keras must have seen once
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder, "model.onnx")
        model.export(path, format="onnx", verbose=False)
        return path.read_bytes()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The converter tells of itself by warnings and log lines."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
