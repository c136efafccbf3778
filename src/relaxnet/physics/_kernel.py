"""The numba kernel: fictive temperature along temperature programs, eight programs in lock-step.

State per mode k and lane: ``d_k = Tf_k - T``, with ``Tf = T + sum_k w_k d_k``.  Within a step temperature is linear
in reduced time, so the recursion of a mode is exact:

    d_k <- d_k exp(-h_k) - dT (1 - exp(-h_k)) / h_k,      h_k = lambda_k * dxi

The reduced time of a step, ``dxi``, uses the logarithmic mean of the rates at its ends, which is exact for a rate that
is exponential in time.  The rate at the far end needs the fictive temperature there: it is extrapolated from the two
steps before and corrected once (several times where a new segment of the program starts).  The scheme is of second
order.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

LANES = 8
_LOG_RATE_LIMIT = 690.0  # exp() stays finite
_PASSES = 2  # predictor and one corrector: the error of the steep rises falls tenfold for a third of the time
_RESTART_PASSES = 6


@njit(cache=True, fastmath={"nsz", "arcp", "contract", "afn", "reassoc"}, error_model="numpy", inline="always")
def _advance(d_old, d_new, weights, h_first, step_k, lane_tf, chains, n_modes):
    """Advance all modes of all lanes by one step; adds the weighted departures to ``lane_tf``."""
    ratio = 2.0 ** (1.0 / chains)
    e = np.empty(LANES)
    h_inv = np.empty(LANES)
    for chain in range(chains):
        scale = ratio**chain
        for lane in range(LANES):
            h = max(h_first[lane] * scale, 1e-300)
            e[lane] = math.expm1(-h)
            h_inv[lane] = step_k[lane] / h
        for k in range(chain, n_modes, chains):
            for lane in range(LANES):
                m = e[lane]
                d = d_old[k, lane]
                d = d + m * (d + h_inv[lane])
                d_new[k, lane] = d
                lane_tf[lane] += weights[k, lane] * d
                e[lane] = m * (2.0 + m)
                h_inv[lane] *= 0.5


@njit(cache=True, fastmath={"nsz", "arcp", "contract", "afn", "reassoc"}, error_model="numpy", nogil=True)
def integrate_block(temperature_k, duration_s, restart, ln_a, x, u_scale_k, weights, slowest_rate, chains, fictive_k):
    """Integrate one block of lanes in place.

    Parameters
    ----------
    temperature_k : ndarray, shape (N + 1, LANES)
        Temperature at the nodes of each lane.
    duration_s : ndarray, shape (N, LANES)
        Time from node to node.
    restart : ndarray of bool, shape (N,)
        True where a segment of the program starts, so that the past must not be extrapolated.
    ln_a, x, u_scale_k : ndarray, shape (LANES,)
        Parameters; ``u_scale_k`` is dh/R in K.
    weights : ndarray, shape (K, LANES)
        Weights of the exponential sum of each lane.
    slowest_rate : float
        Rate of the first mode; the next follow in ratio ``2**(1/chains)``.
    chains : int
        Number of interleaved doubling chains.
    fictive_k : ndarray, shape (N + 1, LANES)
        Output; row 0 holds the equilibrium start.
    """
    n_modes = weights.shape[0]
    d_a = np.zeros((n_modes, LANES))
    d_b = np.zeros((n_modes, LANES))
    log_rate = np.empty(LANES)
    rate = np.empty(LANES)
    h_first = np.empty(LANES)
    step_k = np.empty(LANES)
    tf = np.empty(LANES)
    delta_1 = np.zeros(LANES)
    delta_2 = np.zeros(LANES)
    for lane in range(LANES):
        start = temperature_k[0, lane]
        fictive_k[0, lane] = start
        log_rate[lane] = -ln_a[lane] - u_scale_k[lane] / start
        rate[lane] = math.exp(min(max(log_rate[lane], -_LOG_RATE_LIMIT), _LOG_RATE_LIMIT))
    for n in range(duration_s.shape[0]):
        passes = _PASSES
        if restart[n]:
            passes = _RESTART_PASSES
            for lane in range(LANES):
                delta_1[lane] = 0.0
                delta_2[lane] = 0.0
        for lane in range(LANES):
            tf[lane] = fictive_k[n, lane] + 2.0 * delta_1[lane] - delta_2[lane]
            step_k[lane] = temperature_k[n + 1, lane] - temperature_k[n, lane]
        for _ in range(passes):
            for lane in range(LANES):
                # half-way to zero kelvin is far outside any solution: keeps a wild extrapolation harmless
                guess = max(tf[lane], 0.5 * fictive_k[n, lane])
                end = -ln_a[lane] - u_scale_k[lane] * (x[lane] / temperature_k[n + 1, lane] + (1.0 - x[lane]) / guess)
                a = end - log_rate[lane]
                end_rate = math.exp(min(max(end, -_LOG_RATE_LIMIT), _LOG_RATE_LIMIT))
                mean = rate[lane] * (1.0 + 0.5 * a + a * a / 6.0) if abs(a) < 1e-4 else (end_rate - rate[lane]) / a
                h_first[lane] = slowest_rate * duration_s[n, lane] * mean
                tf[lane] = temperature_k[n + 1, lane]
            _advance(d_a, d_b, weights, h_first, step_k, tf, chains, n_modes)
        d_a, d_b = d_b, d_a
        for lane in range(LANES):
            delta = tf[lane] - fictive_k[n, lane]
            # after a restart one step alone is known: extrapolate it as it is
            delta_2[lane] = delta if restart[n] else delta_1[lane]
            delta_1[lane] = delta
            fictive_k[n + 1, lane] = tf[lane]
            log_rate[lane] = -ln_a[lane] - u_scale_k[lane] * (
                x[lane] / temperature_k[n + 1, lane] + (1.0 - x[lane]) / tf[lane]
            )
            rate[lane] = math.exp(min(max(log_rate[lane], -_LOG_RATE_LIMIT), _LOG_RATE_LIMIT))
