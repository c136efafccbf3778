"""Kernels of the refinement: features of scans, and a linearised fit of emulated to measured scans.

A state has five columns: reference temperature in K and u (both at 10 K/min), x, beta, and the thermal lag at 10 K/min
in units of T_ref/u.
"""

import numpy as np

from ..physics.kernels.compiling import kernel
from .reduced import HIGHEST_LAG, LOWEST_LAG

# Estimates may differ in their last bits between processors; data may not.
# No flag that takes infinities or NaN for impossible.
FAST = {"error_model": "numpy", "fastmath": {"reassoc", "contract", "arcp", "afn", "nsz"}}
# of T_ref u/T_ref, ln u, x, beta, lag: for differences of emulated scans, larger than the ripples of the network
STEPS = (0.03, 0.03, 0.02, 0.02, 0.06)
FARTHEST = (1.5, 0.3, 0.2, 0.2, 0.3)  # a step of the refinement, in the same units
NEWTON_STEPS = 3
STALLED = 0.5  # promised decrease of chi2/2 that is not worth another try, where a step did not keep the promise


@kernel(**FAST)
def at_rate(u, ln_rate):
    """The u at the reference temperature of another heating rate; ln_rate is relative to that of u."""
    if ln_rate == 0.0:
        return u
    rest = -u - 2.0 * np.log(u) + ln_rate
    other = u - ln_rate / (1.0 + 2.0 / u)
    for _ in range(NEWTON_STEPS):
        other -= (rest + other + 2.0 * np.log(other)) / (1.0 + 2.0 / other)
    return other


@kernel(**FAST)
def moved(state, column, out):
    """The state a step further in one column (none for -1); back, where that would leave the range of the networks."""
    out[:] = state
    if column < 0:
        return 0.0
    step = STEPS[column]
    if column >= 2 and state[column] + step > (HIGHEST_LAG if column == 4 else 1.0):
        step = -step
    if column == 0:
        out[0] += step * state[0] / state[1]
    elif column == 1:
        out[1] *= np.exp(step)
    else:
        out[column] += step
    return step


@kernel(**FAST)
def scan_features(u, x, beta, ln_cooling, lag, out):
    """Input of the scan network, each of the order of 1."""
    out[0] = 40.0 / u - 0.35
    out[1] = np.log(u / 120.0)
    out[2] = (x - 0.6) / 0.25
    out[3] = (beta - 0.6) / 0.25
    out[4] = ln_cooling / 1.7
    out[5] = lag / 0.3 - 0.8
    out[6] = 1.0 / beta - 2.0
    out[7] = np.sqrt(max(1.05 - beta, 0.0)) - 0.6
    out[8] = 1.0 / x - 2.0


@kernel(**FAST)
def features(states, cooling, heating, variants, out):
    """Features of all scans of all states (n, 5), and of each with a column moved a step if ``variants`` is 5.

    The first column, the reference temperature, is no feature, so its neighbour is the state itself.

    ``out`` has the shape (n, variants, scans, features).
    """
    other = np.empty(5)
    for q in range(len(states)):
        for variant in range(variants):
            moved(states[q], variant if variant else -1, other)
            for s in range(cooling.shape[1]):
                u = at_rate(other[1], heating[q, s])
                # the lag, a time, is a temperature proportional to the rate; T_ref/u changes with u**-2
                lag = other[4] * np.exp(heating[q, s]) * (u / other[1]) ** 2
                lag = min(max(lag, LOWEST_LAG), HIGHEST_LAG)
                scan_features(u, other[2], other[3], cooling[q, s], lag, out[q, variant, s])


@kernel(**FAST)
def _axis(state, ln_rate):
    """Of a scan: u, T_ref, and stretch and ends of its axis, see `reduced.axis_limits`."""
    u = at_rate(state[1], ln_rate)
    x, beta = state[2], state[3]
    stretch = 1.0 / beta - 0.4
    low = np.arcsinh((5.0 + 6.6 / (x * beta)) / stretch)
    high = np.arcsinh((6.9 + 1.6 / beta) / stretch)
    return u, state[0] * state[1] / u, stretch, -low, high


@kernel(**FAST)
def _cubic(f):
    """Weights of cubic interpolation at ``f`` from the second of four points towards the third."""
    return (
        -f * (f - 1.0) * (f - 2.0) / 6.0,
        (f + 1.0) * (f - 1.0) * (f - 2.0) / 2.0,
        -(f + 1.0) * f * (f - 2.0) / 2.0,
        (f + 1.0) * f * (f - 1.0) / 6.0,
    )


@kernel(**FAST)
def _cubic_slopes(f):
    """Derivatives of `_cubic`."""
    return (
        -(3.0 * f * f - 6.0 * f + 2.0) / 6.0,
        (3.0 * f * f - 4.0 * f - 1.0) / 2.0,
        -(3.0 * f * f - 2.0 * f - 2.0) / 2.0,
        (3.0 * f * f - 1.0) / 6.0,
    )


@kernel(**FAST)
def compare(state, curves, temperature_k, spread_k2, cp_n, weight, heating, residual, jacobian):
    """Residuals of one sample, shape (scans, bins), and with five curves a scan their derivatives (5, scans, bins).

    ``curves`` has the shape (variants, scans, points): the emulated scans of the state and of its neighbours.
    Derivatives are those of the signal by the steps of `moved`.  A bin holds the mean of the signal over its points, of
    the variance ``spread_k2`` in temperature: the signal at their mean, and half its second derivative.
    """
    variants, scans, points = curves.shape
    columns = 5 if variants > 1 else 0
    other, per_step = np.empty(5), np.empty(5)
    by_one, by_inverse, by_z, by_low, by_place = np.empty(5), np.empty(5), np.empty(5), np.empty(5), np.empty(5)
    for s in range(scans):
        u, reference_k, stretch, low, high = _axis(state, heating[s])
        per_v, per_stretch = (points - 1) / (high - low), 1.0 / stretch
        z_low, z_high = stretch * np.sinh(low), stretch * np.sinh(high)
        for column in range(columns):
            per_step[column] = 1.0 / moved(state, column, other)
            u_k, reference_k_k, stretch_k, low_k, high_k = _axis(other, heating[s])
            # the neighbour's place on the axis is that of the state, moved by a linear function of 1/T, z and the place
            by_one[column] = u_k - u
            by_inverse[column] = -(u_k * reference_k_k - u * reference_k)
            by_z[column] = -(stretch_k - stretch) / stretch
            by_low[column] = low_k - low
            by_place[column] = ((high_k - low_k) - (high - low)) / (high - low)
        for p in range(temperature_k.shape[1]):
            residual[s, p] = 0.0
            if variants > 1:
                jacobian[:, s, p] = 0.0
            if weight[s, p] == 0.0:
                continue
            t = temperature_k[s, p]
            per_t = 1.0 / t
            z = u * (1.0 - reference_k * per_t)
            if z <= z_low:
                residual[s, p] = cp_n[s, p]
                continue
            if z >= z_high:
                residual[s, p] = cp_n[s, p] - 1.0
                continue
            root = np.sqrt(z * z + stretch * stretch)
            per_root = 1.0 / root
            v = np.log((abs(z) + root) * per_stretch)  # arcsinh of |z|/stretch
            place = ((v if z > 0.0 else -v) - low) * per_v
            # the middle of four points that are there
            middle = min(max(place, 1.0), points - 2.001)
            first = int(middle) - 1
            f = middle - first - 1.0
            per_k = per_v * per_root * u * reference_k * per_t * per_t
            bend = 0.5 * spread_k2[s, p] * per_k * per_k
            a, b, c, d = _cubic(f)
            a, b = a + bend * (1.0 - f), b + bend * (3.0 * f - 2.0)
            c, d = c + bend * (1.0 - 3.0 * f), d + bend * f
            at_a, at_b = curves[0, s, first], curves[0, s, first + 1]
            at_c, at_d = curves[0, s, first + 2], curves[0, s, first + 3]
            value = a * at_a + b * at_b + c * at_c + d * at_d
            residual[s, p] = cp_n[s, p] - value
            if not columns:
                continue
            slope_a, slope_b, slope_c, slope_d = _cubic_slopes(f)
            slope = slope_a * at_a + slope_b * at_b + slope_c * at_c + slope_d * at_d
            for column in range(5):
                other_value = a * curves[column, s, first] + b * curves[column, s, first + 1]
                other_value += c * curves[column, s, first + 2] + d * curves[column, s, first + 3]
                dv = (by_one[column] + by_inverse[column] * per_t + z * by_z[column]) * per_root
                shift = per_v * (dv - by_low[column]) - place * by_place[column]
                jacobian[column, s, p] = (other_value - value + slope * shift) * per_step[column]


@kernel(**FAST)
def normal_matrix(jacobian, weight, matrix):
    """Sum over all points ``J W J'``, shape (5, 5)."""
    matrix[:] = 0.0
    for s in range(weight.shape[0]):
        for p in range(weight.shape[1]):
            w = weight[s, p]
            if w > 0.0:
                for i in range(5):
                    for j in range(i + 1):
                        matrix[i, j] += w * jacobian[i, s, p] * jacobian[j, s, p]
    for i in range(5):
        for j in range(i):
            matrix[j, i] = matrix[i, j]


@kernel(**FAST)
def project(jacobian, weight, residual, gradient):
    """Sum over all points ``J W r``, shape (5,)."""
    gradient[:] = 0.0
    for s in range(weight.shape[0]):
        for p in range(weight.shape[1]):
            w = weight[s, p] * residual[s, p]
            if w != 0.0:
                for i in range(5):
                    gradient[i] += w * jacobian[i, s, p]


@kernel(**FAST)
def solve(a, b, out):
    """Solve ``a out = b`` for a symmetric, positive definite ``a`` (5, 5) by Cholesky's method; spoils ``a``."""
    for j in range(5):
        for k in range(j):
            a[j, j] -= a[j, k] * a[j, k]
        a[j, j] = np.sqrt(max(a[j, j], 1e-300))
        for i in range(j + 1, 5):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] /= a[j, j]
    for i in range(5):
        out[i] = b[i]
        for k in range(i):
            out[i] -= a[i, k] * out[k]
        out[i] /= a[i, i]
    for j in range(5):
        i = 4 - j
        for k in range(i + 1, 5):
            out[i] -= a[k, i] * out[k]
        out[i] /= a[i, i]


@kernel(**FAST)
def bounded_step(state, matrix, gradient, lowest, highest, step):
    """Minimum of the quadratic form within the bounds: columns that would leave them are held there, one after another.

    ``step`` (5,) is in the units of `moved`.  Returns the decrease that the quadratic form promises.
    """
    held = np.zeros(5, np.bool_)
    step[:] = 0.0
    for _ in range(4):
        a, b = matrix.copy(), gradient.copy()
        for i in range(5):
            if held[i]:
                for j in range(5):
                    if not held[j]:
                        b[j] -= matrix[j, i] * step[i]
        for i in range(5):
            if held[i]:
                a[i, :], a[:, i] = 0.0, 0.0
                a[i, i], b[i] = 1.0, step[i]
        solve(a, b, step)
        worst, by = -1, 1e-12
        for i in range(2, 5):
            if not held[i]:
                beyond = max(state[i] + step[i] - highest[i], lowest[i] - state[i] - step[i])
                if beyond > by:
                    worst, by = i, beyond
        if worst < 0:
            break
        held[worst] = True
        bound = highest[worst] if state[worst] + step[worst] > highest[worst] else lowest[worst]
        step[worst] = bound - state[worst]
    promised = 0.0
    for i in range(5):
        promised += step[i] * gradient[i]
        for j in range(5):
            promised -= 0.5 * step[i] * step[j] * matrix[i, j]
    return promised


@kernel(**FAST)
def advance(state, step, lowest, highest):
    """Move a state by a step in the units of `moved`, shortened where the linear picture would not hold so far.

    Returns how far it went, as a share of the farthest that it may.
    """
    farthest = 0.0
    for i in range(5):
        farthest = max(farthest, abs(step[i]) / FARTHEST[i])
    share = 1.0 / max(farthest, 1.0)
    state[0] *= 1.0 + share * step[0] / state[1]
    state[1] = min(max(state[1] * np.exp(share * step[1]), lowest[1]), highest[1])
    for i in range(2, 5):
        state[i] = min(max(state[i] + share * step[i], lowest[i]), highest[i])
    return share * farthest


@kernel(**FAST)
def advance_all(
    active, curves, temperature_k, spread_k2, cp_n, weight, heating, prior, prior_weight, lowest, highest,
    states, best, chi2, jacobians, matrices, gradients, damping, decrease, travelled, age,
):  # fmt: skip
    """Judge the states of the samples ``active`` by their emulated scans ``curves``, and move them a step further.

    A state with a smaller chi2 than any before becomes the ``best`` one; another is given up, and the step from the
    best is damped more (Levenberg, Marquardt).  With ``curves`` of five variants the derivatives are renewed, with
    those of the state alone the last ones serve once more; ``travelled`` sums up how far states went since, and ``age``
    counts the better states since.  Where a step fails with derivatives from elsewhere, they are taken anew at the best
    state, for which ``age`` is -1.
    """
    scans, bins = weight.shape[1:]
    residual, step = np.empty((scans, bins)), np.empty(5)
    fresh = np.empty((5, scans, bins), np.float32)
    for a in range(len(active)):
        q = active[a]
        data = temperature_k[q], spread_k2[q], cp_n[q], weight[q], heating[q]
        compare(states[q], curves[a], *data, residual, fresh)
        found = 0.0
        for s in range(scans):
            for p in range(bins):
                found += weight[q, s, p] * residual[s, p] * residual[s, p]
        for i in range(2, 5):
            found += prior_weight[q, i] * (states[q, i] - prior[q, i]) ** 2
        if found <= chi2[q] or age[q] < 0:
            chi2[q] = found
            age[q] = 0 if curves.shape[1] > 1 else age[q] + 1
            best[q] = states[q]
            damping[q] *= 0.1
            if curves.shape[1] > 1:
                jacobians[q] = fresh
                normal_matrix(fresh, weight[q], matrices[q])
                for i in range(5):
                    matrices[q, i, i] += prior_weight[q, i]
                travelled[q] = 0.0
            project(jacobians[q], weight[q], residual, gradients[q])
            for i in range(2, 5):
                gradients[q, i] += prior_weight[q, i] * (prior[q, i] - states[q, i])
        elif decrease[q] < STALLED:
            states[q], decrease[q], travelled[q] = best[q], 0.0, 0.0
            continue
        elif age[q] > 0:
            states[q], age[q], travelled[q] = best[q], -1, np.inf
            continue
        else:
            damping[q] = max(10.0 * damping[q], 1e-2)
        matrix = matrices[q].copy()
        for i in range(5):
            matrix[i, i] *= 1.0 + damping[q]
        states[q] = best[q]
        decrease[q] = bounded_step(states[q], matrix, gradients[q], lowest, highest, step)
        travelled[q] += advance(states[q], step, lowest, highest)


@kernel(**FAST)
def promised(states, matrices, gradients, lowest, highest):
    """Decrease of chi2/2 that an undamped step would still bring, shape (n,)."""
    out, step = np.empty(len(states)), np.empty(5)
    for q in range(len(states)):
        out[q] = bounded_step(states[q], matrices[q], gradients[q], lowest, highest, step)
    return out
