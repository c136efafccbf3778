"""Cooling-heating cycles, eight at a time: nodes, integration, refinement, extrapolation, storage nodes."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ._kernel import LANES, integrate_block
from ._nodes import (
    SLOWEST_GLASS_BETA,
    equidistribute,
    glass_reach,
    hermite,
    liquid_reach,
    s_of_u,
    smooth,
    spline_slopes,
    transition_u,
    u_of_s,
)

_COARSE_STEP = 0.16
_USUAL_LOG_RATIO = math.log(40.0)  # of cooling to heating rates: the reaches have room for it
_BEND_POWER = 1.0 / 3.0  # of |d2 cp_n / dT2|, for the storage nodes
_EVEN_SHARE = 0.25  # of the storage nodes, spread evenly
_STEEP = 4.0  # weight of |d ln tau| in the density of nodes
_MAX_ROUNDS = 6
_MAX_GROWTH = 6.0
_LARGEST_LOG_STEP = 0.3  # |d ln tau| of one step above which the grid is refined once more


@njit(cache=True, nogil=True)
def _run(s_cool, s_heat, p, sum_weights, slowest_rate, chains, fictive):
    """Integrate the cycles on given step coordinates; returns u of the heating nodes, hot end first."""
    n = s_cool.shape[0] - 1
    temperature = np.empty((2 * n + 1, LANES))
    duration = np.empty((2 * n, LANES))
    restart = np.zeros(2 * n, dtype=np.bool_)
    restart[0] = restart[n] = True
    for lane in range(LANES):
        u_g, x, beta, scale = p[lane, 0], p[lane, 1], p[lane, 2], p[lane, 3]
        for i in range(n + 1):
            temperature[i, lane] = scale / u_of_s(s_cool[i, lane], u_g, x, beta)
        for i in range(1, n + 1):
            temperature[n + i, lane] = scale / u_of_s(s_heat[n - i, lane], u_g, x, beta)
        for i in range(n):
            duration[i, lane] = (temperature[i, lane] - temperature[i + 1, lane]) / p[lane, 5]
            duration[n + i, lane] = (temperature[n + i + 1, lane] - temperature[n + i, lane]) / p[lane, 6]
    full = np.empty((2 * n + 1, LANES))
    integrate_block(
        temperature, duration, restart, p[:, 4].copy(), p[:, 1].copy(), p[:, 3].copy(),
        sum_weights, slowest_rate, chains, full,
    )  # fmt: skip
    fictive[:] = full[n:]
    return temperature[n:]


@njit(cache=True, nogil=True)
def _refine(s_heat, temperature, fictive, p, step):
    """Node densities of the heating scans from a solution; returns (densities, number of steps, largest step)."""
    n = s_heat.shape[0] - 1
    density = np.empty((n, LANES))
    steps, largest = 0.0, 0.0
    for lane in range(LANES):
        x, scale = p[lane, 1], p[lane, 3]
        usual = 1.0 / max(p[lane, 2], SLOWEST_GLASS_BETA)  # |d ln tau / ds| of a smooth curve
        total = 0.0
        for i in range(n):
            a, b = n - i, n - i - 1  # s_heat runs hot to cold, the solution cold to hot
            change = scale * abs(
                x / temperature[a, lane] - x / temperature[b, lane]
                + (1.0 - x) / fictive[a, lane] - (1.0 - x) / fictive[b, lane]
            )  # fmt: skip
            largest = max(largest, change)
            density[i, lane] = change / (s_heat[i + 1, lane] - s_heat[i, lane])
        smooth(density[:, lane])
        for i in range(n):
            density[i, lane] = 1.0 + _STEEP * max(density[i, lane] - usual, 0.0)
            total += density[i, lane] * (s_heat[i + 1, lane] - s_heat[i, lane])
        steps = max(steps, total / step)
    limit = _MAX_GROWTH * (s_heat[n, :] - s_heat[0, :]).max() / step
    return density, math.ceil(min(steps, limit)), largest


@njit(cache=True, nogil=True)
def chr_block(
    ln_a, u_scale_k, x, beta, cooling_k_per_s, heating_k_per_s, reference_k_per_s,
    sum_weights, slowest_rate, chains, step, tolerance,
):  # fmt: skip
    """Simulate eight cooling-heating cycles, each from equilibrium through the glass back to the liquid.

    Parameters
    ----------
    ln_a, u_scale_k, x, beta, cooling_k_per_s, heating_k_per_s, reference_k_per_s : ndarray, shape (LANES,)
        Parameters and rates of each lane; the reference rate fixes the temperature range, so that all scans of a
        quartet share it.
    sum_weights : ndarray, shape (K, LANES)
        Exponential sums (common rates).
    slowest_rate : float
    chains : int
    step : float
        Step in ln(tau) of the coarser of the two runs that are extrapolated.
    tolerance : float
        The range ends where cp_n is 0 or 1 within about this much.

    Returns
    -------
    temperature_k, fictive_k, cp_n : ndarray, shape (M, LANES)
        The heating scans, increasing in temperature.
    """
    p = np.empty((LANES, 7))
    first, last = np.empty(LANES), np.empty(LANES)
    n = 8
    for lane in range(LANES):
        u_g = transition_u(ln_a[lane], u_scale_k[lane], reference_k_per_s[lane])
        p[lane, 0], p[lane, 1], p[lane, 2], p[lane, 3] = u_g, x[lane], beta[lane], u_scale_k[lane]
        p[lane, 4], p[lane, 5], p[lane, 6] = ln_a[lane], cooling_k_per_s[lane], heating_k_per_s[lane]
        # a cooling much faster (slower) than the heating falls out of equilibrium hotter (colder): reach there too
        faster = math.log(cooling_k_per_s[lane] / reference_k_per_s[lane])
        first[lane] = -liquid_reach(beta[lane], tolerance) - max(faster - _USUAL_LOG_RATIO, 0.0)
        u_end = u_g + 2.0 + 2.0 / beta[lane] + glass_reach(x[lane], beta[lane], tolerance)
        u_end += max(-faster - _USUAL_LOG_RATIO, 0.0)
        last[lane] = s_of_u(u_end, u_g, x[lane], beta[lane])
        n = max(n, math.ceil((last[lane] - first[lane]) / _COARSE_STEP))
    s_cool = np.empty((n + 1, LANES))
    for lane in range(LANES):
        s_cool[:, lane] = np.linspace(first[lane], last[lane], n + 1)
    s_heat = s_cool.copy()
    for round_number in range(_MAX_ROUNDS):
        fictive = np.empty((n + 1, LANES))
        temperature = _run(s_cool, s_heat, p, sum_weights, slowest_rate, chains, fictive)
        density, m, largest = _refine(s_heat, temperature, fictive, p, step)
        finer, s_heat_2 = np.empty((m + 1, LANES)), np.empty((2 * m + 1, LANES))
        for lane in range(LANES):
            equidistribute(s_heat[:, lane], density[:, lane], finer[:, lane])
            equidistribute(s_heat[:, lane], density[:, lane], s_heat_2[:, lane])
        s_heat = finer
        n = m
        s_cool = np.empty((n + 1, LANES))
        for lane in range(LANES):
            s_cool[:, lane] = np.linspace(first[lane], last[lane], n + 1)
        if largest < _LARGEST_LOG_STEP or round_number == _MAX_ROUNDS - 1:
            break
    coarse = np.empty((n + 1, LANES))
    _run(s_cool, s_heat, p, sum_weights, slowest_rate, chains, coarse)
    s_cool_2 = np.empty((2 * n + 1, LANES))
    for lane in range(LANES):
        s_cool_2[:, lane] = np.linspace(first[lane], last[lane], 2 * n + 1)
    fine = np.empty((2 * n + 1, LANES))
    temperature = _run(s_cool_2, s_heat_2, p, sum_weights, slowest_rate, chains, fine)
    correction, correction_2 = np.empty(n + 1), np.empty(2 * n + 1)
    cp_n = np.empty((2 * n + 1, LANES))
    for lane in range(LANES):
        for i in range(n + 1):  # Richardson: the error of second order is a third of the change
            correction[i] = (fine[2 * i, lane] - coarse[i, lane]) / 3.0
        _halve(correction, correction_2)
        for i in range(2 * n + 1):
            fine[i, lane] += correction_2[i]
        spline_slopes(temperature[:, lane], fine[:, lane], cp_n[:, lane])
    return temperature, fine, cp_n


@njit(cache=True, nogil=True)
def _halve(values, result):
    """Insert the midpoints by four-point interpolation."""
    n = len(values) - 1
    for i in range(n + 1):
        result[2 * i] = values[i]
    for i in range(1, n - 1):
        result[2 * i + 1] = (9.0 * (values[i] + values[i + 1]) - values[i - 1] - values[i + 2]) / 16.0
    result[1] = (5.0 * values[0] + 15.0 * values[1] - 5.0 * values[2] + values[3]) / 16.0
    result[2 * n - 1] = (5.0 * values[n] + 15.0 * values[n - 1] - 5.0 * values[n - 2] + values[n - 3]) / 16.0


@njit(cache=True, nogil=True)
def chr_quartet(
    ln_a, u_scale_k, x, beta, cooling_k_per_s, heating_k_per_s, sum_weights, slowest_rate, chains, step, tolerance,
    stored_u, stored_cp, glass_fictive_k,
):  # fmt: skip
    """Simulate all scans of one parameter set and keep their storage nodes.

    Parameters
    ----------
    ln_a, u_scale_k, x, beta, heating_k_per_s : float
    cooling_k_per_s : ndarray, shape (C,)
    sum_weights : ndarray, shape (K,)
    slowest_rate, chains, step, tolerance
        As for `chr_block`.
    stored_u, stored_cp : ndarray, shape (C, S)
        Output: storage nodes, hot end last (``u`` falls).
    glass_fictive_k : ndarray, shape (C,)
        Output: fictive temperature frozen in at the cold end.
    """
    ones = np.ones(LANES)
    weights = np.empty((len(sum_weights), LANES))
    for lane in range(LANES):
        weights[:, lane] = sum_weights
    cooling = np.empty(LANES)
    n_scans = len(cooling_k_per_s)
    for start in range(0, n_scans, LANES):
        for lane in range(LANES):
            cooling[lane] = cooling_k_per_s[min(start + lane, n_scans - 1)]
        temperature, fictive, cp_n = chr_block(
            ln_a * ones, u_scale_k * ones, x * ones, beta * ones, cooling, heating_k_per_s * ones,
            heating_k_per_s * ones, weights, slowest_rate, chains, step, tolerance,
        )  # fmt: skip
        for lane in range(min(LANES, n_scans - start)):
            scan = start + lane
            storage_nodes(temperature[:, lane].copy(), cp_n[:, lane].copy(), u_scale_k, stored_u[scan], stored_cp[scan])
            glass_fictive_k[scan] = fictive[0, lane]


@njit(cache=True, nogil=True)
def storage_nodes(temperature_k, cp_n, u_scale_k, stored_u, stored_cp):
    """Reduce one scan to few nodes, dense where cp_n bends.

    Parameters
    ----------
    temperature_k, cp_n : ndarray, shape (M,)
        The scan.
    u_scale_k : float
        dh/R in K.
    stored_u, stored_cp : ndarray, shape (S,)
        Output: ``u = dh/(R T)`` (falling) and cp_n at the chosen nodes, which are a subset in spirit only: values
        come from the cubic spline through all nodes.
    """
    m = len(temperature_k)
    slope, bend = np.empty(m), np.empty(m)
    spline_slopes(temperature_k, cp_n, slope)
    spline_slopes(temperature_k, slope, bend)
    density = np.empty(m - 1)
    for i in range(m - 1):
        density[i] = (abs(bend[i]) + abs(bend[i + 1])) ** _BEND_POWER
    smooth(density)
    mean = 0.0
    for i in range(m - 1):
        mean += density[i] * (temperature_k[i + 1] - temperature_k[i])
    mean /= temperature_k[m - 1] - temperature_k[0]
    for i in range(m - 1):
        density[i] += _EVEN_SHARE * mean
    where = np.empty(len(stored_u))
    equidistribute(temperature_k, density, where)
    i = 0
    for j in range(len(where)):
        while i < m - 2 and temperature_k[i + 1] < where[j]:
            i += 1
        width = temperature_k[i + 1] - temperature_k[i]
        t = (where[j] - temperature_k[i]) / width
        stored_cp[j] = hermite(cp_n[i], cp_n[i + 1], slope[i], slope[i + 1], width, t)
        stored_u[j] = u_scale_k / where[j]
