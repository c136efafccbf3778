"""A perceptron on a coarse view of the signals: what is known without any convolution."""

from __future__ import annotations

from typing import Annotated

import keras
from pydantic import Field, PositiveInt

from relaxnet.core.config import Config
from .layers import Compress, Downsample
from .network import Network
from .options import Dropout, Noise


class PerceptronOptions(Config):
    """Sizes of the perceptron; signals of more than ``points`` are thinned to at most that many."""

    points: PositiveInt
    hidden: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    dropout: Dropout = 0.0
    noise: Noise = 0.0


def build_perceptron(options: PerceptronOptions, input_shape: tuple[int, int], outputs: int) -> Network:
    """Build the perceptron: dense + ReLU for each of ``hidden``, then a linear layer."""
    preprocess = thinned(input_shape, options.points)
    view = keras.Input(preprocess.outputs[0].shape[1:], name="view")
    features = keras.layers.GaussianNoise(options.noise, name="noise")(view)
    features = keras.layers.Flatten(name="flatten")(features)
    for number, width in enumerate(options.hidden, start=1):
        features = keras.layers.Dense(width, activation="relu", name=f"dense_{number}")(features)
    features = keras.layers.Dropout(options.dropout, name="dropout")(features)
    return Network(
        preprocess, keras.Model([view], keras.layers.Dense(outputs, name="estimate")(features), name="perceptron")
    )


def thinned(input_shape: tuple[int, int], points: int) -> keras.Model:
    """Pre-processing: asinh of every n-th point, with the smallest n that leaves at most ``points``."""
    signals = keras.Input(input_shape, name="signals")
    factor = -(-input_shape[0] // points)
    coarse = Downsample(factor, name="thinned")(signals)
    return keras.Model(signals, [Compress(name="compress")(coarse)], name="views")
