"""Reduced coordinates in which all heating scans of the TNM model lie on one smooth manifold.

A change of scale of temperature, rate and energy leaves a scan as it is.  So a scan depends, beside its place and its
scale on the axis of temperature, on u = dh/(R T_ref), x, beta and the ratio of the cooling to the heating rate; and on
u only weakly, if temperature is taken relative to the reference temperature T_ref, at which the liquid relaxes as fast
as heating moves it: tau dT/dt * dh/(R T**2) = 1.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..physics import GAS_CONSTANT

Float = NDArray[np.float64]

REFERENCE_RATE_K_PER_MIN = 10.0  # heating rate of the reference temperature of a sample
LOWEST_U, HIGHEST_U = 20.0, 700.0
STEEPEST = 8.0  # cp_n,max of the scans that the networks learn
LOWEST_RATIO, HIGHEST_RATIO = 0.02, 10.0  # of cooling and heating rate
LOWEST_HEATING, HIGHEST_HEATING = 2.0, 40.0  # K/min
LOWEST_LAG, HIGHEST_LAG = -0.15, 1.5  # thermal lag in units of T_ref/u; a fit may go a little beyond none
_NEWTON_STEPS = 40  # far more than any u in the range takes


def reference(ln_a: ArrayLike, dh_j_per_mol: ArrayLike, rate_k_per_min: float) -> tuple[Float, Float]:
    """Reference temperature in K and u of a glass heated at a rate, each of the shape of the parameters."""
    dh_per_r_k = np.asarray(dh_j_per_mol, dtype=np.float64) / GAS_CONSTANT
    rest = np.asarray(ln_a, dtype=np.float64) + np.log(rate_k_per_min / 60.0 / dh_per_r_k)
    u = np.maximum(-rest, 1.0)
    for _ in range(_NEWTON_STEPS):  # of rest + u + 2 ln u = 0
        u = u - (rest + u + 2.0 * np.log(u)) / (1.0 + 2.0 / u)
    return dh_per_r_k / u, u


def kinetics(reference_k: ArrayLike, u: ArrayLike, rate_k_per_min: float) -> tuple[Float, Float]:
    """Inverse of `reference`: ln A (A in s) and dh in J/mol."""
    reference_k, u = np.asarray(reference_k, dtype=np.float64), np.asarray(u, dtype=np.float64)
    return -u - np.log(rate_k_per_min / 60.0 * u / reference_k), GAS_CONSTANT * u * reference_k


def axis_limits(x: ArrayLike, beta: ArrayLike) -> tuple[Float, Float, Float]:
    """Stretch and ends of the axis that holds a scan from glass to liquid.

    A place is ``v = arcsinh(z/stretch)`` of ``z = u (1 - T_ref/T)``, from the first to the second end.  The constants
    are fitted to where scans of the whole state space leave the glass and reach the liquid by less than 0.01.
    """
    x, beta = np.asarray(x, dtype=np.float64), np.asarray(beta, dtype=np.float64)
    stretch = 1.0 / beta - 0.4
    low, high = 5.0 + 6.6 / (x * beta), 6.9 + 1.6 / beta
    return stretch, -np.arcsinh(low / stretch), np.arcsinh(high / stretch)


def axis_temperatures_k(reference_k: Float, u: Float, x: Float, beta: Float, points: int) -> Float:
    """Temperatures at ``points`` even places of the axis of each glass, shape (n, points)."""
    stretch, low, high = axis_limits(x, beta)
    v = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, points)
    return np.asarray(reference_k[:, None] / (1.0 - stretch[:, None] * np.sinh(v) / u[:, None]))
