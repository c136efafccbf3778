"""One-dimensional CNNs that read the signals together, as channels: a plain one and a residual one."""

from __future__ import annotations

from typing import Annotated

import keras
from pydantic import Field, PositiveInt

from relaxnet.core.config import Config
from .layers import Compress
from .network import Network
from .options import Dropout, Noise


class CnnOptions(Config):
    """Sizes of the plain CNN: one convolution and one pooling for each of ``filters``, then a dense layer."""

    filters: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    kernel: PositiveInt
    pool: Annotated[int, Field(ge=2)]
    dense: PositiveInt
    dropout: Dropout = 0.0
    noise: Noise = 0.0


class ResnetOptions(Config):
    """Sizes of the residual CNN: a strided stem, one block of two convolutions for each of ``filters``.

    Every block ends with a pooling by ``pool``, so that the dense layer behind them sees where features lie.
    """

    filters: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    kernel: PositiveInt
    stride: PositiveInt
    pool: Annotated[int, Field(ge=2)]
    dense: PositiveInt
    dropout: Dropout = 0.0
    noise: Noise = 0.0


def build_cnn(options: CnnOptions, input_shape: tuple[int, int], outputs: int) -> Network:
    """Build the plain CNN: (Conv1D + ReLU, max-pool) several times, dense + tanh, dropout, dense."""
    preprocess, view, features = _start(input_shape, options.noise)
    for number, filters in enumerate(options.filters, start=1):
        features = keras.layers.Conv1D(
            filters, options.kernel, padding="same", activation="relu", name=f"conv_{number}"
        )(features)
        features = keras.layers.MaxPooling1D(options.pool, padding="same", name=f"pool_{number}")(features)
    return Network(preprocess, _end(view, features, options, outputs, "cnn"))


def build_resnet(options: ResnetOptions, input_shape: tuple[int, int], outputs: int) -> Network:
    """Build the residual CNN (after He et al. 2016, in one dimension, without normalisation).

    The second convolution of every block starts at zero, so that a block begins as its shortcut: three blocks train
    well without batch statistics, which would let the estimate of a sample depend on its neighbours.
    """
    preprocess, view, features = _start(input_shape, options.noise)
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
    return Network(preprocess, _end(view, features, options, outputs, "resnet"))


def _start(input_shape: tuple[int, int], noise: float) -> tuple[keras.Model, keras.KerasTensor, keras.KerasTensor]:
    """Pre-processing (asinh), the body's input, and that input with noise while training."""
    signals = keras.Input(input_shape, name="signals")
    preprocess = keras.Model(signals, [Compress(name="compress")(signals)], name="views")
    view = keras.Input(input_shape, name="view")
    return preprocess, view, keras.layers.GaussianNoise(noise, name="noise")(view)


def _end(
    view: keras.KerasTensor, features: keras.KerasTensor, options: CnnOptions | ResnetOptions, outputs: int, name: str
) -> keras.Model:
    features = keras.layers.Flatten(name="flatten")(features)
    features = keras.layers.Dense(options.dense, activation="tanh", name="dense")(features)
    features = keras.layers.Dropout(options.dropout, name="dropout")(features)
    return keras.Model([view], keras.layers.Dense(outputs, name="estimate")(features), name=name)
