"""The network of the report: nine convolutions over the Coulomb matrix, and one dense layer to the spectrum."""

from typing import Literal

import keras

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Network, Width

from .outputs import NonNegative, OfArea
from .views import COULOMB, matrix_view

FILTERS = (22, 47, 42)
"""Of the convolutions of the three parts, as printed."""


class TrunkOptions(Config):
    """Filters of the convolutions of each part; with those by default the weights are as many as printed."""

    filters: tuple[Width, Width, Width] = FILTERS


class CnnOptions(TrunkOptions):
    """How spectra are put out.

    ``linear``, as in the report; ``non-negative``, by a softplus; ``area``, by a softmax that shares out 16 levels.
    """

    output: Literal["linear", "non-negative", "area"] = "linear"


def trunk(filters: tuple[int, ...], view: keras.KerasTensor) -> keras.KerasTensor:
    """Three parts of three 3 x 3 convolutions, padded by 1, with ReLU, and a 2 x 2 max-pooling; then flat."""
    features = view
    for part, count in enumerate(filters, start=1):
        for number in range(1, 4):
            layer = keras.layers.Conv2D(count, 3, padding="same", activation="relu", name=f"conv_{part}_{number}")
            features = layer(features)
        features = keras.layers.MaxPooling2D(2, name=f"pool_{part}")(features)
    return keras.layers.Flatten(name="flatten")(features)


def build(options: CnnOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build it."""
    preprocess = matrix_view(input_shapes, "cnn")
    view = keras.Input(input_shapes[COULOMB], name="view")
    features = trunk(options.filters, view)
    if options.output == "linear":
        spectrum = keras.layers.Dense(outputs, name="estimate")(features)
    else:
        values = keras.layers.Dense(outputs, name="values")(features)
        spectrum = (OfArea if options.output == "area" else NonNegative)(name="estimate")(values)
    return Network(preprocess, keras.Model([view], spectrum, name="cnn"))


cnn = Architecture(CnnOptions, build)
