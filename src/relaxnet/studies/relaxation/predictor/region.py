"""The region that a network was trained in, by its training samples; kept with the network as JSON."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import FiniteFloat

from relaxnet.core.config import Config

Float = NDArray[np.float64]

MARGIN = 0.02  # by which estimates may leave the region of the training targets, of its width
RISE_MARGIN = 0.05  # the same of the temperatures of half rise
_LN_A, _DH, _X, _BETA = range(4)


class Region(Config):
    """Where the training samples lie.

    ``plane`` are the corners (ln A, dh in J/mol) of their convex hull, counter-clockwise in units of its width and
    height; ``x`` and ``beta`` their ranges; ``half_rise_k`` the range of the temperatures at which their scans first
    reach 0.5.
    """

    plane: list[tuple[FiniteFloat, FiniteFloat]]
    x: tuple[FiniteFloat, FiniteFloat]
    beta: tuple[FiniteFloat, FiniteFloat]
    half_rise_k: tuple[FiniteFloat, FiniteFloat]

    @classmethod
    def of(cls, parameters: Float, half_rise_k: Float) -> Self:
        """Region of training samples: parameters (n, 4) in the order of a dataset, temperatures of any shape."""
        ranges = [(float(values.min()), float(values.max())) for values in parameters[:, [_X, _BETA]].T]
        rises = float(np.nanmin(half_rise_k)), float(np.nanmax(half_rise_k))
        plane = [(float(ln_a), float(dh)) for ln_a, dh in _hull(parameters[:, [_LN_A, _DH]])]
        return cls(plane=plane, x=ranges[0], beta=ranges[1], half_rise_k=rises)

    def rises_k(self) -> tuple[float, float]:
        """Range of the temperatures of half rise, with a margin."""
        low, high = self.half_rise_k
        margin = RISE_MARGIN * (high - low) + 1.0
        return low - margin, high + margin

    def holds(self, parameters: Float) -> NDArray[np.bool_]:
        """Whether parameters (n, 4) lie in the region or within a margin of it, shape (n,)."""
        inside = self._in_plane(parameters[:, [_LN_A, _DH]])
        for column, (low, high) in ((_X, self.x), (_BETA, self.beta)):
            margin = MARGIN * max(high - low, 1.0)
            inside &= (parameters[:, column] >= low - margin) & (parameters[:, column] <= high + margin)
        return inside

    def _in_plane(self, points: Float) -> NDArray[np.bool_]:
        corners = np.array(self.plane)
        scale = np.maximum(np.ptp(corners, axis=0), 1e-3 * np.abs(corners).max(axis=0))
        places, corners = points / scale, corners / scale
        inside = np.ones(len(points), dtype=np.bool_)
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            edge = end - start
            to_left = (edge[0] * (places[:, 1] - start[1]) - edge[1] * (places[:, 0] - start[0])) / np.hypot(*edge)
            inside &= to_left >= -MARGIN
        return inside


def _hull(points: Float) -> Float:
    """Corners of the convex hull, counter-clockwise; of points on a line, of the rectangle around them."""
    from scipy.spatial import ConvexHull, QhullError

    low, high = points.min(axis=0), points.max(axis=0)
    scale = np.maximum(high - low, 1e-3 * np.abs(points).max(axis=0))
    try:
        return points[ConvexHull(points / scale).vertices]
    except QhullError:
        low, high = low - MARGIN * scale, high + MARGIN * scale
        return np.array([(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])])
