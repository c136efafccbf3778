"""Thermal lag of a simulated scan, exact for the spline through its nodes."""

import numpy as np

from ..physics.kernels.compiling import kernel
from ..physics.kernels.elementary import exp
from ..physics.kernels.nodes import spline_slopes

# abscissas and weights of Gauss and Legendre on (0, 1)
_PLACES = (0.06943184420297371, 0.33000947820757187, 0.6699905217924281, 0.9305681557970262)
_WEIGHTS = (0.17392742256872692, 0.32607257743127307, 0.32607257743127307, 0.17392742256872692)
_SHORT = 0.5  # of the lag: there the quadrature is good to 1e-11, and the polynomial solution would cancel


@kernel()
def lagged(temperature_k, cp_n, grid_k, lag_k, out):
    """Solution of ``lag_k dy/dT + y = cp_n`` at rising temperatures ``grid_k``, with y = 0 in the glass.

    ``cp_n`` is the cubic spline through the nodes of one scan, 0 before them and 1 after.  ``lag_k`` is above 0.
    """
    n, points = len(temperature_k), len(grid_k)
    slopes = np.empty(n)
    spline_slopes(temperature_k, cp_n, slopes)
    y = 0.0
    j = 0
    while j < points and grid_k[j] <= temperature_k[0]:
        out[j] = 0.0
        j += 1
    for i in range(n - 1):
        width = temperature_k[i + 1] - temperature_k[i]
        chord = (cp_n[i + 1] - cp_n[i]) / width
        square = (3.0 * chord - 2.0 * slopes[i] - slopes[i + 1]) / width
        cube = (slopes[i] + slopes[i + 1] - 2.0 * chord) / (width * width)
        while j < points and grid_k[j] <= temperature_k[i + 1]:
            out[j] = _follow(y, cp_n[i], slopes[i], square, cube, grid_k[j] - temperature_k[i], lag_k)
            j += 1
        y = _follow(y, cp_n[i], slopes[i], square, cube, width, lag_k)
    while j < points:
        out[j] = 1.0 + (y - 1.0) * exp((temperature_k[n - 1] - grid_k[j]) / lag_k)
        j += 1


@kernel()
def _follow(y, constant, slope, square, cube, t_k, lag_k):
    """Solution ``t_k`` after its value was ``y``, where cp_n is a cubic of the temperature since then."""
    if t_k < _SHORT * lag_k:
        total = y * exp(-t_k / lag_k)
        for place, weight in zip(_PLACES, _WEIGHTS):  # noqa: B905  (numba knows no strict)
            s = place * t_k
            value = constant + s * (slope + s * (square + s * cube))
            total += weight * t_k / lag_k * value * exp((s - t_k) / lag_k)
        return total
    # the polynomial p - L p' + L**2 p'' - L**3 p''' solves the equation; the rest decays
    start = constant - lag_k * (slope - lag_k * (2.0 * square - lag_k * 6.0 * cube))
    value = constant + t_k * (slope + t_k * (square + t_k * cube))
    first = slope + t_k * (2.0 * square + t_k * 3.0 * cube)
    second = 2.0 * square + t_k * 6.0 * cube
    return value - lag_k * (first - lag_k * (second - lag_k * 6.0 * cube)) + (y - start) * exp(-t_k / lag_k)
