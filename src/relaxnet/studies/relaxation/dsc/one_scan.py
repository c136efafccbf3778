"""The TNM model fitted to one scan alone, lines included, to see what in the scan it cannot explain.

One scan does not determine the four parameters, and they are not asked for: the model is a family of shapes that a
glass transition may have.  Points that do not fit lose their weight (Tukey's bisquare), so that an event stands out of
the residuals instead of bending the shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..estimation.coordinates import Coordinates
from ..estimation.lag import with_lag
from ..physics import ChrProgram, Signals, simulate_many
from .lines import Lines

Float = NDArray[np.float64]

SHAPES = ((0.5, 0.5), (0.6, 0.85), (0.3, 0.35), (0.3, 0.7), (0.85, 0.7))  # x and beta where searches start
# of ln tau and ln(dh/(R T0)) at the half step, x, beta and the thermal lag in K
_LOW, _HIGH = np.array([-np.inf, np.log(4.0), 0.1, 0.15, 0.0]), np.array([np.inf, np.log(2000.0), 1.0, 1.0, 10.0])
_STEPS = np.array([1e-2, 1e-2, 5e-3, 5e-3, 2e-2])
_LARGEST_STEP = np.array([3.0, 0.7, 0.3, 0.3, 1.0])
_START_LAG_K = 0.3
_LARGER, _TRIES = 1.5, 6  # of dh/(R T0), where a start cannot be simulated
_ITERATIONS = 25
_CONVERGED = 1e-3  # gain of a step, in shares of the cost; less where the residuals are no noise
_CONVERGED_BADLY = 3e-5
_GOOD_ENOUGH = 1.1  # rms in noises, where no other start is tried
_AGREE = 0.05  # of the cost: two starts that led to the same
_QUIETEST = 1e-3  # noise in steps below which nothing is gained
_BISQUARE = 4.685
_ROUNDS = 3


@dataclass(frozen=True, eq=False)
class OneScanFit:
    """Residuals (points,) of a scan, in shares of the step, with their robust standard deviation ``scale``."""

    residual: Float
    scale: float
    half_rise_k: float


def fit_one_scan(
    temperature_k: Float, signal: Float, lines: Lines, cooling_rate_k_per_min: float, heating_rate_k_per_min: float
) -> OneScanFit | None:
    """Fit the model to one scan; None where no start can be simulated.

    Parameters
    ----------
    temperature_k, signal : ndarray, shape (points,)
        Rising temperatures; the part of the scan that a fit would use.
    lines : Lines
        Where the transition is, and the height of the step.
    cooling_rate_k_per_min, heating_rate_k_per_min : float
        Where the history is not known, equal rates give shapes near enough.
    """
    model = _Model(temperature_k, signal / lines.step, cooling_rate_k_per_min, heating_rate_k_per_min, lines)
    noise = max(lines.noise / abs(lines.step), _QUIETEST)
    weights = np.ones(len(temperature_k))
    best: tuple[float, Float, Float] | None = None
    for x, beta in SHAPES:
        found = model.search_from(x, beta, weights)
        agree = best is not None and found is not None and abs(found[0] / best[0] - 1.0) < _AGREE
        if found is not None and (best is None or found[0] < best[0]):
            best = found
        if best is not None and (agree or best[0] < len(signal) * (_GOOD_ENOUGH * noise) ** 2):
            break
    if best is None:
        return None
    for _ in range(_ROUNDS):
        scale = max(_scale(best[2]), noise)
        weights = np.clip(1.0 - (best[2] / (_BISQUARE * scale)) ** 2, 0.0, None) ** 2
        if weights.min() > 0.3:
            break
        best = model.search(best[1], np.sqrt(weights)) or best
    return OneScanFit(best[2], max(_scale(best[2]), noise), lines.tg_half_step_k)


class _Model:
    def __init__(self, temperature_k: Float, signal: Float, cooling: float, heating: float, lines: Lines) -> None:
        self._temperature_k, self._signal = np.ascontiguousarray(temperature_k), signal
        self._tau = (temperature_k - lines.tg_half_step_k) / np.ptp(temperature_k)
        self._program = ChrProgram((cooling,), heating)
        self._lines = lines
        self._noise = max(lines.noise / abs(lines.step), _QUIETEST)
        self._coordinates = Coordinates(lines.tg_half_step_k)

    def search_from(self, x: float, beta: float, weights: Float) -> tuple[float, Float, Float] | None:
        """Search from a shape, with dh as the width of the transition has it, or larger."""
        t0_k, lines = self._lines.tg_half_step_k, self._lines
        share = lines.normalised(self._temperature_k, self._signal * lines.step)
        rising = self._temperature_k[(self._temperature_k < t0_k) & (share < 0.1)]
        width_k = t0_k - float(rising[-1] if len(rising) else self._temperature_k[0])
        u = float(np.clip(t0_k / max(width_k, 0.5), 8.0, 500.0))
        for _ in range(_TRIES):
            ln_tau = np.log(60.0 * t0_k / (u * self._program.heating_rate_k_per_min))
            found = self.search(np.array([ln_tau, np.log(u), x, beta, _START_LAG_K]), weights)
            if found is not None:
                return found
            u *= _LARGER  # the liquid ends where u is small
        return None

    def simulate(self, points: Float) -> Signals:
        """Signals of points (n, 5); raises `InvalidInputError` where one is impossible."""
        return simulate_many(self._coordinates.parameters(points[:, :4]), self._program)

    def shape(self, signals: Signals, row: int, lag_k: float) -> Float:
        """cp_n of one set of the signals at the temperatures of the scan, with lag."""
        node_k = np.ascontiguousarray(signals.temperature_k[row, 0])
        return with_lag(node_k, signals.cp_n[row, 0], self._temperature_k, lag_k)

    def residual(self, shape: Float, weights: Float) -> tuple[Float, Float]:
        """Weighted and plain residuals after the best lines."""
        basis = np.stack([np.ones_like(self._tau), self._tau, shape, shape * self._tau], axis=1)
        lines, *_ = np.linalg.lstsq(basis * weights[:, None], self._signal * weights, rcond=1e-10)
        plain = self._signal - basis @ lines
        return plain * weights, plain

    def search(self, point: Float, weights: Float) -> tuple[float, Float, Float] | None:
        """Levenberg-Marquardt from a point: cost, point and residuals; None where it cannot be simulated."""
        damping = 1e-2
        try:
            weighted, plain = self.residual(self.shape(self.simulate(point[None]), 0, point[4]), weights)
        except InvalidInputError:
            return None
        cost = float(weighted @ weighted)
        for _ in range(_ITERATIONS):
            jacobian = self._jacobian(point, weighted, weights)
            if jacobian is None:
                break
            normal, slope = jacobian.T @ jacobian, jacobian.T @ weighted
            better = False
            for _ in range(6):
                step = -np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-9), slope)
                tried = np.clip(point + np.clip(step, -_LARGEST_STEP, _LARGEST_STEP), _LOW, _HIGH)
                try:
                    shape = self.shape(self.simulate(tried[None]), 0, tried[4])
                    moved, moved_plain = self.residual(shape, weights)
                except InvalidInputError:
                    damping *= 10.0
                    continue
                if (moved_cost := float(moved @ moved)) < cost:
                    better, gain = True, cost - moved_cost
                    point, weighted, plain, cost = tried, moved, moved_plain, moved_cost
                    damping = max(0.2 * damping, 1e-6)
                    break
                damping *= 6.0
            good = cost < len(weights) * (_GOOD_ENOUGH * self._noise) ** 2
            if not better or gain < (_CONVERGED if good else _CONVERGED_BADLY) * cost:
                break
        return cost, point, plain

    def _jacobian(self, point: Float, weighted: Float, weights: Float) -> Float | None:
        steps = np.where(point + _STEPS > _HIGH, -_STEPS, _STEPS)
        points = point + np.diag(steps)
        try:
            signals = self.simulate(points)
        except InvalidInputError:
            return None
        columns = []
        for row, (moved, step) in enumerate(zip(points, steps, strict=True)):
            weighted_there, _ = self.residual(self.shape(signals, row, moved[4]), weights)
            columns.append((weighted_there - weighted) / step)
        return np.stack(columns, axis=1)


def _scale(residual: Float) -> float:
    """Robust standard deviation."""
    return 1.4826 * float(np.median(np.abs(residual)))
