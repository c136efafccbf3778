"""Direct O(N**2) superposition: the independent check on the simulator (no exponential sums, own grid).

``Tf(t) = T(t) - sum over the past steps of dT_j * mean of exp(-(xi - xi')**beta) over the step``.

Distances in reduced time are summed backwards from the present, so nothing large is ever subtracted.
Means over steps that are near compared with their length use the exact integral of the stretched exponential,
others the value in the middle.  The reduced time of a step is the midpoint rule, iterated; steps are equal in
``dh/(R T)`` around the transition.  Two runs, the second with halved steps, are extrapolated: the error is of
higher order, and estimated by their change.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.interpolate import CubicSpline
from scipy.special import gamma, gammainc

GAS_CONSTANT = 8.314462618
_TABLE_LOW, _TABLE_HIGH, _TABLE_STEP = -90.0, 40.0, 0.02
_NEAR = 30.0  # steps away, within which the exact mean is used


@dataclass(frozen=True)
class DirectScan:
    """Heating scan: nodes in K, Tf in K, cp_n, and the change of cp_n by the last extrapolation."""

    temperature_k: np.ndarray
    fictive_k: np.ndarray
    cp_n: np.ndarray
    change: np.ndarray


def direct_scan(
    ln_a: float,
    dh_j_per_mol: float,
    x: float,
    beta: float,
    cooling_k_per_min: float,
    heating_k_per_min: float = 10.0,
    du: float = 0.08,
    end: float = 1e-6,
) -> DirectScan:
    """One cooling-heating cycle, extrapolated from steps ``du`` and ``du/2``."""
    scale = dh_j_per_mol / GAS_CONSTANT
    u = _cycle_grid(ln_a, scale, x, beta, heating_k_per_min / 60.0, du, end)
    levels = []
    for split in (1, 2):
        nodes = np.interp(np.arange((len(u) - 1) * split + 1) / split, np.arange(len(u)), u)
        cold = (len(nodes) - 1) // 2
        t_k = scale / nodes
        rate = np.where(np.arange(len(nodes) - 1) < cold, cooling_k_per_min, heating_k_per_min) / 60.0
        tf_k = fictive_temperature(t_k, np.abs(np.diff(t_k)) / rate, ln_a, scale, x, beta)
        cp = CubicSpline(t_k[cold:], tf_k[cold:])(t_k[cold:], 1)
        levels.append((t_k[cold::split], tf_k[cold::split], cp[::split]))
    (t_k, tf_1, cp_1), (_, tf_2, cp_2) = levels
    return DirectScan(t_k, tf_2 + (tf_2 - tf_1) / 3, cp_2 + (cp_2 - cp_1) / 3, (cp_2 - cp_1) / 3)


def fictive_temperature(t_k, duration_s, ln_a, scale, x, beta):
    """Tf along nodes ``t_k``, shape (N + 1,), from equilibrium; ``duration_s``, shape (N,), of the steps."""
    grid = np.exp(np.arange(_TABLE_LOW, _TABLE_HIGH, _TABLE_STEP))
    integral = gamma(1 / beta) / beta * gammainc(1 / beta, grid**beta)
    # below the normal range of gammainc the integrand is 1
    integral = np.where(grid**beta < 1e-12, grid, integral)
    out = np.empty(len(t_k))
    _solve(t_k, duration_s, ln_a, scale, x, beta, integral, out)
    return out


def _cycle_grid(ln_a, scale, x, beta, heating_k_per_s, du, end):
    """Nodes in u = dh/(R T): hot to cold and back.  Own rule, wider than the simulator's."""
    u_g = 1.0
    for _ in range(200):  # tau(u_g) = the time in which u changes by one
        u_g = 0.5 * (u_g + max(-ln_a - math.log(heating_k_per_s * max(u_g, 1.0) ** 2 / scale), 1.0))
    u = [max(u_g - math.log(gamma(1 / beta) / (beta * end)), 0.4 * min(u_g, 1.0))]
    cold = u_g + 4.0 + 2.0 / beta + (math.log(1 / end) + 3.0) / (x * beta)
    widest, step = du * min(1 / (x * beta), 8.0), du
    while u[-1] < cold:
        if u[-1] > u_g + 3.0 + 2.0 / beta:
            step = min(step * 1.02, widest)
        u.append(u[-1] + step)
    return np.concatenate([u, u[-2::-1]])


@njit(cache=True)
def _integral(a, beta, table):
    """Integral of exp(-u**beta) from 0 to a, by cubic Hermite interpolation in ln u."""
    if a <= 0.0:
        return 0.0
    place = (math.log(a) - _TABLE_LOW) / _TABLE_STEP
    if place <= 0.0:
        return a
    i = int(place)
    if i >= len(table) - 1:
        return table[-1]
    t = place - i
    u_0 = math.exp(_TABLE_LOW + i * _TABLE_STEP)
    u_1 = math.exp(_TABLE_LOW + (i + 1) * _TABLE_STEP)
    d_0 = _TABLE_STEP * u_0 * math.exp(-(u_0**beta))
    d_1 = _TABLE_STEP * u_1 * math.exp(-(u_1**beta))
    chord = table[i + 1] - table[i]
    return table[i] + chord * t * t * (3 - 2 * t) + t * (1 - t) * (d_0 * (1 - t) - d_1 * t)


@njit(cache=True)
def _solve(t_k, duration_s, ln_a, scale, x, beta, table, tf_k):
    n_steps = len(duration_s)
    dxi = np.zeros(n_steps)
    tf_k[0] = t_k[0]
    for n in range(n_steps):
        middle = 0.5 * (t_k[n] + t_k[n + 1])
        # linear extrapolation, unless a new segment starts here
        same = n > 1 and (t_k[n + 1] - t_k[n]) * (t_k[n] - t_k[n - 1]) > 0.0
        guess = tf_k[n] + (tf_k[n] - tf_k[n - 1]) / (t_k[n] - t_k[n - 1]) * (t_k[n + 1] - t_k[n]) if same else tf_k[n]
        for _ in range(2 if same else 8):
            tf_mid = 0.5 * (tf_k[n] + guess)
            dxi[n] = duration_s[n] * math.exp(-ln_a - x * scale / middle - (1.0 - x) * scale / tf_mid)
            guess = t_k[n + 1] - _memory(t_k, dxi, n, beta, table)
        tf_k[n + 1] = guess


@njit(cache=True, fastmath=True)
def _memory(t_k, dxi, n, beta, table):
    """Sum over the steps up to ``n`` of dT times the mean of the relaxation function."""
    total, near = 0.0, 0.0  # near: distance to the later end of step j
    for j in range(n, -1, -1):
        h = dxi[j]
        if h * _NEAR > near:
            mean = (_integral(near + h, beta, table) - _integral(near, beta, table)) / max(h, 1e-300)
        else:
            mean = math.exp(-math.exp(beta * math.log(near + 0.5 * h)))
        total += (t_k[j + 1] - t_k[j]) * mean
        near += h
        if near > 1.0 and beta * math.log(near) > 3.6:  # exp(-36) = 2e-16
            break
    return total
