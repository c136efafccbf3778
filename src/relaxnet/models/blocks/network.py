"""A network in two parts, fixed pre-processing into views and a trainable body; options that many have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import keras
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import atomic_path
from relaxnet.datasets.source import Inputs, Shapes
from relaxnet.datasets.targets import Scaling

Dropout = Annotated[float, Field(ge=0, lt=1)]  # share of a layer's outputs that are dropped while training
Noise = Annotated[float, Field(ge=0, le=1)]  # standard deviation of noise on the views while training
Width = Annotated[int, Field(ge=1, le=2**16)]  # of a layer: its filters or units
Kernel = Annotated[int, Field(ge=1, le=2**16)]  # points that a convolution spans
Points = Annotated[int, Field(ge=1, le=10**6)]  # of a signal
Pool = Annotated[int, Field(ge=2, le=2**16)]  # points that become one
Step = Annotated[int, Field(ge=1, le=2**16)]  # points from one that is kept to the next
Solve = Callable[[list[NDArray[np.float32]], NDArray[np.float32]], None]


@dataclass(frozen=True)
class Network:
    """What an architecture builds.

    ``preprocess`` makes a list of views of the inputs, by name; it has no weights to be trained, so that training on
    data in memory computes the views once.  ``body`` makes the scaled targets of the views; its last layer puts them
    out.  ``solve`` sets its weights from all views and scaled targets of the training part, where gradient steps are
    not the way.  ``adopt`` tells a body that computes physical values how they are scaled to be put out.
    """

    preprocess: keras.Model
    body: keras.Model
    solve: Solve | None = None
    adopt: Callable[[Scaling], None] | None = None

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
    """Name and shape of the single input that a network reads; `InvalidInputError` for several, or another rank."""
    if len(shapes) != 1 or len(next(iter(shapes.values()))) != rank:
        found = ", ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items())
        allowed = f"one for the inputs {found}; it reads a single one of {rank} axes"
        raise InvalidInputError("architecture", network, allowed)
    return next(iter(shapes.items()))


def save_model(model: keras.Model, path: Path) -> None:
    """Save a Keras model atomically (``.keras`` format)."""
    with atomic_path(path) as part, TemporaryDirectory(dir=path.parent) as work:
        whole = Path(work) / "model.keras"
        model.save(whole)
        whole.replace(part)
