"""The multi-scale convolutional network (MCNN): one branch for each view of the signals."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import keras
from pydantic import Field

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes

from .architectures import Architecture
from .layers import Compress, FoldedConvolution, SegmentEnds, SignificantSegment, thinned
from .network import Dropout, Kernel, Network, Noise, Pool, Step, Width, sole_input

BRANCHES = ("attention", "downsampled", "raw")


class McnnOptions(Config):
    """Sizes of an MCNN.

    The paper prints the kernels, the downsampling, the segment and the dense layers behind the concatenation; filter
    counts, the width of a branch's dense layer and the dropout are ours.  The filters are shared by the signals.
    ``noise`` is the standard deviation of noise on the views while training; ``epsilon`` must exceed the noise of the
    signals severalfold, or the significant segment starts at a noisy point of the glass.
    """

    filters: tuple[Width, Width, Width]
    pool: Pool
    dense: Width
    dropout: Dropout
    segment_points: Annotated[int, Field(ge=8, le=10**6)]
    noise: Noise = 0.0
    kernels: tuple[Kernel, Kernel, Kernel] = (4, 12, 24)
    downsampling: Step = 3
    epsilon: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    hidden: Width = 32


@dataclass(frozen=True)
class McnnDesign:
    """In what the MCNNs of the zoo differ."""

    # how the attention branch resamples the significant segment; the paper prints the polynomial
    method: Literal["spline", "polynomial"] = "spline"
    branches: tuple[str, ...] = BRANCHES
    ends: bool = False  # whether the attention branch also gets T_i and T_j, which the paper's drops
    compress: bool = True  # whether the views pass through asinh, which tames the steepest peaks; the paper's do not


def build_mcnn(options: McnnOptions, input_shapes: Shapes, outputs: int, design: McnnDesign) -> Network:
    """Build an MCNN (Section 2.2 of the paper) of a single input (points, signals): the signals on one even grid."""
    name, shape = sole_input(input_shapes, 2, "mcnn")
    preprocess = _views(options, keras.Input(shape, name=name), design)
    inputs = {
        name: keras.Input(view.shape[1:], name=name)
        for name, view in zip(preprocess.output_names, preprocess.outputs, strict=True)
    }
    features = [
        _branch(inputs[name], inputs["ends"] if name == "attention" and design.ends else None, options, kernel, name)
        for name, kernel in zip(BRANCHES, options.kernels, strict=True)
        if name in design.branches
    ]
    hidden = keras.layers.Concatenate(name="concatenate")(features) if len(features) > 1 else features[0]
    for number in (1, 2):
        hidden = keras.layers.Dense(options.hidden, activation="tanh", name=f"transform_{number}")(hidden)
    estimate = keras.layers.Dense(outputs, name="estimate")(hidden)
    return Network(preprocess, keras.Model(list(inputs.values()), estimate, name="mcnn"))


def mcnn(**design: Any) -> Architecture:
    """Architecture of a `McnnDesign`."""
    return Architecture(McnnOptions, partial(build_mcnn, design=McnnDesign(**design)))


def _views(options: McnnOptions, signals: keras.KerasTensor, design: McnnDesign) -> keras.Model:
    """Signals to one view a branch, and the segment's ends where they are wanted."""

    def view(values: keras.KerasTensor, name: str) -> keras.KerasTensor:
        layer = Compress if design.compress else keras.layers.Identity
        return layer(name=name)(values)

    views = {}
    if "attention" in design.branches:
        segment = SignificantSegment(options.segment_points, options.epsilon, design.method, name="segment")(signals)
        views["attention"] = view(segment, "attention")
    if design.ends:
        views["ends"] = SegmentEnds(options.epsilon, name="ends")(signals)
    if "downsampled" in design.branches:
        views["downsampled"] = view(thinned(signals, options.downsampling, "downsampling"), "downsampled")
    if "raw" in design.branches:
        views["raw"] = view(signals, "raw")
    return keras.Model(signals, list(views.values()), name="views")


def _branch(
    view: keras.KerasTensor, ends: keras.KerasTensor | None, options: McnnOptions, kernel: int, name: str
) -> keras.KerasTensor:
    """Three convolutions along the temperature, each signal on its own, then one dense layer."""
    points, signals = view.shape[1:]
    # points last: the convolutions are 1.4 times as fast as with signals last
    features = keras.layers.GaussianNoise(options.noise, name=f"{name}_noise")(view)
    features = keras.layers.Permute((2, 1), name=f"{name}_signals_first")(features)
    features = keras.layers.Reshape((signals, points, 1), name=f"{name}_signals")(features)
    for number, filters in enumerate(options.filters, start=1):
        features = FoldedConvolution(filters, kernel, name=f"{name}_conv_{number}")(features)
        features = keras.layers.MaxPooling2D((1, options.pool), padding="same", name=f"{name}_pool_{number}")(features)
    features = keras.layers.Flatten(name=f"{name}_flatten")(features)
    if ends is not None:
        features = keras.layers.Concatenate(name=f"{name}_with_ends")([features, keras.layers.Flatten()(ends)])
    features = keras.layers.Dense(options.dense, activation="tanh", name=f"{name}_dense")(features)
    return keras.layers.Dropout(options.dropout, name=f"{name}_dropout")(features)
