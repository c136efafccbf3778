"""The multi-scale convolutional network (MCNN): three branches, one per view of the signals."""

from __future__ import annotations

from typing import Annotated, Literal

import keras
from pydantic import Field, PositiveInt

from ..config import Config
from .layers import Compress, Downsample, SignificantSegment
from .network import Network


class McnnOptions(Config):
    """Sizes of an MCNN.

    The paper prints the kernels, the downsampling, the segment and the dense layers behind the concatenation; filter
    counts, the width of a branch's dense layer and the dropout are ours.  The filters are shared by the signals.
    ``noise`` is the standard deviation of noise on the views while training; ``epsilon`` must exceed the noise of the
    signals severalfold, or the significant segment starts at a noisy point of the glass.
    """

    filters: tuple[PositiveInt, PositiveInt, PositiveInt]
    pool: Annotated[int, Field(ge=2)]
    dense: PositiveInt
    dropout: Annotated[float, Field(ge=0, lt=1)]
    segment_points: Annotated[int, Field(ge=8)]
    noise: Annotated[float, Field(ge=0, le=1)] = 0.0
    kernels: tuple[PositiveInt, PositiveInt, PositiveInt] = (4, 12, 24)
    downsampling: PositiveInt = 3
    epsilon: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    hidden: PositiveInt = 32


def build_mcnn(
    options: McnnOptions,
    input_shape: tuple[int, int],
    outputs: int,
    method: Literal["spline", "polynomial"],
) -> Network:
    """Build an MCNN.

    Parameters
    ----------
    options : McnnOptions
    input_shape : (points, signals)
        Shape of the signals on the temperature grid.
    outputs : int
        Number of targets.
    method : str
        How the attention branch resamples the significant segment.

    Returns
    -------
    Network
        Pre-processing into views and a trainable body.
    """
    signals = keras.Input(input_shape, name="signals")
    segment = SignificantSegment(options.segment_points, options.epsilon, method, name="attention")(signals)
    compressed = Compress(name="compress")(signals)
    views = [
        Compress(name="compress_segment")(segment),
        Downsample(options.downsampling, name="downsampling")(compressed),
        compressed,
    ]
    preprocess = keras.Model(signals, views, name="views")

    body_inputs = [keras.Input(view.shape[1:]) for view in views]
    names = ("attention", "downsampled", "raw")
    features = [
        _branch(view, options, kernel, name)
        for view, kernel, name in zip(body_inputs, options.kernels, names, strict=True)
    ]
    hidden = keras.layers.Concatenate(name="concatenate")(features)
    for number in (1, 2):
        hidden = keras.layers.Dense(options.hidden, activation="tanh", name=f"transform_{number}")(hidden)
    estimate = keras.layers.Dense(outputs, name="estimate")(hidden)
    return Network(preprocess, keras.Model(body_inputs, estimate, name="mcnn"))


def _branch(view: keras.KerasTensor, options: McnnOptions, kernel: int, name: str) -> keras.KerasTensor:
    """Three convolutions along the temperature, each signal on its own, then one dense layer."""
    points, signals = view.shape[1:]
    features = keras.layers.GaussianNoise(options.noise, name=f"{name}_noise")(view)
    features = keras.layers.Reshape((points, signals, 1), name=f"{name}_signals")(features)
    for number, filters in enumerate(options.filters, start=1):
        features = keras.layers.Conv2D(
            filters, (kernel, 1), padding="same", activation="relu", name=f"{name}_conv_{number}"
        )(features)
        features = keras.layers.MaxPooling2D((options.pool, 1), padding="same", name=f"{name}_pool_{number}")(features)
    features = keras.layers.Flatten(name=f"{name}_flatten")(features)
    features = keras.layers.Dense(options.dense, activation="tanh", name=f"{name}_dense")(features)
    return keras.layers.Dropout(options.dropout, name=f"{name}_dropout")(features)
