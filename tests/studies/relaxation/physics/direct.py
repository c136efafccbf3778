"""Direct O(N**2) superposition: the independent check on the simulator (no exponential sums, own grid).

``Tf(t) = T(t) - integral over the past dT' exp(-(xi - xi')**beta)``, and from the same integral its derivative,
``dTf/dT = (d xi/dT) * integral over the past dT' (-d/d xi) exp(-(xi - xi')**beta)``.

Distances in reduced time are summed backwards from the present, so nothing large is ever subtracted.

`direct_scan` is the judge of the error contract.  Tf and dTf/dT at the nodes give ln(1/tau) as a cubic Hermite
polynomial of ``u = dh/(R T)``; reduced time and past are integrated by Gauss quadrature, with a power substitution on
the last step, where the stretched exponential has its cusp.  The first run chooses its steps as it goes, the others
halve them.  The error falls with the fourth power of the step: the last two runs are extrapolated, and the last three
give the observed order and the error estimate.

`fictive_temperature` is the plain method of second order on given nodes: means over steps that are near compared with
their length use the exact integral of the stretched exponential, others the value in the middle; the reduced time of
a step is the midpoint rule, iterated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit
from scipy.special import gamma, gammainc

GAS_CONSTANT = 8.314462618
_TABLE_LOW, _TABLE_HIGH, _TABLE_STEP = -90.0, 40.0, 0.02
_NEAR = 30.0  # steps away, within which the exact mean is used

_MOST_NODES = 50_000
_FORGOTTEN = 42.0  # exp(-42) is nothing
_CLOSE = 4.0  # step lengths away, within which six points are taken instead of three
_TAYLOR = 1e-5  # relative change of a step's reduced time up to which the past is expanded instead of summed again
_CONVERGED = 1e-12  # in ln tau
_FLOOR = 1e-8  # of max(1, cp_n,max): differences from exact solutions that halving the steps no longer shows
_LEVELS_AT_LEAST, _LEVELS_AT_MOST = 3, 6


def _gauss(points):
    """Gauss-Legendre nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return 0.5 * (nodes + 1.0), 0.5 * weights


_X6, _W6 = _gauss(6)
_X3, _W3 = _gauss(3)
_X_LAST, _W_LAST = _gauss(40)
# values at the six points -> coefficients of the integral from 0, a polynomial without constant term
_TO_INTEGRAL = np.linalg.inv(np.vander(_X6, 6, increasing=True)) / np.arange(1, 7)[:, None]
_TO_X6 = np.vander(_X6, 7, increasing=True)[:, 1:] @ _TO_INTEGRAL
_TO_X3 = np.vander(_X3, 7, increasing=True)[:, 1:] @ _TO_INTEGRAL


@dataclass(frozen=True)
class DirectScan:
    """Heating scan: nodes in K, Tf in K, cp_n, and the change of cp_n by the last extrapolation.

    ``order`` is the observed order of convergence of cp_n (meaningless where only rounding is left to observe),
    ``error`` the estimated largest error of cp_n, without credit for the extrapolation and with room for rounding.
    """

    temperature_k: np.ndarray
    fictive_k: np.ndarray
    cp_n: np.ndarray
    change: np.ndarray
    order: float
    error: float


@lru_cache(maxsize=64)  # tests judge some scans twice; do not write into the arrays
def direct_scan(
    ln_a: float,
    dh_j_per_mol: float,
    x: float,
    beta: float,
    cooling_k_per_min: float,
    heating_k_per_min: float = 10.0,
    du: float = 0.08,
    end: float = 1e-9,
    tolerance: float = 1e-6,
) -> DirectScan:
    """One cooling-heating cycle, extrapolated from steps ``2 du``, ``du``, ``du/2`` in ln tau.

    Steps are halved further until the estimated error is within ``tolerance * max(1, cp_n,max)``.  The steepest scans
    feel relaxation deep in the glass: ``end`` is the cp_n at which they turn and at which they are taken for liquid.
    """
    scale = dh_j_per_mol / GAS_CONSTANT
    cooling, heating = cooling_k_per_min / 60.0, heating_k_per_min / 60.0
    u = np.array(_limits(ln_a, scale, x, beta, heating, end))
    model = (ln_a, scale, x, beta, cooling, heating)
    u, tf_k, cp_n, cold = _march(u, True, 2 * du, *model)
    levels = [(tf_k[cold:], cp_n[cold:])]
    for level in range(1, _LEVELS_AT_MOST):
        u = np.interp(np.arange(2 * len(u) - 1) / 2, np.arange(len(u)), u)
        _, tf_k, cp_n, cold = _march(u, False, 0.0, *model)
        levels.append((tf_k[cold:], cp_n[cold:]))
        if level + 1 < _LEVELS_AT_LEAST:
            continue
        before, last = (np.abs(levels[i][1][::2] - levels[i - 1][1]).max() for i in (-2, -1))
        order = math.log2(max(before, 1e-15) / max(last, 1e-15))
        error = float(last / (2 ** min(max(order, 0.5), 4.0) - 1))
        height = max(1.0, cp_n.max())
        if error <= tolerance * height:
            break
    t_k = scale / u[cold:]
    (tf_1, cp_1), (tf_2, cp_2) = levels[-2:]
    # the changes are small and smooth: good enough between the nodes of the last run but one
    tf_change, change = (np.interp(t_k, t_k[::2], (fine[::2] - a) / 15) for fine, a in ((tf_2, tf_1), (cp_2, cp_1)))
    return DirectScan(t_k, tf_2 + tf_change, cp_2 + change, change, order, error + _FLOOR * height)


def _limits(ln_a, scale, x, beta, heating_k_per_s, end):
    """Hot and cold end in u = dh/(R T).  Own rule, wider than the simulator's."""
    u_g = 1.0
    for _ in range(200):  # tau(u_g) = the time in which u changes by one
        u_g = 0.5 * (u_g + max(-ln_a - math.log(heating_k_per_s * max(u_g, 1.0) ** 2 / scale), 1.0))
    hot = max(u_g - math.log(gamma(1 / beta) / (beta * end)), 0.4 * min(u_g, 1.0))
    return hot, u_g + 4.0 + 2.0 / beta + (math.log(1 / end) + 3.0) / (x * beta)


@njit(cache=True)
def _hermite(f, width, y_0, y_1, slope_0, slope_1):
    """Cubic through two points with given slopes, and its slope, at ``f`` of the width (also beyond 1)."""
    y = y_0 * (1 + 2 * f) * (1 - f) ** 2 + y_1 * f * f * (3 - 2 * f)
    y += width * f * (1 - f) * (slope_0 * (1 - f) - slope_1 * f)
    slope = 6 * f * (1 - f) * (y_1 - y_0) / width + slope_0 * (1 - f) * (1 - 3 * f) + slope_1 * f * (3 * f - 2)
    return y, slope


@njit(cache=True)
def _reduced_time(u_0, u_1, y_0, y_1, slope_0, slope_1, scale, duration, coefficients, at_6, at_3):
    """Reduced time of one step, ``y = ln(1/tau)``.

    Fills the coefficients of the distance to the step's end as a polynomial of the share of the step (even in T),
    counted from its end, and its values at the Gauss points.
    """
    t_0, t_1 = scale / u_0, scale / u_1
    total = 0.0
    coefficients[:] = 0.0
    at_6[:] = 0.0
    at_3[:] = 0.0
    for g in range(6):
        u = scale / (t_1 + (t_0 - t_1) * _X6[g])
        y, _ = _hermite((u - u_0) / (u_1 - u_0), u_1 - u_0, y_0, y_1, slope_0, slope_1)
        xi = duration * math.exp(y)
        total += _W6[g] * xi
        for k in range(6):
            coefficients[k] += _TO_INTEGRAL[k, g] * xi
            at_6[k] += _TO_X6[k, g] * xi
        for k in range(3):
            at_3[k] += _TO_X3[k, g] * xi
    return total


@njit(cache=True)
def _last_step(coefficients, beta):
    """Integrals of the relaxation function and of its negative derivative over the last step, per kelvin."""
    # share**beta is a cubic in the variable of integration: no cusp
    power = 3.0 / beta
    reach = min(1.0, 1.8 * _FORGOTTEN ** (1 / beta) / max(coefficients[0], 1e-300))
    value, slope = 0.0, 0.0
    for i in range(len(_X_LAST)):
        share = reach * _X_LAST[i] ** power
        d = 0.0
        for k in range(5, -1, -1):
            d = share * (coefficients[k] + d)
        d = max(d, 1e-300)
        p = math.exp(beta * math.log(d))
        phi = math.exp(-p) * _W_LAST[i] * power * share / _X_LAST[i]
        value += phi
        slope += phi * beta * p / d
    return value, slope


@njit(cache=True, fastmath={"contract", "arcp", "nsz"})
def _past(n, distance, xi, at_6, at_3, dt_k, beta):
    """Integral over the steps before ``n``, whose end is ``distance`` away, and its first two derivatives."""
    forgotten = _FORGOTTEN ** (1 / beta)
    total, total_1, total_2 = 0.0, 0.0, 0.0
    for j in range(n - 1, -1, -1):
        points, weights, offsets = (_X6, _W6, at_6) if distance < _CLOSE * xi[j] else (_X3, _W3, at_3)
        for g in range(len(points)):
            d = distance + offsets[j, g]
            p = math.exp(beta * math.log(d))
            phi = math.exp(-p) * weights[g] * dt_k[j]
            phi_1 = phi * beta * p / d
            total += phi
            total_1 -= phi_1
            total_2 += phi_1 / d * (beta * p - beta + 1)
        distance += xi[j]
        if distance > forgotten:
            break
    return total, total_1, total_2


@njit(cache=True)
def _march(u, choose, step, ln_a, scale, x, beta, cooling_k_per_s, heating_k_per_s):
    """Solve one cycle from equilibrium; returns nodes in u, Tf, cp_n and the index of the cold end.

    Parameters
    ----------
    u : ndarray
        The nodes; only the hot and the cold end if ``choose``.
    choose : bool
        Choose nodes so that ln tau changes by about ``step`` from one to the next.
    """
    most = _MOST_NODES if choose else len(u) - 1
    u_hot, u_cold = u[0], u.max()
    nodes, tf_k, cp_n = np.empty(most + 1), np.empty(most + 1), np.empty(most + 1)
    xi, dt_k = np.empty(most), np.empty(most)
    at_6, at_3, coefficients = np.empty((most, 6)), np.empty((most, 3)), np.empty(6)

    n, cold = 0, -1
    rate = -cooling_k_per_s
    nodes[0], tf_k[0], cp_n[0] = u_hot, scale / u_hot, 1.0
    y_0, slope_0, cp_0 = -ln_a - u_hot, -1.0, 1.0
    y_old, slope_old = y_0, slope_0
    first = True  # step of a segment: there is no past to extrapolate
    size = 0.5 * step
    while cold < 0 or nodes[n] != u_hot:
        if n == most:
            raise RuntimeError("more nodes than expected")
        if cold < 0 and nodes[n] == u_cold:
            cold, first = n, True
            # Tf(t) has no kink here, T(t) has
            cp_0 *= -cooling_k_per_s / heating_k_per_s
            rate = heating_k_per_s
            slope_0 = -(x + (1 - x) * (scale / tf_k[n] / nodes[n]) ** 2 * cp_0)
        u_0 = nodes[n]
        if choose:
            target = u_cold if cold < 0 else u_hot
            left = abs(target - u_0)
            # two steps of like size rather than a long and a tiny one
            size = left if size >= left else min(size, 0.5 * left)
            u_1 = target if size == left else u_0 + math.copysign(size, target - u_0)
        else:
            u_1 = u[n + 1]
        width = u_1 - u_0
        t_1 = scale / u_1
        dt_k[n] = t_1 - scale / u_0

        y_1, slope_1 = y_0 + slope_0 * width, slope_0
        if not first:
            width_old = u_0 - nodes[n - 1]
            y, slope = _hermite(1 + width / width_old, width_old, y_old, y_0, slope_old, slope_0)
            if abs(y - y_0) < 2.0:  # not wild
                y_1, slope_1 = y, slope
        summed_at = -1.0
        past, past_1, past_2 = 0.0, 0.0, 0.0
        converged = False
        tf_1, cp_1 = 0.0, 0.0
        for _ in range(60):
            xi[n] = _reduced_time(
                u_0, u_1, y_0, y_1, slope_0, slope_1, scale, dt_k[n] / rate, coefficients, at_6[n], at_3[n]
            )
            if abs(xi[n] - summed_at) > _TAYLOR * summed_at:
                summed_at = xi[n]
                past, past_1, past_2 = _past(n, summed_at, xi, at_6, at_3, dt_k, beta)
            shift = xi[n] - summed_at
            value, slope = _last_step(coefficients, beta)
            tf_1 = t_1 - (past + past_1 * shift + 0.5 * past_2 * shift**2 + value * dt_k[n])
            u_f = scale / max(tf_1, 0.3 * t_1)
            y = -ln_a - x * u_1 - (1 - x) * u_f
            cp_1 = math.exp(y) / rate * (slope * dt_k[n] - past_1 - past_2 * shift)
            slope = -(x + (1 - x) * (u_f / u_1) ** 2 * cp_1)
            converged = max(abs(y - y_1), abs((slope - slope_1) * width)) < _CONVERGED
            y_1, slope_1 = y, slope
            if converged:
                break
        if choose:
            # where the structure is frozen or in equilibrium, ln tau is nearly linear in u
            idle = min(max(abs(cp_0), abs(cp_1)), max(abs(cp_0 - 1), abs(cp_1 - 1)))
            allowed = step * (3 - 2 * min(1.0, 100 * idle))
            change = max(abs(y_1 - y_0), abs(cp_1 - cp_0) / (0.1 + min(abs(cp_0), abs(cp_1)))) / allowed
            change = max(change, size / (0.1 * u_0 + 0.02))
            if not (converged and change < 1.4):
                size *= 0.5
                if size < 1e-10:
                    raise RuntimeError("the iteration does not converge")
                continue
            size *= min(1.5, max(0.5, 1 / max(change, 1e-3)))
        elif not converged:
            raise RuntimeError("the iteration does not converge")
        y_old, slope_old = y_0, slope_0
        y_0, slope_0, cp_0 = y_1, slope_1, cp_1
        n += 1
        nodes[n], tf_k[n], cp_n[n] = u_1, tf_1, cp_1
        first = False
    cp_n[cold] *= -cooling_k_per_s / heating_k_per_s
    return nodes[: n + 1], tf_k[: n + 1], cp_n[: n + 1], cold


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
