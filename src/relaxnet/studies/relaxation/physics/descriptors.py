"""Numbers that describe a relaxation signal: height, width, position, area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ._nodes import spline_slopes
from .signals import Signals

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Descriptors:
    """Descriptors of every scan, each of shape (n, scans).

    Attributes
    ----------
    cp_n_max : ndarray
        Height of the relaxation peak (at least 1, the liquid).
    peak_temperature_k : ndarray
        Where it lies.
    half_width_k : ndarray
        dT_hw, from the first crossing of cp_n = 1 to the maximum (0 where the signal never exceeds 1).
    half_rise_k : ndarray
        First crossing of cp_n = 1/2.
    area_fictive_k : ndarray
        Fictive temperature of the glass by the equal-area construction: the cold end of the scan plus the integral of
        ``1 - cp_n`` over the scan.
    """

    cp_n_max: Float
    peak_temperature_k: Float
    half_width_k: Float
    half_rise_k: Float
    area_fictive_k: Float


def describe(signals: Signals) -> Descriptors:
    """Compute the `Descriptors` of `Signals`."""
    shape = signals.u.shape[:2]
    result = Descriptors(*(np.empty(shape) for _ in range(5)))
    _describe(
        signals.temperature_k, signals.cp_n.astype(np.float64), result.cp_n_max, result.peak_temperature_k,
        result.half_width_k, result.half_rise_k, result.area_fictive_k,
    )  # fmt: skip
    return result


@njit(cache=True, nogil=True)
def _crossing(temperature_k, cp_n, level):
    """First upward crossing of ``level``; NaN where there is none."""
    for i in range(len(cp_n) - 1):
        if cp_n[i] < level <= cp_n[i + 1]:
            share = (level - cp_n[i]) / (cp_n[i + 1] - cp_n[i])
            return temperature_k[i] + share * (temperature_k[i + 1] - temperature_k[i])
    return np.nan


@njit(cache=True, nogil=True)
def _describe(temperature_k, cp_n, height, peak_k, half_width_k, half_rise_k, area_k):
    n, scans, nodes = temperature_k.shape
    slopes = np.empty(nodes)
    for q in range(n):
        for c in range(scans):
            t, y = temperature_k[q, c], cp_n[q, c]
            top = int(np.argmax(y))
            height[q, c], peak_k[q, c] = y[top], t[top]
            if 0 < top < nodes - 1:  # vertex of the parabola through the three highest nodes
                left, right = t[top - 1] - t[top], t[top + 1] - t[top]
                a, b = (y[top - 1] - y[top]) / left, (y[top + 1] - y[top]) / right
                curve = (b - a) / (right - left)
                slope = a - curve * left
                if curve < 0.0:
                    shift = min(max(-0.5 * slope / curve, left), right)
                    height[q, c] += slope * shift + curve * shift * shift
                    peak_k[q, c] += shift
            rise = _crossing(t, y, 1.0)
            half_width_k[q, c] = max(peak_k[q, c] - rise, 0.0) if rise == rise else 0.0
            half_rise_k[q, c] = _crossing(t, y, 0.5)
            spline_slopes(t, y, slopes)
            integral = 0.0
            for i in range(nodes - 1):
                step = t[i + 1] - t[i]
                integral += step * (1.0 - 0.5 * (y[i] + y[i + 1])) - step * step / 12.0 * (slopes[i] - slopes[i + 1])
            area_k[q, c] = t[0] + integral
