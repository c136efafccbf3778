"""A one-dimensional residual CNN (after He et al. 2016, without normalisation)."""

from typing import Annotated

import keras
from pydantic import Field

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Dropout, Kernel, Network, Noise, Pool, Step, Width
from relaxnet.models.blocks.signal_views import dense_end, signal_views, view_input


class ResnetOptions(Config):
    """Sizes of the residual CNN: a strided stem, one block of two convolutions for each of ``filters``.

    Every block ends with a pooling by ``pool``, so that the dense layer behind them sees where features lie.
    """

    filters: Annotated[tuple[Width, ...], Field(min_length=1)]
    kernel: Kernel
    stride: Step
    pool: Pool
    dense: Width
    dropout: Dropout = 0.0
    noise: Noise = 0.0


def build(options: ResnetOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build the residual CNN.

    The second convolution of every block starts at zero, so that a block begins as its shortcut: three blocks train
    well without batch statistics, which would let the estimate of a sample depend on its neighbours.
    """
    preprocess = signal_views(input_shapes, "resnet")
    view = view_input(preprocess)
    features = keras.layers.GaussianNoise(options.noise, name="noise")(view)
    features = keras.layers.Conv1D(
        options.filters[0], options.kernel, strides=options.stride, padding="same", activation="relu", name="stem"
    )(features)
    for number, filters in enumerate(options.filters, start=1):
        shortcut = features
        if features.shape[-1] != filters:
            shortcut = keras.layers.Conv1D(filters, 1, name=f"block_{number}_shortcut")(features)
        first = keras.layers.Conv1D(
            filters, options.kernel, padding="same", activation="relu", name=f"block_{number}_first"
        )(features)
        second = keras.layers.Conv1D(
            filters, options.kernel, padding="same", kernel_initializer="zeros", name=f"block_{number}_second"
        )(first)
        features = keras.layers.Add(name=f"block_{number}_add")([shortcut, second])
        features = keras.layers.ReLU(name=f"block_{number}_relu")(features)
        features = keras.layers.MaxPooling1D(options.pool, padding="same", name=f"block_{number}_pool")(features)
    return Network(preprocess, dense_end(view, features, options.dense, options.dropout, outputs, "resnet"))


ARCHITECTURE = Architecture(ResnetOptions, build)
