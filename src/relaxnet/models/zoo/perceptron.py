"""A perceptron on a coarse view of the signals: what is known without any convolution."""

from typing import Annotated

import keras
from pydantic import Field

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Dropout, Network, Noise, Points, Width
from relaxnet.models.blocks.signal_views import signal_views, view_input


class PerceptronOptions(Config):
    """Sizes of the perceptron; signals of more than ``points`` are thinned to at most that many."""

    points: Points
    hidden: Annotated[tuple[Width, ...], Field(min_length=1)]
    dropout: Dropout = 0.0
    noise: Noise = 0.0


def build(options: PerceptronOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build the perceptron: dense + ReLU for each of ``hidden``, then a linear layer."""
    preprocess = signal_views(input_shapes, "perceptron", options.points)
    view = view_input(preprocess)
    features = keras.layers.GaussianNoise(options.noise, name="noise")(view)
    features = keras.layers.Flatten(name="flatten")(features)
    for number, width in enumerate(options.hidden, start=1):
        features = keras.layers.Dense(width, activation="relu", name=f"dense_{number}")(features)
    features = keras.layers.Dropout(options.dropout, name="dropout")(features)
    estimate = keras.layers.Dense(outputs, name="estimate")(features)
    return Network(preprocess, keras.Model([view], estimate, name="perceptron"))


ARCHITECTURE = Architecture(PerceptronOptions, build)
