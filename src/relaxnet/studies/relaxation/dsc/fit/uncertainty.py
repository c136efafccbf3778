"""How well the unknowns are known: covariance, and intervals by the profile of chi2 where it is no parabola."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.threads import in_threads

from .forward import LAG
from .noise import Residuals, effective_sd, residuals_of
from .problem import MAX_LAG_K, SECANT_K, Problem, State
from .search import Optimum, search

Float = NDArray[np.float64]

# Relative half-widths of an interval by ln(dh/(R T0)), x and beta, beyond which chi2 need not be a parabola; and
# distances from an end of the range, in standard deviations, within which it is cut.
_NARROW = {1: 0.08, 2: 0.08, 3: 0.06}
_NEAR_END = 3.0
_MOST_ROUNDS = 6
_CLOSE = 0.08  # of the wanted increase of chi2
_FEWEST_FREEDOM = 2.0
_SIGNS = (-1.0, 1.0)  # of the lower end and of the upper one
NORMAL_95 = 1.6448536269514722


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Of the unknowns of a point.

    Attributes
    ----------
    covariance : ndarray, shape (size, size)
        0 for what is fixed.  Of profiled unknowns the variance is that of their intervals: at a bound, or where chi2 is
        no parabola, its curvature says little of how far they may be off.
    ends : ndarray, shape (size, 2, size)
        Points at both ends of the 90 % interval of ln(dh/(R T0)), x and beta (rows 1 to 3).
    profiled : frozenset of int
        Rows whose ends are those of a profile of chi2.
    derivatives : ndarray, shape (size, points)
        Of cp_n.
    residuals : list of Residuals
    freedom : float
        Effective number of points beyond the unknowns.
    inflation : float
        Factor by which correlated residuals widen the standard deviations.
    """

    covariance: Float
    ends: Float
    profiled: frozenset[int]
    derivatives: Float
    residuals: list[Residuals]
    freedom: float
    inflation: float


def uncertainty(problem: Problem, best: Optimum, white: Float) -> Uncertainty:
    """Uncertainty at an optimum whose scans are weighted by what is left of them."""
    from scipy.special import stdtrit

    found = residuals_of(problem, best.state, white)
    sd = effective_sd(found)
    correlated = np.array([one.correlated for one in found])
    if problem.options.noise is not None:
        sd = problem.options.noise * np.sqrt(correlated) * [one.step for one in found]
    old, sd_factor = problem.sd, sd / problem.sd
    counts = np.array([len(scan.signal) for scan in problem.scans])
    lines = sum(0 if scan.lines_known else 4 for scan in problem.scans)
    independent = float(np.sum(counts / correlated))
    freedom = max(independent - lines - len(problem.free), _FEWEST_FREEDOM)
    derivatives = _exact(problem, best)
    jacobian = problem.jacobian(best.state, derivatives)
    covariance = _covariance(problem, best.state, jacobian / np.repeat(sd_factor, counts)[:, None])
    sd_lag, lag = float(np.sqrt(covariance[LAG, LAG])), best.state.point[LAG]
    if sd_lag > 0.5 * max(lag, SECANT_K):
        # smearing goes with the square of the lag: the secant to one standard deviation
        step_k = min(float(np.sqrt(max(SECANT_K, lag) * sd_lag)), MAX_LAG_K)
        derivatives[LAG] = problem.lag_derivative(best.state, step_k)
        jacobian = problem.jacobian(best.state, derivatives)
        covariance = _covariance(problem, best.state, jacobian / np.repeat(sd_factor, counts)[:, None])
    flat = _covariance(problem, best.state, jacobian / np.repeat(sd_factor / np.sqrt(correlated), counts)[:, None])
    shares = np.diag(covariance)[1:4] / np.maximum(np.diag(flat)[1:4], 1e-300)
    inflation = float(np.sqrt(np.max(shares[np.diag(flat)[1:4] > 0], initial=1.0)))
    # standard deviations of the normal distribution that is as wide as Student's
    student = float(stdtrit(freedom, 0.95))
    covariance *= (student / NORMAL_95) ** 2
    problem.set_scale(sd * student / NORMAL_95)
    state = problem.state_again(best.state)
    ends, profiled = _intervals(problem, state, derivatives, covariance, NORMAL_95)
    problem.set_scale(old)
    covariance = _as_wide_as(covariance, state.point, ends, profiled)
    return Uncertainty(covariance, ends, profiled, derivatives, found, freedom, inflation)


def sd_of_interval(value: float, low: float, high: float) -> float:
    """Standard deviation about ``value`` of two halves of normal distributions that meet there, by their 90 % interval.

    Examples
    --------
    >>> round(sd_of_interval(1.0, 1.0 - 1.645, 1.0 + 1.645), 3), round(sd_of_interval(1.0, 1.0 - 1.645, 1.0), 3)
    (1.0, 1.0)
    """
    below, above = value - low, high - value
    return float(np.sqrt(below**2 - below * above + above**2)) / NORMAL_95


def _as_wide_as(covariance: Float, point: Float, ends: Float, profiled: frozenset[int]) -> Float:
    """The covariance with the standard deviations of profiled intervals, and the correlations that it had."""
    factor = np.ones(len(point))
    for k in profiled:
        factor[k] = sd_of_interval(point[k], ends[k, 0, k], ends[k, 1, k]) / np.sqrt(covariance[k, k])
    return np.asarray(covariance * np.outer(factor, factor))


def _exact(problem: Problem, best: Optimum) -> Float:
    try:
        return problem.derivatives(best.state, central=True)
    except InvalidInputError:
        return best.derivatives


def _covariance(problem: Problem, state: State, jacobian: Float) -> Float:
    embed = problem.embed(state.point)
    matrix = jacobian.T @ jacobian + embed.T @ (problem.prior[:, None] * embed)
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    half = vectors / np.sqrt(np.maximum(values, 1e-13))
    inner = (half @ half.T) / np.outer(scale, scale)
    return np.asarray(embed @ inner @ embed.T)


def _intervals(
    problem: Problem, state: State, derivatives: Float, covariance: Float, z: float
) -> tuple[Float, frozenset[int]]:
    """Points at both ends of the intervals of rows 1 to 3 of a point, and which rows are profiled."""
    sd = np.sqrt(np.diag(covariance))
    ends = np.zeros((problem.size, 2, problem.size))
    ends[:] = state.point
    profiled = list[tuple[int, int]]()
    for k in (1, 2, 3):
        if not sd[k] > 0:
            continue
        value = state.point[k]
        wide = z * sd[k] / (1.0 if k == 1 else value) > _NARROW[k]
        near = min(value - problem.low[k], problem.high[k] - value) < _NEAR_END * sd[k]
        for side, sign in enumerate(_SIGNS):
            if wide or near:
                profiled.append((k, side))
            else:
                ends[k, side] = state.point + sign * z / sd[k] * covariance[:, k]

    def run(part: slice) -> Float:
        k, side = profiled[part.start]
        return _profile(problem, state, derivatives, covariance, k, _SIGNS[side], z)

    for place, end in zip(profiled, in_threads(run, len(profiled), 1, problem.options.workers), strict=True):
        ends[place] = end
    return ends, frozenset(k for k, _ in profiled)


def _profile(
    problem: Problem, state: State, derivatives: Float, covariance: Float, k: int, sign: float, z: float
) -> Float:  # fmt: skip
    """Point at which chi2, lowest by all else, has risen by ``z**2``; or at the end of the range."""
    end = problem.high[k] if sign > 0 else problem.low[k]
    room = abs(end - state.point[k])
    shape = sign * covariance[:, k] / covariance[k, k]  # a change of the unknown by one takes the others along
    distance, low, high = z * float(np.sqrt(covariance[k, k])), 0.0, np.inf
    # where nothing beside the optimum can be simulated nothing tells how far the interval reaches but its curvature
    point = np.clip(state.point + distance * shape, problem.low, problem.high)
    for _ in range(_MOST_ROUNDS):
        distance = min(distance, room)
        found = _lowest(problem, state.point + distance * shape, derivatives, k)
        if found is None:  # beyond what can be simulated
            high, distance = distance, 0.5 * (low + distance)
            continue
        rise = found.cost - state.cost
        point = found.point
        if abs(rise / z**2 - 1.0) < _CLOSE or (rise < z**2 and distance >= room):
            break
        low, high = (distance, high) if rise < z**2 else (low, distance)
        if distance > 0:
            shape = (point - state.point) / distance
        guess = distance * z / np.sqrt(max(rise, 0.1 * z**2))
        distance = guess if low < guess < high else 0.5 * (low + min(high, 2.0 * guess))
    return np.asarray(point)


def _lowest(problem: Problem, point: Float, derivatives: Float, k: int) -> State | None:
    """Optimum of all unknowns but one, from a point on; None where it cannot be simulated."""
    found = search(problem.holding(k), point, derivatives=derivatives)
    return found.state if found else None
