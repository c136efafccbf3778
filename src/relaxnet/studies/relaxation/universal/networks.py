"""The two networks: one guesses the parameters from a picture of the scans, one emulates a scan from parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .layout import MOST_SCANS, PICTURE_POINTS

if TYPE_CHECKING:
    import keras

AXIS_POINTS = 224  # of an emulated scan
SCAN_FEATURES = 9
GUESSES = 5  # place, scale, x, beta, lag: see `guess_targets`


def scan_network(mean: NDArray[np.float64], basis: NDArray[np.float64], width: int, depth: int) -> keras.Model:
    """Network from the features of scans, see `_kernels.scan_features`, to their signals on the reduced axis.

    Its last layer is fixed: ``basis`` (components, points), orthogonal curves scaled by their importance, about
    ``mean`` (points,).
    """
    import keras

    inputs = keras.Input((SCAN_FEATURES,), name="features")
    values = keras.layers.Dense(width, activation="silu")(inputs)
    for _ in range(depth - 1):
        values = keras.layers.add([values, keras.layers.Dense(width, activation="silu")(values)])
    components = keras.layers.Dense(len(basis), name="components")(values)
    curves = keras.layers.Dense(len(mean), name="signal", trainable=False)
    model = keras.Model(inputs, curves(components), name="scan")
    curves.set_weights([basis.astype(np.float32), mean.astype(np.float32)])
    return model


def guess_network(width: int, depth: int) -> keras.Model:
    """Network from `Layout.guess_inputs` to the five guesses."""
    import keras

    inputs = keras.Input((MOST_SCANS * (PICTURE_POINTS + 3) + 2,), name="picture")
    values = keras.layers.Dense(width, activation="silu")(inputs)
    for _ in range(depth - 1):
        values = keras.layers.add([values, keras.layers.Dense(width, activation="silu")(values)])
    return keras.Model(inputs, keras.layers.Dense(GUESSES, name="guess")(values), name="guess")
