"""The course's own networks: a baseline, and a flexible one whose 24 settings make its grid."""

import keras
from pydantic import PositiveInt

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Dropout, Kernel, Network, Width

from .views import image_view


class BaselineOptions(Config):
    """Sizes of the baseline."""

    filters: tuple[Width, Width] = (8, 16)
    kernel: Kernel = 3
    dense: Width = 16


class FlexibleOptions(Config):
    """Sizes of the flexible CNN, whose second convolution has twice the ``filters``."""

    filters: PositiveInt
    kernel: Kernel
    dropout: Dropout
    dense: Width = 64


def build_baseline(options: BaselineOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Two times (convolution + ReLU, max-pool), without padding; dense + ReLU, dense."""
    preprocess = image_view(input_shapes, "baseline")
    view = keras.Input(input_shapes["image"], name="view")
    features = _blocks(view, options.filters, options.kernel, "valid")
    features = keras.layers.Flatten(name="flatten")(features)
    features = keras.layers.Dense(options.dense, activation="relu", name="dense")(features)
    return Network(preprocess, keras.Model([view], keras.layers.Dense(outputs, name="estimate")(features), name="cnn"))


def build_flexible(options: FlexibleOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Two times (convolution + ReLU, max-pool), padded with zeros; dropout, dense + ReLU, dense."""
    preprocess = image_view(input_shapes, "flexible")
    view = keras.Input(input_shapes["image"], name="view")
    features = _blocks(view, (options.filters, 2 * options.filters), options.kernel, "same")
    features = keras.layers.Flatten(name="flatten")(features)
    features = keras.layers.Dropout(options.dropout, name="dropout")(features)
    features = keras.layers.Dense(options.dense, activation="relu", name="dense")(features)
    return Network(preprocess, keras.Model([view], keras.layers.Dense(outputs, name="estimate")(features), name="cnn"))


def _blocks(features: keras.KerasTensor, filters: tuple[int, ...], kernel: int, padding: str) -> keras.KerasTensor:
    for number, count in enumerate(filters, start=1):
        layer = keras.layers.Conv2D(count, kernel, padding=padding, activation="relu", name=f"conv_{number}")
        features = keras.layers.MaxPooling2D(2, name=f"pool_{number}")(layer(features))
    return features


baseline = Architecture(BaselineOptions, build_baseline)
flexible = Architecture(FlexibleOptions, build_flexible)
