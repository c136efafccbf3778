"""The numba kernel: fictive temperature along a temperature program, for one parameter set.

``Tf = T + sum_k w_k d_k`` with the modes of `modes`.  Temperature is linear in time within a step, and the logarithm
of the relaxation rate, ``L = -ln tau``, is the cubic through its values and slopes at both ends (the slopes are known,
since ``dTf/dt = -(1/tau) sum_k w_k lambda_k d_k``).  At the far end they follow from the fictive temperature there,
which is extrapolated from the last step and corrected.  The scheme is of fourth order; the error of the extrapolation
sets the step, so that steps are fine on steep rises only.

Modes pass through four classes as the structure slows down or speeds up: *frozen* ones stand still and cost nothing,
*slow* and *quick* ones are advanced, *fast* ones follow at once and enter by three sums.
"""

import math

import numpy as np

from .._rates import BLOCK
from .compiling import kernel
from .elementary import LN_2, LOG2_E, exp, log
from .modes import FAST, FROZEN, SLOW, advance_quick, advance_slow, follow, sums

# Gauss-Legendre quadrature over (0, 1) with four points
_OUTER, _INNER = (math.sqrt(3 / 7 + sign * 2 / 7 * math.sqrt(6 / 5)) for sign in (1, -1))
_THETA = tuple((1.0 + point) / 2.0 for point in (-_OUTER, -_INNER, _INNER, _OUTER))
_SHARE = tuple((18.0 + sign * math.sqrt(30.0)) / 72.0 for sign in (-1, 1, 1, -1))


def _to_integral():
    """Matrix (4, 4) from values at the four points to integrals from 0 to each of them, of the cubic through them."""
    matrix = np.empty((4, 4))
    for j, point in enumerate(_THETA):
        cubic = [1.0]  # coefficients of the one that is 1 at this point and 0 at the others, lowest first
        for other in _THETA[:j] + _THETA[j + 1 :]:
            risen = [0.0, *cubic]
            cubic = [(a - other * b) / (point - other) for a, b in zip(risen, [*cubic, 0.0], strict=True)]
        for i, end in enumerate(_THETA):
            for power in reversed(range(4)):
                matrix[i, j] = end * ((matrix[i, j] if power < 3 else 0.0) + cubic[power] / (power + 1))
    return matrix


_TO_INTEGRAL = _to_integral()

_FIRST_CHANGE = 0.02  # of L in the first step after a kink of the program
_GROWTH, _SHRINK, _SAFETY = 2.0, 0.25, 0.85
_REJECT = 8.0  # times the tolerance
_ACCURATE = 0.05  # times the tolerance: no second pass is needed
_PASSES = 2
# share of a segment: a heated structure whose steps become as short runs away, and all of it is relaxed in no time
_SHORTEST = 1e-100
_WIDEST = 0.2  # share of the temperature that a step may change it by
_QUIET, _QUIET_GROWTH = 0.02, 1.8  # share of the signal below which steps may be wider, and how much
CAPACITY_EXCEEDED = -1


@kernel(error_model="numpy")
def _reduced_time(start, end, slope_start, slope_end, moments):
    """Shape of reduced time over a step on which L is a cubic, given at its ends with its slopes times the duration.

    ``moments`` (5,) takes the Legendre coefficients of theta'(s), the last two such that theta' and theta'' are exact
    at the end.  Reduced time per duration is ``exp(middle) * mean`` of the two numbers that are returned.
    """
    middle = 0.5 * (start + end)
    change = end - start
    rate = np.empty(4)
    mean = 0.0
    for i in range(4):
        t = _THETA[i]
        bend = t * (1.0 - t) * (slope_start * (1.0 - t) - slope_end * t)
        z = min(max(start - middle + change * t * t * (3.0 - 2.0 * t) + bend, -4.0), 4.0) * 0.125
        e = 1.0 + z * (1.0 + z * (1 / 2 + z * (1 / 6 + z * (1 / 24 + z * (1 / 120 + z * (1 / 720))))))
        e *= e
        e *= e
        rate[i] = e * e
        mean += _SHARE[i] * rate[i]
    c_1, c_2, twice = 0.0, 0.0, 2.0 / mean
    for i in range(4):
        integral = 0.0
        for j in range(4):
            integral += _TO_INTEGRAL[i, j] * rate[j]
        v = integral * twice - 1.0
        c_1 += _SHARE[i] * v
        c_2 += _SHARE[i] * (1.5 * v * v - 0.5)
    moments[0], moments[1], moments[2] = 1.0, 3.0 * c_1, 5.0 * c_2
    slope = mean * exp(middle - end)
    rest = slope - 1.0 - moments[1] - moments[2]
    moments[4] = -(slope * slope * slope_end + 2.0 * moments[1] + 6.0 * moments[2] + 12.0 * rest) / 8.0
    moments[3] = rest - moments[4]
    return middle, mean


@kernel()
def _class_of(block, n_frozen, n_moving):
    """0 frozen, 1 moving, 2 fast."""
    return 0 if block < n_frozen else (1 if block < n_moving else 2)


@kernel()
def _reclassify(bounds, new_frozen, new_moving, weights, departure, standing, last_rung, chains, last, temperature):
    """Move blocks of modes between the classes.

    ``bounds`` holds the ends of the frozen and of the moving blocks, and the latter at the end of the last step that
    was accepted: blocks that are fast only in a step that is tried still have their departures.
    ``standing`` keeps the fictive temperature of frozen modes, its last two places their weighted sum and the sum of
    their weights.  ``last`` holds the moments of the last step, in K, and ``last_rung`` is ``chains log2 h`` of mode 0.
    """
    n = len(weights)
    low = min(bounds[0], new_frozen)
    high = max(bounds[1], new_moving)
    for block in range(low, high):
        before = _class_of(block, bounds[0], bounds[1])
        after = _class_of(block, new_frozen, new_moving)
        if before == after:
            continue
        for k in range(BLOCK * block, BLOCK * block + BLOCK):
            if before == 0:
                standing[n] -= weights[k] * standing[k]
                standing[n + 1] -= weights[k]
                departure[k] = standing[k] - temperature
            elif before == 2 and block >= bounds[2]:
                h = exp((last_rung + k) * LN_2 / chains)
                departure[k] = follow(h, last, 1.0, 1.0, 1.0, 1.0)[0]
            if after == 0:
                standing[k] = departure[k] + temperature
                standing[n] += weights[k] * standing[k]
                standing[n + 1] += weights[k]
    bounds[0], bounds[1] = new_frozen, new_moving
    if new_frozen == 0:
        standing[n] = standing[n + 1] = 0.0


@kernel(error_model="numpy")
def integrate(
    start_k, end_k, duration_s, ln_a, u_scale_k, x, weights, suffix, first, chains, ladder_h, lowest,
    tolerance, largest_change, node_time_s, node_k, node_fictive_k, node_rate_k_per_s, segment_end,
):  # fmt: skip
    """Integrate one parameter set along a program of ramps and holds.

    From equilibrium at ``start_k``, ``end_k`` and ``duration_s`` (S,) are the temperature at the end, and the duration,
    of each segment; ``u_scale_k`` is dh/R in K; ``weights, suffix, first, chains`` are the exponential sum as in
    `_expsum.Blocks`, ``ladder_h, lowest`` those of `modes.ladder`; ``tolerance`` is that of the extrapolation of
    dh/(R Tf) over a step, ``largest_change`` of L.

    Output, of shape (capacity,): time since the start of the segment that the node ends, temperature, fictive
    temperature, ``dTf/dt``; of shape (S,): node at which each segment ends.  Returns the number of the last node, or
    ``CAPACITY_EXCEEDED``.
    """
    n_modes = len(weights)
    n_blocks = n_modes // BLOCK
    old, new = np.zeros(n_modes), np.zeros(n_modes)
    standing = np.full(n_modes + 2, start_k)
    standing[n_modes] = start_k * suffix[0, 0]
    standing[n_modes + 1] = suffix[0, 0]
    bounds = np.array([n_blocks, n_blocks, n_blocks])
    moments, last = np.zeros(5), np.zeros(5)
    last_rung = 0.0
    rungs, rung_log = chains * LOG2_E, LN_2 / chains  # of the ladder in a unit of ln h, and ln h from one to the next
    t_0, tf_0, flow_0 = start_k, start_k, 0.0
    log_rate_0 = -ln_a - u_scale_k / start_k
    tf_past, flow_past, dt_past, rate_past = start_k, 0.0, 0.0, 0.0
    n, capacity = 0, len(node_k)
    node_time_s[0], node_k[0], node_fictive_k[0], node_rate_k_per_s[0] = 0.0, start_k, start_k, 0.0
    dt = 0.0
    for segment in range(len(end_k)):
        left = duration_s[segment]
        rate = (end_k[segment] - t_0) / left
        if segment == 0:
            # a liquid in which even the slowest mode follows the ramp has been on it all the time
            flow_0 = rate if _follows(log_rate_0, u_scale_k, rate, start_k, first, chains) else 0.0
            node_rate_k_per_s[0] = flow_0
        slope_0 = u_scale_k * (x * rate / (t_0 * t_0) + (1.0 - x) * flow_0 / (tf_0 * tf_0))
        if dt_past == 0.0 or abs(rate - rate_past) > 0.2 * max(abs(rate), abs(rate_past)):
            dt_past = 0.0
            dt = _FIRST_CHANGE / max(abs(slope_0), u_scale_k * abs(rate) / (t_0 * t_0), 1e-300)
        time, begin = 0.0, n
        while left > 0.0:
            # steps may be wider in the glass and in the relaxed liquid, where the signal is small
            lag = max(abs(flow_0 - rate), u_scale_k * abs(tf_0 - t_0) * abs(rate) / (t_0 * t_0))
            quiet = min(abs(flow_0), lag) / max(abs(rate), 1e-300)
            widest = largest_change * min(max(math.sqrt(math.sqrt(_QUIET / max(quiet, 1e-12))), 1.0), _QUIET_GROWTH)
            dt = min(dt, widest / max(abs(slope_0), 1e-300), _WIDEST * t_0 / max(abs(rate), 1e-300))
            # where nothing moves, no change of tau is too wide
            still = 0.0
            if flow_0 == 0.0 and bounds[0] == n_blocks:
                log_fastest = log_rate_0 + (first + n_modes) * LN_2 / chains
                still = _standstill(log_fastest, u_scale_k * x, rate, t_0, left)
            dt = max(dt, still)
            if dt > 0.999 * left:
                dt = left
            elif dt > 0.5 * left:
                dt = 0.5 * left
            while True:
                t_1 = end_k[segment] if dt == left else t_0 + rate * dt
                inverse = 1.0 / t_1
                if dt <= still:
                    tf_1, flow_1, error, y = tf_0, 0.0, 0.0, 0.0
                    log_rate_1 = -ln_a - u_scale_k * (x * inverse + (1.0 - x) / tf_1)
                    break
                if dt_past == 0.0:
                    tf_1, flow_1 = tf_0 + flow_0 * dt, flow_0
                else:  # the cubic through the last two nodes
                    q = 1.0 + dt / dt_past
                    tf_1 = (
                        (1.0 + 2.0 * q) * (1.0 - q) * (1.0 - q) * tf_past + q * q * (3.0 - 2.0 * q) * tf_0
                        + dt_past * q * (q - 1.0) * ((q - 1.0) * flow_past + q * flow_0)
                    )  # fmt: skip
                    flow_1 = (
                        6.0 * q * (q - 1.0) * (tf_past - tf_0) / dt_past
                        + (q - 1.0) * (3.0 * q - 1.0) * flow_past + q * (3.0 * q - 2.0) * flow_0
                    )  # fmt: skip
                # half-way to zero kelvin is far outside any solution: keeps a wild extrapolation harmless
                tf_1 = min(max(tf_1, 0.5 * tf_0), 2.0 * tf_0)
                inverse_tf = 1.0 / tf_1
                log_rate_1 = -ln_a - u_scale_k * (x * inverse + (1.0 - x) * inverse_tf)
                error, y = 0.0, 0.0
                for number in range(_PASSES):
                    slope_1 = u_scale_k * (
                        x * rate * inverse * inverse + (1.0 - x) * flow_1 * inverse_tf * inverse_tf
                    )  # fmt: skip
                    middle, mean = _reduced_time(log_rate_0, log_rate_1, slope_0 * dt, slope_1 * dt, moments)
                    per_mean = moments.sum()  # theta' at the end
                    moments *= t_1 - t_0
                    y = rungs * (middle + log(mean * dt))  # rung of dxi
                    rung = math.floor(y)
                    scale = exp((y - rung) * rung_log)
                    shift = first + int(rung)  # rung of mode 0
                    frozen = min(max((FROZEN * chains - shift) // BLOCK, 0), n_blocks)
                    moving = min(max(-((shift - FAST * chains) // BLOCK), frozen), n_blocks)
                    if frozen != bounds[0] or moving != bounds[1]:
                        _reclassify(
                            bounds, frozen, moving, weights, old, standing, last_rung, chains, last, t_0
                        )  # fmt: skip
                    quick = min(max((SLOW * chains - shift) // BLOCK, frozen), moving)
                    column = shift - lowest
                    advance_slow(old, BLOCK * frozen, BLOCK * quick, ladder_h, column, scale, moments, new)
                    advance_quick(old, BLOCK * quick, BLOCK * moving, ladder_h, column, scale, moments, new)
                    departure, flow = sums(new, weights, BLOCK * frozen, BLOCK * moving, ladder_h, column, scale)
                    departure += standing[n_modes] - standing[n_modes + 1] * t_1
                    if moving < n_blocks:
                        place = column + BLOCK * moving
                        on_ladder = place < len(ladder_h)
                        h = (ladder_h[place] if on_ladder else exp((shift + BLOCK * moving) * rung_log)) * scale
                        more, more_flow = follow(
                            h, moments, suffix[0, moving], suffix[1, moving], suffix[2, moving], suffix[3, moving]
                        )
                        departure += more
                        flow += more_flow
                    tf_guess, flow_guess = tf_1, flow_1
                    tf_1 = t_1 + departure
                    flow_1 = -flow / (per_mean * dt)
                    inverse_tf = 1.0 / tf_1
                    log_rate_1 = -ln_a - u_scale_k * (x * inverse + (1.0 - x) * inverse_tf)
                    if number == 0:
                        # either alone passes through zero by chance; for a smooth curve both say the same
                        error = max(abs(tf_1 - tf_guess), abs(flow_1 - flow_guess) * dt / 3.0)
                        # as a change of ln(tau), or of u where Tf is not far below the temperature
                        near = min(inverse_tf, 2.0 * inverse)
                        error *= u_scale_k * max((1.0 - x) * inverse_tf * inverse_tf, near * near)
                        if error < _ACCURATE * tolerance:
                            break
                if not error > _REJECT * tolerance or dt < _SHORTEST * duration_s[segment]:
                    break
                dt *= max(_SHRINK, _SAFETY * math.sqrt(math.sqrt(tolerance / error)))
            # a structure that runs away does so within the last bit of the time: that is one node
            if n == begin or (time + dt > time and (rate == 0.0 or t_1 != t_0)):
                n += 1
            if n >= capacity:
                return CAPACITY_EXCEEDED
            left = 0.0 if dt == left else left - dt
            time = duration_s[segment] if left == 0.0 else time + dt
            old, new = new, old
            last[:] = moments
            bounds[2] = bounds[1]
            last_rung = first + y
            tf_past, flow_past, dt_past, rate_past = tf_0, flow_0, dt, rate
            t_0, tf_0, flow_0, log_rate_0 = t_1, tf_1, flow_1, log_rate_1
            dt *= min(_GROWTH, _SAFETY * math.sqrt(math.sqrt(tolerance / max(error, 1e-3 * tolerance))))
            if dt_past < _SHORTEST * duration_s[segment] and tf_0 < t_0:
                old[:] = 0.0
                standing[n_modes:] = 0.0
                bounds[0], bounds[1], bounds[2] = 0, n_blocks, n_blocks
                tf_0, flow_0, dt_past = t_0, 0.0, 0.0
                log_rate_0 = -ln_a - u_scale_k / t_0
                dt = _FIRST_CHANGE * t_0 * t_0 / (u_scale_k * max(abs(rate), 1e-300))
            slope_0 = u_scale_k * (x * rate / (t_0 * t_0) + (1.0 - x) * flow_0 / (tf_0 * tf_0))
            node_time_s[n], node_k[n], node_fictive_k[n], node_rate_k_per_s[n] = time, t_0, tf_0, flow_0
        segment_end[segment] = n
    return n


@kernel()
def _follows(log_rate, u_scale_k, rate, temperature_k, first, chains):
    """Whether the slowest mode relaxes in much less than the time in which a ramp changes ln(tau) by one."""
    if rate == 0.0:
        return False
    log_time = log(temperature_k * temperature_k / (u_scale_k * abs(rate)))
    return first * LN_2 / chains + log_rate + log_time > FAST * LN_2


@kernel()
def _standstill(log_fastest, scale_k, rate, temperature_k, left):
    """For how long, up to ``left``, all modes of a structure that stands still will go on to do so.

    ``log_fastest`` is the logarithm of the rate of the fastest mode, which ``scale_k``, ``x dh/R``, changes by with
    ``-1/T``; ``rate`` and ``temperature_k`` are those of the piece that goes on.
    """
    room = FROZEN * LN_2 - log(left) - log_fastest
    if room <= 0.0:
        return 0.0
    if rate <= 0.0:
        return left
    inverse = 1.0 / temperature_k - room / scale_k
    return left if inverse <= 0.0 else min((1.0 / inverse - temperature_k) / rate, left)
