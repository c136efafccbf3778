"""Peaks of a short curve; `scipy.signal.find_peaks` does the same, at the price of half a second to import it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


class Peak(NamedTuple):
    """A peak at a place of the curve: its prominence, and where its flanks are at half of that."""

    at: int
    prominence: float
    left: float
    right: float


def peaks_of(values: Float, least: float) -> list[Peak]:
    """Peaks within the curve whose prominence is ``least`` or more; the first point of a plateau is its place.

    Examples
    --------
    >>> peaks_of(np.array([0.0, 1.0, 0.5, 2.0, 0.0]), least=1.0)
    [Peak(at=3, prominence=2.0, left=2.3333333333333335, right=3.5)]
    """
    rising = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:])) + 1
    found = []
    for at in rising.tolist():
        height = values[at]
        higher_left = np.flatnonzero(values[:at] > height)
        higher_right = np.flatnonzero(values[at + 1 :] > height)
        low = int(higher_left[-1]) + 1 if len(higher_left) else 0
        high = at + 1 + int(higher_right[0]) if len(higher_right) else len(values)
        prominence = float(height - max(values[low : at + 1].min(), values[at:high].min()))
        if prominence >= least and prominence > 0:
            half = height - 0.5 * prominence
            left, right = _crossing(values, at, half, -1, low), _crossing(values, at, half, 1, high - 1)
            found.append(Peak(at, prominence, left, right))
    return found


def _crossing(values: Float, at: int, level: float, step: int, end: int) -> float:
    """Place where the curve, followed from a peak, falls below a level; between points by straight interpolation."""
    while at != end and values[at + step] > level:
        at += step
    if at == end:
        return float(at)
    share = (values[at] - level) / (values[at] - values[at + step])
    return float(at + step * share)
