"""Where a scan begins and ends, where to keep it, and how to interpolate it.

The natural coordinate is ``u = dh/(R T)``: in the liquid ln(tau) changes as u does, in the glass as x*u.
"""

import numpy as np

from .compiling import kernel
from .elementary import log, log_gamma


@kernel()
def transition_u(ln_a, u_scale_k, rate_k_per_s):
    """Value of u at which a liquid scanned at ``rate_k_per_s`` falls out of equilibrium.

    There the relaxation time equals the time in which the scan changes u by one:
    ``ln A + u + ln(q u**2 R/dh) = 0``.
    """
    c = ln_a + log(rate_k_per_s / u_scale_k)
    u = max(-c, 2.0)
    for _ in range(60):
        u = max(u - (c + u + 2.0 * log(u)) / (1.0 + 2.0 / u), 1e-3)
    return u


@kernel()
def transitions_u(ln_a, u_scale_k, rate_k_per_s):
    """`transition_u` of many parameter sets, shape (n,)."""
    u = np.empty(len(ln_a))
    for q in range(len(ln_a)):
        u[q] = transition_u(ln_a[q], u_scale_k[q], rate_k_per_s)
    return u


@kernel()
def liquid_reach(beta, tolerance):
    """Distance in u above the transition at which cp_n = 1 within ``tolerance``.

    In the liquid the lag is the mean relaxation time, ``Gamma(1/beta)/beta`` times tau.
    """
    return log_gamma(1.0 / beta) - log(beta * tolerance) + 1.0


@kernel()
def glass_reach(x, beta, tolerance):
    """Distance in u below the transition at which cp_n = 0 within ``tolerance``: ``y exp(-y)``, ``y = x beta du``."""
    y = log(1.0 / tolerance)
    return (y + log(y)) / (x * beta)


@kernel()
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


@kernel()
def grade(density, width, steepest):
    """Raise ``density`` such that its inverse, the distance of nodes, has slopes up to ``steepest``; in place."""
    distance = 1.0 / density
    n = len(density)
    for i in range(1, n):
        distance[i] = min(distance[i], distance[i - 1] + steepest * 0.5 * (width[i - 1] + width[i]))
    for i in range(n - 2, -1, -1):
        distance[i] = min(distance[i], distance[i + 1] + steepest * 0.5 * (width[i + 1] + width[i]))
    density[:] = 1.0 / distance


@kernel()
def hermite(f_0, f_1, slope_0, slope_1, width, t):
    """Cubic through two nodes ``width`` apart with given slopes, at the fraction ``t`` of the way."""
    return f_0 + (f_1 - f_0) * t * t * (3.0 - 2.0 * t) + width * t * (1.0 - t) * (slope_0 * (1.0 - t) - slope_1 * t)


@kernel()
def equidistribute(position, density, new):
    """Place ``new`` (M + 1,) so that every interval holds the same integral of ``density`` (N,) over ``position``.

    A monotone cubic (Fritsch-Carlson) keeps the step sizes smooth, as extrapolation needs.
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


@kernel()
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


@kernel()
def fictive_bends(position, values, slopes, bends):
    """Second derivatives at the nodes, of the quintic through three nodes with given values and slopes, in place."""
    n = len(position)
    for i in range(1, n - 1):
        a, b = position[i] - position[i - 1], position[i + 1] - position[i]
        up, down = values[i + 1] - values[i], values[i] - values[i - 1]
        right = 6.0 * up / (b * b) - (4.0 * slopes[i] + 2.0 * slopes[i + 1]) / b
        left = -6.0 * down / (a * a) + (4.0 * slopes[i] + 2.0 * slopes[i - 1]) / a
        third_right = (b * (slopes[i + 1] + slopes[i]) - 2.0 * up) / (b * b * b)
        third_left = (a * (slopes[i] + slopes[i - 1]) - 2.0 * down) / (a * a * a)
        whole, more = a + b, b - a
        fifth = -(right - left + more * (third_right - third_left)) / (whole * whole * whole)
        fourth = (third_right - third_left - 3.0 * fifth * whole * more) / (2.0 * whole)
        bends[i] = right + 2.0 * fourth * b * b + 4.0 * fifth * b * b * b
    for end, inner in ((0, 1), (n - 1, n - 2)):
        width = position[inner] - position[end]
        bends[end] = (
            6.0 * (values[inner] - values[end]) / (width * width) - (4.0 * slopes[end] + 2.0 * slopes[inner]) / width
        )


@kernel()
def slope_between(f_0, f_1, slope_0, slope_1, bend_0, bend_1, width, t):
    """Slope at the fraction ``t`` between two nodes, of the quintic with given values, slopes and bends."""
    q_0, q_1 = width * bend_0, width * bend_1
    cubic = slope_0 + (slope_1 - slope_0) * t * t * (3.0 - 2.0 * t) + t * (1.0 - t) * (q_0 * (1.0 - t) - q_1 * t)
    area = 0.5 * (slope_0 + slope_1) + (q_0 - q_1) / 12.0
    return cubic + 30.0 * ((f_1 - f_0) / width - area) * t * t * (1.0 - t) * (1.0 - t)


@kernel()
def value_between(f_0, f_1, slope_0, slope_1, bend_0, bend_1, width, t):
    """Value at the fraction ``t`` between two nodes, of the quintic with given values, slopes and bends."""
    chord = (f_1 - f_0) / width
    more_0 = bend_0 - (6.0 * chord - 4.0 * slope_0 - 2.0 * slope_1) / width
    more_1 = bend_1 + (6.0 * chord - 2.0 * slope_0 - 4.0 * slope_1) / width
    bump = 0.5 * (width * t * (1.0 - t)) ** 2 * (more_0 * (1.0 - t) + more_1 * t)
    return hermite(f_0, f_1, slope_0, slope_1, width, t) + bump
