"""A network in two parts: fixed pre-processing into views, and a trainable body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import atomic_path
from relaxnet.datasets.source import Inputs, Shapes

Solve = Callable[[list[NDArray[np.float32]], NDArray[np.float32]], None]


@dataclass(frozen=True)
class Network:
    """What an architecture builds.

    The pre-processing has no weights, so that training on data in memory computes the views once.

    Attributes
    ----------
    preprocess : keras.Model
        From the inputs, by name, to a list of views.
    body : keras.Model
        From the views to the scaled targets; its last layer puts them out.
    solve : callable, optional
        Sets the weights of ``body`` from all views and scaled targets of the training part, where gradient steps are
        not the way.
    """

    preprocess: keras.Model
    body: keras.Model
    solve: Solve | None = None

    def views(self, inputs: Inputs) -> list[NDArray[np.float32]]:
        """Views of samples, as `body` takes them."""
        views = self.preprocess.predict(arguments(inputs), batch_size=256, verbose=0)
        return list(views) if isinstance(views, list | tuple) else [views]

    def whole(self) -> keras.Model:
        """One model from the inputs to the scaled targets; it shares the weights."""
        inputs = named_inputs(self.preprocess)
        return keras.Model(inputs, self.body(self.preprocess(inputs)), name=self.body.name)


def arguments(inputs: Mapping[str, Any]) -> Any:
    """Inputs as a model takes them: by name, and a single one as it is."""
    return next(iter(inputs.values())) if len(inputs) == 1 else dict(inputs)


def named_inputs(model: keras.Model) -> Any:
    """Symbolic inputs of a model, as `arguments` has arrays."""
    return arguments({tensor.name: tensor for tensor in model.inputs})


def sole_input(shapes: Shapes, rank: int, network: str) -> tuple[str, tuple[int, ...]]:
    """Name and shape of the single input that a network reads.

    Raises
    ------
    InvalidInputError
        If there are several, or its rank is another.
    """
    if len(shapes) != 1 or len(next(iter(shapes.values()))) != rank:
        found = ", ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items())
        raise InvalidInputError(
            "architecture", network, f"one for the inputs {found}; it reads a single one of {rank} axes"
        )
    return next(iter(shapes.items()))


def save_model(model: keras.Model, path: Path) -> None:
    """Save a Keras model atomically (``.keras`` format)."""
    with atomic_path(path) as part, TemporaryDirectory(dir=path.parent) as work:
        whole = Path(work) / "model.keras"
        model.save(whole)
        whole.replace(part)
