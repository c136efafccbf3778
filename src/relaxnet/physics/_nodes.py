"""Where to put the nodes: steps equal in ln(tau), found from the physics first and from a coarse solution then.

The natural coordinate is ``u = dh/(R T)``.  In the liquid ln(tau) changes as u does; in the glass the structure is
frozen and it changes as x*u only (and a stretched relaxation is smooth over 1/beta of that), so steps may be wider
there; in a steep rise of cp_n the fictive temperature runs ahead and steps must be finer.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_WIDTH = 1.5  # of the change-over from liquid to glass steps, in u
SLOWEST_GLASS_BETA = 0.3


@njit(cache=True, nogil=True)
def transition_u(ln_a, u_scale_k, rate_k_per_s):
    """Value of u at which a liquid scanned at ``rate_k_per_s`` falls out of equilibrium.

    There the relaxation time equals the time in which the scan changes u by one:
    ``ln A + u + ln(q u**2 R/dh) = 0``.
    """
    c = ln_a + math.log(rate_k_per_s / u_scale_k)
    u = max(-c, 2.0)
    for _ in range(60):
        u = max(u - (c + u + 2.0 * math.log(u)) / (1.0 + 2.0 / u), 1e-3)
    return u


@njit(cache=True, nogil=True)
def liquid_reach(beta, tolerance):
    """Distance in u above the transition at which cp_n = 1 within ``tolerance``.

    In the liquid the lag is the mean relaxation time, ``Gamma(1/beta)/beta`` times tau.
    """
    return math.log(math.gamma(1.0 / beta) / (beta * tolerance)) + 1.0


@njit(cache=True, nogil=True)
def glass_reach(x, beta, tolerance):
    """Distance in u below the transition at which cp_n = 0 within ``tolerance``: ``y exp(-y)``, ``y = x beta du``."""
    y = math.log(1.0 / tolerance)
    return (y + math.log(y)) / (x * beta)


@njit(cache=True, nogil=True)
def softplus(z):
    """``ln(1 + exp(z))`` without overflow."""
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


@njit(cache=True, nogil=True)
def u_of_s(s, u_transition, x, beta):
    """Map the step coordinate to u: unit slope in the liquid (s < 0), ``1/(x beta)`` in the glass."""
    stretch = 1.0 / (x * max(beta, SLOWEST_GLASS_BETA)) - 1.0
    shift = 2.0 + 2.0 / beta
    return u_transition + s + stretch * _WIDTH * softplus((s - shift) / _WIDTH)


@njit(cache=True, nogil=True)
def s_of_u(u, u_transition, x, beta):
    """Inverse of `u_of_s` by bisection and secant steps (monotone function)."""
    low = -abs(u - u_transition) - 1.0
    high = abs(u - u_transition) + 1.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if u_of_s(middle, u_transition, x, beta) < u:
            low = middle
        else:
            high = middle
        if high - low < 1e-10 * (1.0 + abs(high)):
            break
    return 0.5 * (low + high)


@njit(cache=True, nogil=True)
def smooth(values):
    """Widen the maxima by one place, then average over neighbours three times; in place."""
    n = len(values)
    work = values.copy()
    for i in range(n):
        values[i] = max(work[max(i - 1, 0)], work[i], work[min(i + 1, n - 1)])
    for _ in range(3):
        work[:] = values
        for i in range(n):
            values[i] = 0.25 * work[max(i - 1, 0)] + 0.5 * work[i] + 0.25 * work[min(i + 1, n - 1)]


@njit(cache=True, nogil=True)
def hermite(f_0, f_1, slope_0, slope_1, width, t):
    """Cubic through two nodes ``width`` apart with given slopes, at the fraction ``t`` of the way."""
    return f_0 + (f_1 - f_0) * t * t * (3.0 - 2.0 * t) + width * t * (1.0 - t) * (slope_0 * (1.0 - t) - slope_1 * t)


@njit(cache=True, nogil=True)
def equidistribute(position, density, new):
    """Place ``new`` so that every interval holds the same integral of ``density``.

    Parameters
    ----------
    position : ndarray, shape (N + 1,)
        Old nodes, increasing.
    density : ndarray, shape (N,)
        Wanted density of nodes on each old interval.
    new : ndarray, shape (M + 1,)
        Output.  A monotone cubic (Fritsch-Carlson) keeps the step sizes smooth, as extrapolation needs.
    """
    n = len(density)
    total = np.zeros(n + 1)
    for i in range(n):
        total[i + 1] = total[i] + density[i] * (position[i + 1] - position[i])
    slope = np.empty(n + 1)
    slope[0] = 1.0 / density[0]
    slope[n] = 1.0 / density[n - 1]
    for i in range(1, n):
        slope[i] = 2.0 / (density[i - 1] + density[i])  # harmonic mean of the two chords: monotone
    m = len(new) - 1
    i = 0
    for j in range(m + 1):
        target = total[n] * j / m
        while i < n - 1 and total[i + 1] < target:
            i += 1
        width = total[i + 1] - total[i]
        t = (target - total[i]) / width
        new[j] = hermite(position[i], position[i + 1], slope[i], slope[i + 1], width, t)
    new[0] = position[0]
    new[m] = position[n]


@njit(cache=True, nogil=True)
def spline_slopes(position, values, slopes):
    """First derivatives at the nodes of the cubic spline through ``(position, values)``, in place.

    The ends take the slope of the parabola through the last three nodes.
    """
    n = len(position)
    diagonal = np.empty(n)
    step = position[1:] - position[:-1]
    chord = (values[1:] - values[:-1]) / step
    slopes[0] = chord[0] + (chord[0] - chord[1]) * step[0] / (step[0] + step[1])
    slopes[n - 1] = chord[n - 2] + (chord[n - 2] - chord[n - 3]) * step[n - 2] / (step[n - 2] + step[n - 3])
    diagonal[0] = 1.0
    for i in range(1, n - 1):
        before, after = 1.0 / step[i - 1], 1.0 / step[i]
        slopes[i] = 3.0 * (chord[i - 1] * before + chord[i] * after)
        if i == 1:
            slopes[i] -= before * slopes[0]
            diagonal[i] = 2.0 * (before + after)
        else:
            factor = before / diagonal[i - 1]
            diagonal[i] = 2.0 * (before + after) - factor * before
            slopes[i] -= factor * slopes[i - 1]
    slopes[n - 2] -= slopes[n - 1] / step[n - 2]
    slopes[n - 2] /= diagonal[n - 2]
    for i in range(n - 3, 0, -1):
        slopes[i] = (slopes[i] - slopes[i + 1] / step[i]) / diagonal[i]
