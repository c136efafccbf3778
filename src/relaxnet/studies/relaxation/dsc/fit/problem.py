"""The least-squares problem of a sample: residuals with the lines eliminated, their derivatives, what is known before.

Glass and liquid line enter linearly.  They are fitted for every trial of the other unknowns (variable projection), so
that the search sees only the unknowns that are not linear; Kaufman's derivatives leave out a term of the order of the
residuals.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ...physics import GAS_CONSTANT
from ...physics.parameters import PARAMETER_NAMES, RANGES
from ...physics.trajectories import Solution
from .forward import LAG, OFFSETS, Forward
from .options import FitOptions
from .sample import FitScan

Float = NDArray[np.float64]

MAX_LAG_K = 50.0
OFFSET_SD_K, LAG_SD_K = 1.0, 2.5  # what is known before: of the temperature of a run; of the lag at the median rate
HUBER = 1.345  # standard deviations, beyond which a point counts less
# Steps of the differences by ln tau, ln(dh/(R T0)), x and beta (the latter in shares of their value), lag, and errors
# of the temperature in shares of R T0**2/dh.
_STEPS = (6e-3, 6e-3, 3e-3, 3e-3, 1e-2)
_OFFSET_STEP = 0.02
SECANT_K = 0.3  # lag below which its derivative is a secant
_U_RANGE = (2.0, 4000.0)


@dataclass(frozen=True, eq=False)
class State:
    """The sample at a point: cp_n, lines and weighted residuals (model minus signal) of every scan."""

    point: Float
    solutions: list[Solution]
    cp_n: list[Float]
    bases: list[Float | None]
    lines: list[Float]
    residuals: list[Float]
    cost: float

    @property
    def flat(self) -> Float:
        """All residuals, shape (points,)."""
        return np.concatenate(self.residuals)


class Problem:
    """Residuals of a sample and their derivatives by the free unknowns.

    ``weights`` are the inverse standard deviations of each scan's points in units of its step; robust ones change with
    the residuals.  A point has the layout of `forward.Layout`; ``embed`` turns changes of the free unknowns into
    changes of a point.
    """

    def __init__(self, scans: Sequence[FitScan], forward: Forward, options: FitOptions) -> None:
        self.scans, self.forward, self.options = scans, forward, options
        layout = forward.layout
        self.size = layout.size
        self.weights = [np.ones(len(scan.signal)) for scan in scans]
        self.low = np.full(self.size, -np.inf)
        self.high = np.full(self.size, np.inf)
        self.low[:LAG] = -80.0, np.log(_U_RANGE[0]), RANGES["x"][0], RANGES["beta"][0]
        self.high[:LAG] = 80.0, np.log(_U_RANGE[1]), RANGES["x"][1], RANGES["beta"][1]
        self.low[LAG], self.high[LAG] = 0.0, MAX_LAG_K
        if options.lag != "auto" and float(options.lag) * layout.lag_k_per_s > MAX_LAG_K:
            most_s = MAX_LAG_K / layout.lag_k_per_s
            raise InvalidInputError("lag", options.lag, f"at most {most_s:.4g} s, {MAX_LAG_K:g} K at this heating rate")
        self.prior = np.zeros(self.size)  # inverse variances around 0
        self.prior[OFFSETS:] = OFFSET_SD_K**-2
        if options.lag == "auto":
            self.prior[LAG] = LAG_SD_K**-2
        self.free = self._free()
        self.set_scale(np.ones(len(scans)))

    def _free(self) -> NDArray[np.int64]:
        taken = {k for k, name in enumerate(PARAMETER_NAMES) if name in self.options.fix}
        taken |= {LAG} if self.options.lag != "auto" else set()
        return np.array([k for k in range(self.size) if k not in taken])

    def holding(self, k: int) -> Problem:
        """The same problem with one unknown less."""
        other = copy(self)
        other.free = self.free[self.free != k]
        return other

    def weighted(self, weights: list[Float]) -> Problem:
        """The same problem with other weights of its points."""
        other = copy(self)
        other.weights = weights
        return other

    def set_scale(self, sd: Float) -> None:
        """Standard deviation of the points of each scan, in units of the step."""
        self.sd = np.asarray(sd, dtype=np.float64)

    def fixed(self, point: Float) -> Float:
        """The point with what is fixed put in its place."""
        out, fix = point.copy(), self.options.fix
        if self.options.lag != "auto":
            out[LAG] = float(self.options.lag) * self.forward.layout.lag_k_per_s
        if "dh_j_per_mol" in fix:
            out[1] = np.log(fix["dh_j_per_mol"] / (GAS_CONSTANT * self.t0_k))
        if "ln_a" in fix:
            out[0] = fix["ln_a"] + np.exp(out[1])
        out[2], out[3] = fix.get("x", out[2]), fix.get("beta", out[3])
        return out

    @property
    def t0_k(self) -> float:
        """Reference temperature of the coordinates."""
        return float(self.forward.layout.coordinates.t0_k)

    def embed(self, point: Float) -> Float:
        """Changes of a point by those of the free unknowns, shape (size, free)."""
        out = np.zeros((self.size, len(self.free)))
        out[self.free, np.arange(len(self.free))] = 1.0
        if "ln_a" in self.options.fix and 1 in self.free:
            out[0, list(self.free).index(1)] = np.exp(point[1])  # ln tau follows dh
        return out

    def state(self, point: Float) -> State:
        """Residuals at a point; `InvalidInputError` where it cannot be simulated."""
        return self._state(point, *self._solved(point))

    def _solved(self, point: Float) -> tuple[list[Solution], list[Float]]:
        solutions = self.forward.solve(point)
        return solutions, self.forward.at(solutions, point)

    def _state(self, point: Float, solutions: list[Solution], cp_n: list[Float]) -> State:
        from ._kernels import eliminate

        bases, lines, residuals = list[Float | None](), list[Float](), list[Float]()
        for scan, values, weights, sd in zip(self.scans, cp_n, self.weights, self.sd, strict=True):
            weight = weights / sd
            if scan.lines_known:
                bases.append(None)
                lines.append(np.array([0.0, 0.0, 1.0, 0.0]))
                residuals.append(weight * (values - scan.signal))
                continue
            basis, found, left = np.empty((4, len(values))), np.empty(4), np.empty(len(values))
            eliminate(values, scan.place, scan.signal, weight, basis, found, left)
            bases.append(basis)
            lines.append(found)
            residuals.append(left)
        cost = float(sum(left @ left for left in residuals) + self.prior @ point**2)
        if not np.isfinite(cost):
            raise InvalidInputError("point", point.tolist(), "one that can be simulated")
        return State(point, solutions, cp_n, bases, lines, residuals, cost)

    def state_again(self, state: State) -> State:
        """The same point with other weights."""
        return self._state(state.point, state.solutions, state.cp_n)

    def derivatives(self, state: State, *, central: bool = False) -> Float:
        """Derivatives of cp_n by all unknowns of a point, shape (size, points); 0 for those that are fixed."""
        point, steps = state.point, self._steps(state.point)
        moving = [k for k in range(self.size) if k in self.free or (k == 0 and "ln_a" in self.options.fix)]
        trials, plan = list[Float](), dict[int, list[tuple[int, float]]]()
        for k in moving:
            if k == LAG:
                continue
            sides = [1.0, -1.0] if central else [1.0]
            if point[k] + steps[k] > self.high[k]:
                sides = [-1.0]
            if point[k] - steps[k] < self.low[k]:
                sides = [1.0]
            plan[k] = []
            for side in sides:
                moved = point.copy()
                moved[k] += side * steps[k]
                plan[k].append((len(trials), side * steps[k]))
                trials.append(moved)
        values = self.forward.many(trials)
        here = np.concatenate(state.cp_n)
        out = np.zeros((self.size, len(here)))
        for k, found in plan.items():
            out[k] = self._difference(k, here, point, found, values)
        if LAG in moving:
            out[LAG] = self.lag_derivative(state, max(_STEPS[LAG], SECANT_K - point[LAG]))
        return out

    def lag_derivative(self, state: State, step_k: float) -> Float:
        """Derivative of cp_n by the lag over ``step_k`` to both sides, or from no lag on, shape (points,).

        A lag near 0 shifts all scans at one rate alike, as another glass would: the first derivative tells nothing.
        A secant to where its smearing is felt does.
        """
        lag = state.point[LAG]
        moved, other = state.point.copy(), state.point.copy()
        moved[LAG], other[LAG] = lag + step_k, max(lag - step_k, 0.0)
        above, below = (np.concatenate(self.forward.at(state.solutions, at)) for at in (moved, other))
        return np.asarray((above - below) / (moved[LAG] - other[LAG]))

    def _difference(
        self, k: int, here: Float, point: Float, plan: list[tuple[int, float]], values: list[list[Float] | Exception]
    ) -> Float:  # fmt: skip
        good = [(np.concatenate(found), step) for n, step in plan if not isinstance(found := values[n], Exception)]
        if not good:  # on the other side of what can be simulated
            moved = point.copy()
            moved[k] -= plan[0][1]
            good = [(np.concatenate(self.forward(moved)), -plan[0][1])]
        if len(good) == 1:
            return np.asarray((good[0][0] - here) / good[0][1])
        return np.asarray((good[0][0] - good[1][0]) / (good[0][1] - good[1][1]))

    def _steps(self, point: Float) -> Float:
        steps = np.full(self.size, _OFFSET_STEP * self.t0_k / np.exp(point[1]))
        steps[:OFFSETS] = _STEPS
        steps[2:4] *= point[2:4]
        return steps

    def jacobian(self, state: State, derivatives: Float, *, lines: bool = True) -> Float:
        """Derivatives of the weighted residuals by the free unknowns, lines eliminated, shape (points, free).

        Without ``lines`` they count as known.
        """
        from ._kernels import project_out

        rows = self.embed(state.point).T @ derivatives
        out, begin = np.empty((rows.shape[1], rows.shape[0])), 0
        for scan, found, basis, weights, sd in zip(
            self.scans, state.lines, state.bases, self.weights, self.sd, strict=True
        ):
            part = slice(begin, begin + len(weights))
            begin += len(weights)
            step = found[2] - found[0] + (found[3] - found[1]) * scan.place
            columns = rows[:, part] * (step * weights / sd)
            if basis is not None and lines:
                project_out(basis, columns)
            out[part] = columns.T
        return out

    def reweighted(self, state: State) -> None:
        """Weights of a robust fit (Huber) for the residuals of a state."""
        if not self.options.robust:
            return
        for k, residual in enumerate(state.residuals):
            away = np.abs(residual) / np.maximum(self.weights[k], 1e-12)
            usual = 1.4826 * np.median(away)
            self.weights[k] = np.sqrt(np.minimum(1.0, HUBER * usual / np.maximum(away, 1e-300)))
