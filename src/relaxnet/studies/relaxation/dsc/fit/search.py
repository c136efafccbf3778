"""Levenberg and Marquardt's search with bounds, on derivatives that are renewed only where they no longer hold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from .forward import OFFSETS
from .problem import Problem, State

Float = NDArray[np.float64]

_MOST_TRIALS = 60
_FARTHEST = np.array([1.5, 0.3, 0.2, 0.2, 3.0])  # a step by the coordinates and the lag in K
_FARTHEST_OFFSET_K = 3.0
# Decrease of chi2 that a step still promises, in units of the variance of a residual, that is not worth it: 1/100 of a
# standard deviation.  Residuals smaller than the error of the simulator are none.
_PROMISE, LEAST_SD = 1e-4, 2e-5
# Derivatives serve on up to this share of the farthest step, and while no more of a promise is not kept.
_KEPT = 0.25, 0.35


class Optimum(NamedTuple):
    """Where a search ended, with the derivatives of cp_n used last, and whether it is an optimum."""

    state: State
    derivatives: Float
    converged: bool
    trials: int


def search(problem: Problem, first: Float, *, derivatives: Float | None = None) -> Optimum | None:
    """Optimum that a point leads to; None where it, or what surrounds it, cannot be simulated."""
    try:
        state = problem.state(np.clip(problem.fixed(first), problem.low, problem.high))
        current = problem.derivatives(state) if derivatives is None else derivatives
        return _search(problem, state, current, fresh=derivatives is None)
    except InvalidInputError:
        return None


def _search(problem: Problem, state: State, derivatives: Float, *, fresh: bool) -> Optimum:
    damping, travelled = 1e-4, 0.0
    trials, converged = 0, False
    points = len(state.flat)
    farthest = np.full(problem.size, _FARTHEST_OFFSET_K)
    farthest[:OFFSETS] = _FARTHEST
    system = _system(problem, state, derivatives)
    while trials < _MOST_TRIALS:
        step, promised = _bounded_step(problem, state.point, *system, damping)
        variance = max((state.cost / points), (LEAST_SD / problem.sd.min()) ** 2)
        if promised <= _PROMISE * variance:
            if fresh or travelled < _KEPT[0] * 0.2:
                converged = True
                break
            derivatives, fresh, travelled = problem.derivatives(state), True, 0.0
            system = _system(problem, state, derivatives)
            continue
        length = float(np.max(np.abs(step) / farthest))
        share = 1.0 / max(length, 1.0)
        trial = problem.fixed(np.clip(state.point + share * step, problem.low, problem.high))
        trials += 1
        try:
            found = problem.state(trial)
            gain = (state.cost - found.cost) / promised
        except InvalidInputError:
            gain = -1.0
        if gain <= 0.0:
            if not fresh:
                derivatives, fresh, travelled = problem.derivatives(state), True, 0.0
                system = _system(problem, state, derivatives)
            elif abs(gain) * promised < 1e-3 * variance:  # the last bits of the simulator
                converged = True
                break
            elif damping > 1e8:
                break
            else:
                damping = max(10.0 * damping, 1e-3)
            continue
        state = found
        travelled += share * length
        expected = 1.0 if share == 1.0 else share * (2.0 - share)
        damping = max(0.1 * damping, 1e-9) if gain > 0.5 * expected else damping
        if travelled > _KEPT[0] or abs(gain / expected - 1.0) > _KEPT[1]:
            derivatives, fresh, travelled = problem.derivatives(state), True, 0.0
        else:
            fresh = False
        system = _system(problem, state, derivatives)
    return Optimum(state, derivatives, converged, trials)


def _system(problem: Problem, state: State, derivatives: Float) -> tuple[Float, Float]:
    """Normal matrix and gradient by the free unknowns."""
    jacobian, embed = problem.jacobian(state, derivatives), problem.embed(state.point)
    matrix = jacobian.T @ jacobian + embed.T @ (problem.prior[:, None] * embed)
    gradient = jacobian.T @ state.flat + embed.T @ (problem.prior * state.point)
    return matrix, gradient


def _bounded_step(
    problem: Problem, point: Float, matrix: Float, gradient: Float, damping: float
) -> tuple[Float, float]:
    """Step of a whole point that minimises the damped quadratic form within the bounds, and its promise."""
    free, count = problem.free, len(gradient)
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    damped = matrix + np.diag(damping * scale**2 + 1e-14 * scale**2)
    low, high = (limit[free] - point[free] for limit in (problem.low, problem.high))
    held, step = np.zeros(count, dtype=np.bool_), np.zeros(count)
    for _ in range(count):
        move = ~held
        if not move.any():
            break
        right = -gradient[move] - damped[np.ix_(move, held)] @ step[held]
        inner = damped[np.ix_(move, move)] / np.outer(scale[move], scale[move])
        try:
            step[move] = np.linalg.solve(inner, right / scale[move]) / scale[move]
        except np.linalg.LinAlgError:
            step[move] = right / (scale[move] ** 2 * (1.0 + damping))
        beyond = np.maximum(step - high, low - step)
        beyond[held] = -np.inf
        worst = int(np.argmax(beyond))
        if beyond[worst] <= 1e-12:
            break
        held[worst] = True
        step[worst] = high[worst] if step[worst] > high[worst] else low[worst]
    promised = float(-2.0 * gradient @ step - step @ matrix @ step)
    return problem.embed(point) @ step, promised
