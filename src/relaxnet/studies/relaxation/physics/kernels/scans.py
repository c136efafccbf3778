"""Cooling-heating cycles of one parameter set: temperature range, integration, storage nodes."""

import math

import numpy as np

from .compiling import kernel
from .elementary import exp, log, power
from .integration import CAPACITY_EXCEEDED, integrate
from .nodes import equidistribute, fictive_bends, glass_reach, grade, liquid_reach, slope_between, smooth, transition_u

_USUAL_LOG_RATIO = 3.6888794541139363  # ln 40, of cooling to heating rates: the reaches have room for it
_USUAL_EARLY = 3.0  # in u, likewise
_BEND_POWER = 0.32  # of |d2 cp_n / dT2|, for the storage nodes
_EVEN_SHARE = 0.2  # of the storage nodes, spread evenly
_LARGEST_GROWTH = 0.3  # of the distance of storage nodes from one to the next: a spline rings where it jumps
_CLOSEST = 1e-9  # distance of storage nodes, as a share of the temperature
# The steepest scans (beta = 1, x = 0.2) ignite: they feel what little the deep glass relaxed.  They turn where cp_n is
# smaller by exp(-9), broad ones just below what is kept.
_TURN_COLDER = 9.0
_STEEP_CP_N, _STEEP_FACTOR = 60.0, 0.1  # steeper scans are run again with this share of the tolerance
# A glass with a small x that was cooled slowly and is heated fast melts late: where cp_n at the hot end is not yet 1
# within the first, the heating goes on by the second over x in u, or to half of u.
_MELTED, _FURTHER, _MIN_U = 1e-3, 4.0, 0.02
_CAPACITY = 1024  # nodes of a cycle; doubled where that is too few


@kernel()
def chr_quartet(
    ln_a, u_scale_k, x, beta, cooling_k_per_s, heating_k_per_s, weights, suffix, first, chains, ladder_h, lowest,
    tolerance, largest_change, end_tolerance, stored_u, stored_cp, glass_fictive_k,
):  # fmt: skip
    """Simulate all C scans of one parameter set and keep their storage nodes; arguments as for `integration.integrate`.

    The range ends where cp_n is 0 or 1 within about ``end_tolerance``.  Output: ``stored_u, stored_cp`` (C, S), hot end
    last (``u`` falls), and ``glass_fictive_k`` (C,), the fictive temperature at the cold end.  Returns whether every
    scan ends in a liquid in equilibrium.
    """
    melts = True
    u_g = transition_u(ln_a, u_scale_k, heating_k_per_s)
    capacity = _CAPACITY
    nodes = np.empty((4, capacity))
    end = np.empty(3, dtype=np.int64)
    for scan in range(len(cooling_k_per_s)):
        cooling = cooling_k_per_s[scan]
        # a cooling much faster (slower) than the heating falls out of equilibrium hotter (colder): reach there too
        faster = log(cooling / heating_k_per_s)
        hot = u_g - liquid_reach(beta, end_tolerance) - max(faster - _USUAL_LOG_RATIO, 0.0)
        # what was cooled fast relaxes long before: its ln(tau) falls with x u only
        colder = max(-faster - _USUAL_LOG_RATIO, (1.0 - x) / x * faster - _USUAL_EARLY, 0.0)
        cold = u_g + 2.0 + 2.0 / beta + colder
        hot_k, cold_k = u_scale_k / hot, u_scale_k / (cold + glass_reach(x, beta, end_tolerance))
        turn_k = u_scale_k / (cold + glass_reach(x, beta, end_tolerance * exp(-_TURN_COLDER * beta)))
        # to the turn, back to where the scan is kept from, and through the transition
        ends = np.array([turn_k, cold_k, hot_k])
        duration = np.array(
            [(hot_k - turn_k) / cooling, (cold_k - turn_k) / heating_k_per_s, (hot_k - cold_k) / heating_k_per_s]
        )
        share, melted = 1.0, hot
        while True:
            last = integrate(
                hot_k, ends, duration, ln_a, u_scale_k, x, weights, suffix, first, chains, ladder_h, lowest,
                tolerance * share, largest_change * math.sqrt(math.sqrt(share)),
                nodes[0], nodes[1], nodes[2], nodes[3], end,
            )  # fmt: skip
            if last == CAPACITY_EXCEEDED:
                capacity *= 2
                nodes = np.empty((4, capacity))
            elif abs(nodes[3, last] / heating_k_per_s - 1.0) > _MELTED and melted > _MIN_U:
                melted = max(melted - _FURTHER / x, 0.5 * melted)
                ends[2] = u_scale_k / melted
                duration[2] = (ends[2] - cold_k) / heating_k_per_s
            elif share == 1.0 and nodes[3, end[1] : last].max() > _STEEP_CP_N * heating_k_per_s:
                share = _STEEP_FACTOR
            else:
                break
        melts = melts and abs(nodes[3, last] / heating_k_per_s - 1.0) <= _MELTED
        kept = slice(end[1], last + 1)
        cp_n = nodes[3, kept] / heating_k_per_s
        glass_fictive_k[scan] = nodes[2, end[1]]
        storage_nodes(nodes[1, kept], nodes[2, kept], cp_n, u_scale_k, stored_u[scan], stored_cp[scan])
    return melts


@kernel()
def storage_nodes(temperature_k, fictive_k, cp_n, u_scale_k, stored_u, stored_cp):
    """Reduce one scan, of shape (M,) at the steps of the integration, to fewer nodes, dense where cp_n bends.

    Output, of shape (S,): ``u = dh/(R T)`` (falling) and cp_n at the chosen places.
    """
    m = len(temperature_k)
    slope, density, width = np.empty(m), np.empty(m - 1), temperature_k[1:] - temperature_k[:-1]
    fictive_bends(temperature_k, fictive_k, cp_n, slope)
    for i in range(m - 1):
        density[i] = power(abs(slope[i + 1] - slope[i]) / width[i], _BEND_POWER)
    smooth(density)
    mean = (density * width).sum() / width.sum()
    density += _EVEN_SHARE * mean
    grade(density, width, _LARGEST_GROWTH * (len(stored_u) - 1) / (density * width).sum())
    for _ in range(3):  # a rise within the last bits of the temperature must not take all nodes
        density = np.minimum(density, (density * width).sum() / (len(stored_u) * _CLOSEST * temperature_k[1:]))
    where = np.empty(len(stored_u))
    equidistribute(temperature_k, density, where)
    i = 0
    for j in range(len(where)):
        while i < m - 2 and temperature_k[i + 1] < where[j]:
            i += 1
        stored_u[j] = u_scale_k / where[j]
        stored_cp[j] = slope_between(
            fictive_k[i], fictive_k[i + 1], cp_n[i], cp_n[i + 1], slope[i], slope[i + 1], width[i],
            (where[j] - temperature_k[i]) / width[i],
        )  # fmt: skip
