"""A one-dimensional CNN that reads the signals together, as channels."""

from typing import Annotated

import keras
from pydantic import Field

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Dropout, Kernel, Network, Noise, Pool, Width
from relaxnet.models.blocks.signal_views import dense_end, signal_views, view_input


class CnnOptions(Config):
    """Sizes of the plain CNN: one convolution and one pooling for each of ``filters``, then a dense layer."""

    filters: Annotated[tuple[Width, ...], Field(min_length=1)]
    kernel: Kernel
    pool: Pool
    dense: Width
    dropout: Dropout = 0.0
    noise: Noise = 0.0


def build(options: CnnOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build the plain CNN: (Conv1D + ReLU, max-pool) several times, dense + tanh, dropout, dense."""
    preprocess = signal_views(input_shapes, "cnn")
    view = view_input(preprocess)
    features = keras.layers.GaussianNoise(options.noise, name="noise")(view)
    for number, filters in enumerate(options.filters, start=1):
        features = keras.layers.Conv1D(
            filters, options.kernel, padding="same", activation="relu", name=f"conv_{number}"
        )(features)
        features = keras.layers.MaxPooling1D(options.pool, padding="same", name=f"pool_{number}")(features)
    return Network(preprocess, dense_end(view, features, options.dense, options.dropout, outputs, "cnn"))


ARCHITECTURE = Architecture(CnnOptions, build)
