"""A network that estimates the 16 levels, each with a width, and broadens them: one for every broadening and grid.

The squared error of a spectrum is least at its mean over all molecules that look alike.  To broaden is linear, so that
the mean spectrum of one broadening, broadened further, is that of the other.  The mean over molecules of a narrow line
is a wide one: each level has a width of its own beside that of the spectra, and a network trained on the narrowest
spectra answers for all others.  The spectra have no negative intensity and the right area by construction.
"""

import math
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Network

from ..physics.constants import LEVELS
from ..physics.spectra import WINDOW_EV
from .cnn import TrunkOptions, trunk
from .views import COULOMB, matrix_view

PACKAGE = "relaxnet"
COMPONENTS = "components"
_FIRST_EV, _LAST_EV = -22.0, -9.0  # where the levels are before any training: spread over those of organic molecules
_SPREAD_EV = 3.0  # by which a level moves for a step of 1
_WIDTH_EV, _LEAST_WIDTH_EV, _MOST_WIDTH_EV = 1.0, 0.03, 10.0


@keras.saving.register_keras_serializable(package=PACKAGE)
class Levels(keras.layers.Layer):
    """Numbers (n, 32) to 16 levels and their 16 widths, both in eV, side by side in (n, 32)."""

    def call(self, values: Any) -> Any:
        """Scale; the widths are those of the whole line, positive."""
        place = np.linspace(_FIRST_EV, _LAST_EV, LEVELS, dtype="float32") + _SPREAD_EV * values[:, :LEVELS]
        width = ops.clip(_WIDTH_EV * ops.exp(values[:, LEVELS:]), _LEAST_WIDTH_EV, _MOST_WIDTH_EV)
        return ops.concatenate([place, width], axis=1)


@keras.saving.register_keras_serializable(package=PACKAGE)
class Broadened(keras.layers.Layer):
    """Levels and widths (n, 32) to spectra (n, points) in states per eV: a Gaussian each, summed."""

    def __init__(self, points: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.points = points

    def call(self, components: Any) -> Any:
        """Sum the lines."""
        energies = np.linspace(*WINDOW_EV, self.points, dtype="float32")[None, :, None]
        place, width = components[:, None, :LEVELS], components[:, None, LEVELS:]
        lines = ops.exp(-0.5 * ops.square((energies - place) / width)) / (math.sqrt(2.0 * math.pi) * width)
        return ops.sum(lines, axis=2)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the layer."""
        return {**super().get_config(), "points": self.points}


def build(options: TrunkOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build it: the convolutions of the report, a dense layer to levels and widths, and the broadening."""
    preprocess = matrix_view(input_shapes, "levels")
    view = keras.Input(input_shapes[COULOMB], name="view")
    values = keras.layers.Dense(2 * LEVELS, name="values")(trunk(options.filters, view))
    spectrum = Broadened(outputs, name="estimate")(Levels(name=COMPONENTS)(values))
    return Network(preprocess, keras.Model([view], spectrum, name="levels"))


def components(network: keras.Model, matrices: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """Levels and widths in eV, (n, 32), that a trained network of this kind has inside; None for any other.

    Parameters
    ----------
    network : keras.Model
        A body, or any model around it.
    matrices : array of shape (n, 29, 29, 1)
        Coulomb matrices.
    """
    body = _with_layer(network, COMPONENTS)
    if body is None:
        return None
    inner = keras.Model(body.inputs, body.get_layer(COMPONENTS).output)
    return np.asarray(inner.predict([matrices], batch_size=256, verbose=0), dtype=np.float64)


def rebroadened(
    components_ev: NDArray[np.float64], trained_sigma_ev: float, sigma_ev: float, energies_ev: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Spectra of another broadening, (n, points), of levels and widths (n, 32) that were trained with one.

    What a width has beyond the broadening of its training is what the network does not know, and stays.
    """
    place, width = components_ev[:, None, :LEVELS], components_ev[:, None, LEVELS:]
    unknown = np.maximum(width**2 - trained_sigma_ev**2, 0.0)
    total = np.sqrt(unknown + sigma_ev**2)
    lines = np.exp(-0.5 * ((energies_ev[None, :, None] - place) / total) ** 2) / (math.sqrt(2.0 * math.pi) * total)
    return np.asarray(lines.sum(axis=2))


def _with_layer(model: keras.Model, name: str) -> keras.Model | None:
    """Model that has a layer of that name, itself or one within it."""
    for layer in model.layers:
        if layer.name == name:
            return model
        if isinstance(layer, keras.Model) and (found := _with_layer(layer, name)) is not None:
            return found
    return None


levels = Architecture(TrunkOptions, build)
