"""What the networks see of a molecule: its Coulomb matrix."""

import keras

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.source import Shapes

COULOMB = "coulomb"
"""Input (29, 29, 1) in hartree, zero past the last atom."""


def coulomb_input(shapes: Shapes, network: str) -> keras.KerasTensor:
    """Symbolic input; an `InvalidInputError` unless it is a Coulomb matrix alone."""
    if set(shapes) != {COULOMB} or len(shapes[COULOMB]) != 3:
        found = ", ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items())
        raise InvalidInputError("architecture", network, f"one for the inputs {found}; it reads {COULOMB}")
    return keras.Input(shapes[COULOMB], name=COULOMB)


def matrix_view(shapes: Shapes, network: str) -> keras.Model:
    """Pre-processing of the networks that see the matrix as it is."""
    given = coulomb_input(shapes, network)
    return keras.Model([given], [keras.layers.Identity(name="matrix")(given)], name="views")
