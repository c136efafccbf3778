"""Keras layers of the networks, in ``keras.ops`` only, so that every backend runs them.

All layers take signals of shape (batch, points, signals), each signal on the same even temperature grid.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

PACKAGE = "relaxnet"
METHODS = ("spline", "polynomial")


@keras.saving.register_keras_serializable(package=PACKAGE)
class Compress(keras.layers.Layer):
    """``asinh``: leaves usual signals nearly as they are and tames peaks of several hundred."""

    def call(self, inputs: Any) -> Any:
        """Map signals of any shape element by element."""
        return ops.arcsinh(inputs)


@keras.saving.register_keras_serializable(package=PACKAGE)
class SignificantSegment(keras.layers.Layer):
    """The part of each signal between glass and liquid, resampled to ``points`` (eq. 7).

    The segment starts at the last grid point before the signal first reaches ``epsilon`` (T_i) and ends at the first
    one from which it stays within ``epsilon`` of 1 (T_j).  Method ``spline`` is a piecewise cubic (Catmull-Rom) through
    the grid points; ``polynomial`` is one cubic fitted to the whole segment by least squares, as the paper prints it.
    """

    def __init__(self, points: int = 1000, epsilon: float = 0.01, method: str = "spline", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if method not in METHODS:
            raise ValueError(f"method = {method}: must be one of {', '.join(METHODS)}")
        self.points, self.epsilon, self.method = points, epsilon, method

    def call(self, inputs: Any) -> Any:
        """(batch, n, signals) to (batch, points, signals)."""
        signals = ops.transpose(inputs, (0, 2, 1))
        start, end = _limits(signals, self.epsilon)
        share = ops.reshape(ops.linspace(0.0, 1.0, self.points), (1, 1, self.points))
        share = ops.cast(share, signals.dtype)
        if self.method == "spline":
            values = _catmull_rom(signals, start[..., None] + share * (end - start)[..., None])
        else:
            values = _fitted_cubic(signals, start, end, 2.0 * share - 1.0)
        return ops.transpose(values, (0, 2, 1))

    def get_config(self) -> dict[str, Any]:
        """Arguments of the layer."""
        return {**super().get_config(), "points": self.points, "epsilon": self.epsilon, "method": self.method}


@keras.saving.register_keras_serializable(package=PACKAGE)
class SegmentEnds(keras.layers.Layer):
    """T_i and T_j of each signal's significant segment, as shares of the grid, between grid points by interpolation."""

    def __init__(self, epsilon: float = 0.01, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def call(self, inputs: Any) -> Any:
        """(batch, n, signals) to (batch, 2, signals)."""
        signals = ops.transpose(inputs, (0, 2, 1))
        start, end = _limits(signals, self.epsilon)
        rise = start + _share_below(signals, start, self.epsilon)
        settling = end - _share_below(ops.abs(signals - 1.0), end, self.epsilon, back=1)
        last = ops.cast(ops.shape(signals)[-1] - 1, signals.dtype)
        return ops.stack([rise, settling], axis=1) / last

    def get_config(self) -> dict[str, Any]:
        """Arguments of the layer."""
        return {**super().get_config(), "epsilon": self.epsilon}


@keras.saving.register_keras_serializable(package=PACKAGE)
class FoldedConvolution(keras.layers.Layer):
    """What ``Conv2D(filters, (1, kernel), padding="same", activation="relu")`` computes, in less time.

    The weights are the same, too.  ``fold`` neighbouring points count as channels of one point: processors' libraries
    take less time for a short convolution of many channels than for a long one of few.
    """

    def __init__(self, filters: int, kernel: int, fold: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters, self.kernel_size, self.fold = filters, (1, kernel), fold

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        shape = (*self.kernel_size, input_shape[-1], self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, inputs: Any) -> Any:
        """(batch, signals, points, channels) to (batch, signals, points, filters)."""
        fold, width = self.fold, self.kernel_size[1]
        _, signals, points, channels = inputs.shape
        left = (width - 1) // 2
        before, after = -(-left // fold), (fold + width - 2 - left) // fold  # groups of points that a group needs
        groups = -(-points // fold)
        padded = ops.pad(inputs, ((0, 0), (0, 0), (fold * before, fold * (groups + after) - points), (0, 0)))
        padded = ops.reshape(padded, (-1, signals, before + groups + after, fold * channels))
        found = ops.conv(padded, self._folded_kernel(fold * before - left, before + 1 + after), padding="valid")
        found = ops.relu(found + ops.tile(self.bias, fold))
        found = ops.reshape(found, (-1, signals, fold * groups, self.filters))
        # not a slice, whose gradient would take as long as all the rest
        return ops.split(found, [points], axis=2)[0] if points < fold * groups else found

    def _folded_kernel(self, first: int, groups: int) -> Any:
        """Kernels of the ``fold`` points of a group side by side, each from the point ``first`` of so many groups."""
        width, fold = self.kernel_size[1], self.fold
        shifts = np.zeros((groups * fold, fold, width))
        for point in range(fold):
            shifts[first + point + np.arange(width), point, np.arange(width)] = 1.0
        shifts = ops.convert_to_tensor(shifts.reshape(-1, width), dtype=self.compute_dtype)
        kernels = ops.matmul(shifts, ops.reshape(self.kernel, (width, -1)))
        kernels = ops.transpose(ops.reshape(kernels, (groups * fold, fold, -1, self.filters)), (0, 2, 1, 3))
        return ops.reshape(kernels, (1, groups, -1, fold * self.filters))

    def get_config(self) -> dict[str, Any]:
        """Arguments of the layer."""
        return {**super().get_config(), "filters": self.filters, "kernel": self.kernel_size[1], "fold": self.fold}


@keras.saving.register_keras_serializable(package=PACKAGE)
class WithProducts(keras.layers.Layer):
    """Append the products of all pairs of features, squares included."""

    def call(self, inputs: Any) -> Any:
        """(batch, n) to (batch, n + n (n + 1) / 2)."""
        rows, columns = np.triu_indices(inputs.shape[-1])
        products = ops.take(inputs, rows, axis=-1) * ops.take(inputs, columns, axis=-1)
        return ops.concatenate([inputs, products], axis=-1)


def _limits(signals: Any, epsilon: float) -> tuple[Any, Any]:
    """Grid positions of T_i and T_j, for signals of shape (..., n); at least four intervals apart."""
    last = ops.shape(signals)[-1] - 1
    risen = ops.cast(signals >= epsilon, "int32")
    unsettled = ops.cast(ops.abs(signals - 1.0) >= epsilon, "int32")
    start = ops.argmax(risen, axis=-1) - 1
    end = last - ops.argmax(ops.flip(unsettled, axis=-1), axis=-1) + 1
    start = ops.clip(ops.cast(start, "int32"), 0, last - 4)
    end = ops.minimum(ops.maximum(ops.cast(end, "int32"), start + 4), last)
    return ops.cast(start, signals.dtype), ops.cast(end, signals.dtype)


def _share_below(values: Any, position: Any, level: float, back: int = 0) -> Any:
    """How far beyond grid point ``position`` the values cross ``level``, in 0 ... 1 of an interval.

    With ``back`` the crossing lies before that point, and the share counts from it backwards.
    """
    last = ops.shape(values)[-1] - 1
    here = ops.cast(position, "int32")[..., None]
    there = ops.clip(here + (1 - 2 * back), 0, last)
    low, high = (ops.take_along_axis(values, index, axis=-1)[..., 0] for index in (here, there))
    rise = high - low
    share = (level - low) / ops.where(ops.abs(rise) > 1e-12, rise, ops.ones_like(rise))
    return ops.clip(share, 0.0, 1.0)


def _catmull_rom(signals: Any, position: Any) -> Any:
    """Values of (batch, signals, n) at fractional grid positions (batch, signals, points)."""
    last = ops.shape(signals)[-1] - 1
    left = ops.clip(ops.cast(ops.floor(position), "int32"), 0, last - 1)
    t = position - ops.cast(left, position.dtype)
    p0, p1, p2, p3 = (
        ops.take_along_axis(signals, ops.clip(left + offset, 0, last), axis=-1) for offset in (-1, 0, 1, 2)
    )
    return p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))


def _fitted_cubic(signals: Any, start: Any, end: Any, at: Any) -> Any:
    """Least-squares cubic over the grid points of each segment, at positions ``at`` in [-1, 1] along it."""
    n = ops.shape(signals)[-1]
    index = ops.cast(ops.arange(n), signals.dtype)
    t = (2.0 * index - (start + end)[..., None]) / (end - start)[..., None]
    inside = ops.cast(ops.abs(t) <= 1.0 + 1e-6, signals.dtype)
    basis = _legendre(ops.clip(t, -1.0, 1.0)) * inside[..., None]
    normal = ops.einsum("bsni,bsnj->bsij", basis, basis)
    moments = ops.einsum("bsni,bsn->bsi", basis, signals)
    coefficients = ops.solve(normal, moments[..., None])[..., 0]
    return ops.einsum("bsi,xypi->bsp", coefficients, _legendre(at))


def _legendre(t: Any) -> Any:
    """Legendre polynomials of degree 0 to 3 on a new last axis: well-conditioned normal equations."""
    return ops.stack([ops.ones_like(t), t, 1.5 * t * t - 0.5, t * (2.5 * t * t - 1.5)], axis=-1)


def thinned(signals: Any, factor: int, name: str) -> Any:
    """Every ``factor``-th point of (batch, points, signals), from the first (eq. 6)."""
    return keras.layers.MaxPooling1D(1, strides=factor, padding="same", name=name)(signals)
