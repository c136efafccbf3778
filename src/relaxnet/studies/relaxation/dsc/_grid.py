"""A scan on an even grid of temperatures, and straight lines through any part of it from running sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Index = NDArray[np.int64]

_FEWEST_POINTS = 20
_MAD = 1.4826


class Grid(NamedTuple):
    """Means of a scan in even bins; ``noise`` is that of a bin, ``point_noise`` that of a point of the scan."""

    temperature_k: Float
    signal: Float
    noise: float
    point_noise: float


def on_grid(temperature_k: Float, signal: Float, points: int) -> Grid | None:
    """Mean temperature and signal in even bins of temperature, empty ones left out; None for fewer than 20 points.

    The noise is that of second differences, which a smooth signal does not have.
    """
    whole = np.isfinite(temperature_k) & np.isfinite(signal)
    temperature_k, signal = temperature_k[whole], signal[whole]
    if len(temperature_k) < _FEWEST_POINTS or np.ptp(temperature_k) <= 0:
        return None
    order = np.argsort(temperature_k, kind="stable")
    temperature_k, signal = temperature_k[order], signal[order]
    bins = min(points, len(temperature_k))
    low, high = temperature_k[0], temperature_k[-1]
    place = np.minimum(((temperature_k - low) / (high - low) * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    filled = count > 0
    mean_k = np.bincount(place, temperature_k, bins)[filled] / count[filled]
    mean = np.bincount(place, signal, bins)[filled] / count[filled]
    if len(mean) < _FEWEST_POINTS:
        return None
    return Grid(mean_k, mean, noise_of(mean), noise_of(signal))


def noise_of(values: Float) -> float:
    """Standard deviation of white noise on a smooth curve, from second differences; 0 for fewer than 5 values."""
    if len(values) < 5:
        return 0.0
    second = np.diff(values, 2)
    return float(_MAD * np.median(np.abs(second - np.median(second))) / np.sqrt(6.0))


@dataclass(frozen=True)
class FittedLines:
    """Straight lines by least squares, all arrays of one shape (lines,)."""

    centre_k: Float
    value: Float
    slope: Float
    rms: Float
    count: Index
    spread: Float

    def at(self, temperature_k: Float) -> Float:
        """Values of the lines."""
        return np.asarray(self.value + self.slope * (temperature_k - self.centre_k))

    def error(self, temperature_k: Float, floor: float, correlated: float) -> Float:
        """Standard error of the values: residuals count as ``floor`` at least, ``correlated`` points as one."""
        leverage = 1.0 / self.count + (temperature_k - self.centre_k) ** 2 / np.maximum(self.spread, 1e-300)
        return np.asarray(np.maximum(self.rms, floor) * np.sqrt(correlated * leverage))


class Sums:
    """Running sums of a curve."""

    def __init__(self, temperature_k: Float, signal: Float) -> None:
        self._origin_k = float(temperature_k[len(temperature_k) // 2])
        self._level = float(signal.mean())
        x, y = temperature_k - self._origin_k, signal - self._level
        self._sums = np.concatenate([np.zeros((5, 1)), np.cumsum([x, y, x * x, x * y, y * y], axis=1)], axis=1)

    def line(self, first: Index | int, last: Index | int) -> FittedLines:
        """Lines through the points ``first ... last``, inclusive."""
        first, last = np.asarray(first), np.asarray(last)
        x, y, xx, xy, yy = self._sums[:, last + 1] - self._sums[:, first]
        count = last + 1 - first
        spread = np.maximum(xx - x * x / count, 1e-300)
        slope = (xy - x * y / count) / spread
        residual = np.maximum(yy - y * y / count - slope * slope * spread, 0.0)
        rms = np.sqrt(residual / np.maximum(count - 2, 1))
        return FittedLines(x / count + self._origin_k, y / count + self._level, slope, rms, count, spread)
