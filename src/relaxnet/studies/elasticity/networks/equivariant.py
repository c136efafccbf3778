"""Our own entry: a network that turns with its cell, sees it as periodic, and cannot leave the bounds.

Eight copies of the image, turned by quarters and mirrored, go through one small CNN with circular padding.  Each of its
k convolutions takes every other pixel, so that only translations by multiples of 2^k pixels leave its outputs exactly
as they are; the estimate to second order, which they correct, no translation changes.  Means of
its outputs over the copies do not change when the image is turned or mirrored; means with the sign of the quarter turns
change their sign with them.  Both correct the estimate to second order in the contrast (`WithinBounds`), so that a
quarter turn swaps the axes 1 and 2 of the constants, a mirror leaves them, and every estimate is positive definite.
"""

from typing import Annotated, Any

import keras
import numpy as np
from keras import ops
from pydantic import Field

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Network, Width

from .bounds import EVEN, WithinBounds, check_outputs, lame_gpa
from .statistics import SpectralMoments
from .views import IMAGE, PHASES, inputs

PACKAGE = "relaxnet"
COPIES = 8
SIGNS = np.array([1.0, -1.0] * 4, dtype=np.float32)  # of the copies, turned by 0 ... 3 quarters, then mirrored


class EquivariantOptions(Config):
    """Filters of the convolutions, each of which halves the image, and width of the two layers behind them."""

    filters: Annotated[tuple[Width, ...], Field(min_length=1, max_length=5)]
    dense: Width = 64


@keras.saving.register_keras_serializable(package=PACKAGE)
class TurnedCopies(keras.layers.Layer):
    """Images (n, size, size, c) turned by 0 ... 3 quarters, plain and mirrored, one behind the other: (8 n, ...)."""

    def call(self, images: Any) -> Any:
        """Make the copies."""
        return ops.concatenate(
            [copy for mirrored in (images, ops.flip(images, 2)) for copy in _turned(mirrored)], axis=0
        )


@keras.saving.register_keras_serializable(package=PACKAGE)
class MeansOverCopies(keras.layers.Layer):
    """Outputs of the copies (8 n, m) to their means (n, m), those behind the first ``even`` with the copies' signs."""

    def __init__(self, even: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.even = even

    def call(self, values: Any) -> Any:
        """Average."""
        width = values.shape[-1]
        weights = np.ones((COPIES, 1, width), dtype=np.float32)
        weights[:, 0, self.even :] = SIGNS[:, None]
        copies = ops.reshape(values, (COPIES, -1, width))
        return ops.mean(copies * ops.convert_to_tensor(weights), axis=0)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Shape for an unknown number of samples, which JAX cannot divide by that of the copies."""
        return (None, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Arguments of the layer."""
        return {**super().get_config(), "even": self.even}


@keras.saving.register_keras_serializable(package=PACKAGE)
class CopiedScalars(keras.layers.Layer):
    """Numbers of a sample (n, m) for each of its copies, (8 n, m); those behind the first ``even`` change sign."""

    def __init__(self, even: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.even = even

    def call(self, values: Any) -> Any:
        """Repeat."""
        signs = np.ones((COPIES, values.shape[-1]), dtype=np.float32)
        signs[:, self.even :] = SIGNS[:, None]
        return ops.concatenate([values * ops.convert_to_tensor(row) for row in signs], axis=0)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the layer."""
        return {**super().get_config(), "even": self.even}


@keras.saving.register_keras_serializable(package=PACKAGE)
class CircularPadding(keras.layers.Layer):
    """Continue periodic images (n, h, w, c) by ``before`` and ``after`` pixels."""

    def __init__(self, before: int, after: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.before, self.after = before, after

    def call(self, images: Any) -> Any:
        """Pad both axes."""
        for axis in (1, 2):
            size = images.shape[axis]
            around = np.arange(-self.before, size + self.after) % size
            images = ops.take(images, around, axis=axis)
        return images

    def get_config(self) -> dict[str, Any]:
        """Arguments of the layer."""
        return {**super().get_config(), "before": self.before, "after": self.after}


@keras.saving.register_keras_serializable(package=PACKAGE)
class Scalars(keras.layers.Layer):
    """Moments (n, 5) and phases (n, 4) to numbers that no mirror changes; a turn changes the sign of the last, cos 2t.

    Of the phases they are the logarithms of the ratios of K = lambda + mu and of mu, and mu / K of each.
    """

    def call(self, moments: Any, phases: Any) -> Any:
        """Compare the phases, (n, 9)."""
        (lame, lame_stiff), (mu, mu_stiff) = lame_gpa(phases)
        k, k_stiff = lame + mu, lame_stiff + mu_stiff
        f, c2, c4, s2, _ = (moments[:, column] for column in range(5))
        contrasts = [ops.log(k_stiff / k), ops.log(mu_stiff / mu), mu / k, mu_stiff / k_stiff]
        return ops.stack([f, *contrasts, c4, c2 * c2, s2 * s2, c2], axis=1)


def build(options: EquivariantOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build it; ``outputs`` must be the nine constants."""
    check_outputs(outputs, "equivariant")
    given = inputs(input_shapes, "equivariant")
    moments = SpectralMoments(name="moments")(given[IMAGE])
    preprocess = keras.Model(
        given,
        [
            keras.layers.Rescaling(2.0, -1.0, name="plus_minus")(given[IMAGE]),
            moments,
            keras.layers.Identity(name="of_phases")(given[PHASES]),
        ],
        name="views",
    )
    views = [keras.Input(view.shape[1:], name=f"view_{number}") for number, view in enumerate(preprocess.outputs)]
    image, moments, phases = views
    known = Scalars(name="scalars")(moments, phases)
    features = TurnedCopies(name="copies")(image)
    for number, filters in enumerate(options.filters, start=1):
        kernel = 5 if number == 1 else 3
        features = CircularPadding(kernel // 2, kernel // 2, name=f"around_{number}")(features)
        layer = keras.layers.Conv2D(filters, kernel, strides=2, activation="silu", name=f"conv_{number}")
        features = layer(features)
    features = keras.layers.GlobalAveragePooling2D(name="mean")(features)
    features = keras.layers.Concatenate(name="all")(
        [features, CopiedScalars(known.shape[-1] - 1, name="copied_scalars")(known)]
    )
    for number in (1, 2):
        features = keras.layers.Dense(options.dense, activation="silu", name=f"dense_{number}")(features)
    # it begins with the estimate to second order as it is
    corrections = keras.layers.Dense(EVEN + 2, kernel_initializer="zeros", name="corrections")(features)
    values = MeansOverCopies(EVEN, name="symmetric")(corrections)
    last = WithinBounds(name="estimate")
    body = keras.Model(views, last(values, moments, phases), name="equivariant")
    return Network(preprocess, body, adopt=last.adopt)


def _turned(images: Any) -> list[Any]:
    """Images turned by 0, 1, 2 and 3 quarters."""
    quarter = ops.flip(ops.swapaxes(images, 1, 2), 1)
    half = ops.flip(images, (1, 2))
    return [images, quarter, half, ops.flip(ops.swapaxes(half, 1, 2), 1)]


equivariant = Architecture(EquivariantOptions, build)
