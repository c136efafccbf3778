"""A network in two parts: fixed pre-processing into views, and a trainable body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
from numpy.typing import NDArray

from relaxnet.core.files import atomic_path

Solve = Callable[[list[NDArray[np.float32]], NDArray[np.float32]], None]


@dataclass(frozen=True)
class Network:
    """What an architecture builds.

    The pre-processing has no weights, so that training on data in memory computes the views once.

    Attributes
    ----------
    preprocess : keras.Model
        From the input to a list of views.
    body : keras.Model
        From the views to the normalised targets.
    solve : callable, optional
        Sets the weights of ``body`` from all views and normalised targets of the training part, where gradient steps
        are not the way.
    """

    preprocess: keras.Model
    body: keras.Model
    solve: Solve | None = None

    def views(self, inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Views of samples of shape (n, points, channels), as `body` takes them."""
        views = self.preprocess.predict(inputs, batch_size=256, verbose=0)
        return list(views) if isinstance(views, list | tuple) else [views]

    def whole(self) -> keras.Model:
        """One model from the input to the normalised targets; it shares the weights."""
        inputs = self.preprocess.inputs[0]
        return keras.Model(inputs, self.body(self.preprocess(inputs)), name=self.body.name)


def save_model(model: keras.Model, path: Path) -> None:
    """Save a Keras model atomically (``.keras`` format)."""
    with atomic_path(path) as part, TemporaryDirectory(dir=path.parent) as work:
        whole = Path(work) / "model.keras"
        model.save(whole)
        whole.replace(part)
