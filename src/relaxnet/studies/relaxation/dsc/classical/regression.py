"""Straight lines with their standard errors, as the classical methods draw them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


class Line(NamedTuple):
    """Slope of a regression line, its standard error (NaN for two points), and degrees of freedom."""

    slope: float
    slope_std: float
    freedom: int


def regression(x: Float, y: Float) -> Line:
    """Least-squares line of ``y`` over an exact ``x``, each of shape (n,), n >= 2."""
    away = x - x.mean()
    square = float(away @ away)
    slope = float(away @ y) / square
    freedom = len(x) - 2
    left = y - y.mean() - slope * away
    std = float(np.sqrt(left @ left / freedom / square)) if freedom else float("nan")
    return Line(slope, std, freedom)


def student(freedom: int) -> float:
    """Half-width of the 90 % interval in standard errors; NaN without a degree of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.95)) if freedom > 0 else float("nan")
