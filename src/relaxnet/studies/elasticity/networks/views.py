"""What the networks see of a sample: its image, and for some of them its phases."""

import keras

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.source import Shapes

IMAGE, PHASES = "image", "phases"
"""Inputs: (size, size, 1), 1 where the stiff phase is, and (4,), Young's modulus in GPa and Poisson's ratio of each."""


def inputs(shapes: Shapes, network: str) -> dict[str, keras.KerasTensor]:
    """Symbolic inputs by name; an `InvalidInputError` unless they are an image and its phases."""
    if set(shapes) != {IMAGE, PHASES} or len(shapes[IMAGE]) != 3:
        found = ", ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items())
        raise InvalidInputError("architecture", network, f"one for the inputs {found}; it reads {IMAGE} and {PHASES}")
    return {name: keras.Input(shape, name=name) for name, shape in shapes.items()}


def image_view(shapes: Shapes, network: str) -> keras.Model:
    """Pre-processing of the networks that see the image alone: they are for phases that do not change."""
    given = inputs(shapes, network)
    return keras.Model(given, [keras.layers.Identity(name="pixels")(given[IMAGE])], name="views")
