"""How networks that read all signals of a sample together begin and end."""

import keras

from relaxnet.datasets.source import Shapes

from .layers import Compress, thinned
from .network import sole_input


def signal_views(input_shapes: Shapes, network: str, max_points: int | None = None) -> keras.Model:
    """Pre-processing of a single input (points, signals), ``network`` being the name for the error message.

    It is asinh of every n-th point, with the smallest n that leaves at most ``max_points`` (default: all).
    """
    name, shape = sole_input(input_shapes, 2, network)
    signals = keras.Input(shape, name=name)
    coarse = signals if max_points is None else thinned(signals, -(-shape[0] // max_points), "thinned")
    return keras.Model(signals, [Compress(name="compress")(coarse)], name="views")


def view_input(preprocess: keras.Model) -> keras.KerasTensor:
    """Input of a body that reads the single view of ``preprocess``."""
    return keras.Input(preprocess.outputs[0].shape[1:], name="view")


def dense_end(
    view: keras.KerasTensor, features: keras.KerasTensor, dense: int, dropout: float, outputs: int, name: str
) -> keras.Model:
    """Body that ends with a dense layer (tanh), dropout, and the linear layer of the outputs."""
    features = keras.layers.Flatten(name="flatten")(features)
    features = keras.layers.Dense(dense, activation="tanh", name="dense")(features)
    features = keras.layers.Dropout(dropout, name="dropout")(features)
    return keras.Model([view], keras.layers.Dense(outputs, name="estimate")(features), name=name)
