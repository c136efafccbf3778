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
_SPREAD_EV = 3.0  # by which a level moves for a step of 1
_WIDTH_EV, _LEAST_WIDTH_EV, _MOST_WIDTH_EV = 0.8, 0.03, 10.0  # at the beginning, and at the ends


@keras.saving.register_keras_serializable(package=PACKAGE)
class LevelSpectra(keras.layers.Layer):
    """Numbers (n, 32), two for each level, to spectra (n, points) in states per eV: a Gaussian each, summed.

    ``bias`` is the spectrum to start from, where a training puts the mean of its targets: of numbers that are 0 the
    levels share its area out evenly.
    """

    def __init__(self, points: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.points = points
        self.energies_ev = np.linspace(*WINDOW_EV, points, dtype="float32")

    def build(self, *_: Any) -> None:
        """Make room for the spectrum to start from."""
        even = keras.initializers.Constant(LEVELS / (WINDOW_EV[1] - WINDOW_EV[0]))
        self.bias = self.add_weight(shape=(self.points,), initializer=even, trainable=False, name="bias")
        self.built = True

    def components(self, values: Any) -> Any:
        """Levels and widths of the whole lines, in eV, side by side in (n, 32)."""
        step_ev = self.energies_ev[1] - self.energies_ev[0]
        filled = ops.cumsum(self.bias) * step_ev
        middles = np.arange(LEVELS, dtype="float32")[:, None] + 0.5
        start = WINDOW_EV[0] + step_ev * ops.sum(ops.cast(filled[None] < middles, "float32"), axis=1)
        width = ops.clip(_WIDTH_EV * ops.exp(values[:, LEVELS:]), _LEAST_WIDTH_EV, _MOST_WIDTH_EV)
        return ops.concatenate([start + _SPREAD_EV * values[:, :LEVELS], width], axis=1)

    def call(self, values: Any) -> Any:
        """Sum the lines."""
        found = self.components(values)
        place, width = found[:, None, :LEVELS], found[:, None, LEVELS:]
        away = (self.energies_ev[None, :, None] - place) / width
        return ops.sum(ops.exp(-0.5 * ops.square(away)) / (math.sqrt(2.0 * math.pi) * width), axis=2)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the layer."""
        return {**super().get_config(), "points": self.points}


def build(options: TrunkOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build it: the convolutions of the report, a dense layer to levels and widths, and the broadening."""
    preprocess = matrix_view(input_shapes, "levels")
    view = keras.Input(input_shapes[COULOMB], name="view")
    values = keras.layers.Dense(2 * LEVELS, name="values")(trunk(options.filters, view))
    return Network(preprocess, keras.Model([view], LevelSpectra(outputs, name="estimate")(values), name="levels"))


def components(network: keras.Model, matrices: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """Levels and widths in eV, (n, 32), that a trained network of this kind has inside; None for any other.

    Parameters
    ----------
    network : keras.Model
        A body, or any model around it.
    matrices : array of shape (n, 29, 29, 1)
        Coulomb matrices.
    """
    body = _ending_in_levels(network)
    if body is None:
        return None
    last = body.layers[-1]
    values = keras.Model(body.inputs, last.input).predict([matrices], batch_size=256, verbose=0)
    return np.asarray(ops.convert_to_numpy(last.components(values)), dtype=np.float64)


def rebroadened(
    components_ev: NDArray[np.float64], trained_sigma_ev: float, sigma_ev: float, energies_ev: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Spectra of another broadening, (n, points), of levels and widths (n, 32) that were trained with one.

    Squares of widths add: what a width has beyond the broadening of its training is what the network does not know, and
    stays.
    """
    place, width = components_ev[:, None, :LEVELS], components_ev[:, None, LEVELS:]
    total = np.sqrt(np.maximum(width**2 + sigma_ev**2 - trained_sigma_ev**2, _LEAST_WIDTH_EV**2))
    lines = np.exp(-0.5 * ((energies_ev[None, :, None] - place) / total) ** 2) / (math.sqrt(2.0 * math.pi) * total)
    return np.asarray(lines.sum(axis=2))


def _ending_in_levels(model: keras.Model) -> keras.Model | None:
    """Model whose last layer is of levels: itself, or one within it."""
    if isinstance(model.layers[-1], LevelSpectra):
        return model
    inner = (_ending_in_levels(layer) for layer in model.layers if isinstance(layer, keras.Model))
    return next((found for found in inner if found is not None), None)


levels = Architecture(TrunkOptions, build)
