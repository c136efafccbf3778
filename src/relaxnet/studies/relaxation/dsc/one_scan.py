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
from ..physics import ChrProgram, simulate_many
from ..physics.kernels.decoding import decode_one
from .lines import Lines

Float = NDArray[np.float64]

SHAPES = ((0.5, 0.5), (0.7, 0.85), (0.3, 0.3))  # x and beta where searches start
_LOW, _HIGH = np.array([-np.inf, np.log(4.0), 0.1, 0.15]), np.array([np.inf, np.log(2000.0), 1.0, 1.0])
_STEPS = np.array([1e-2, 1e-2, 5e-3, 5e-3])
_ITERATIONS = 12
_CONVERGED = 1e-3
_GOOD_ENOUGH = 1.15  # noises, where no other start is tried
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
    noise = max(lines.noise / abs(lines.step), 1e-5)
    weights = np.ones(len(temperature_k))
    best: tuple[float, Float, Float] | None = None
    for x, beta in SHAPES:
        found = model.search(model.start(x, beta), weights)
        if found is not None and (best is None or found[0] < best[0]):
            best = found
        if best is not None and _scale(best[2]) < _GOOD_ENOUGH * noise:
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
        self._coordinates = Coordinates(lines.tg_half_step_k)

    def start(self, x: float, beta: float) -> Float:
        t0_k, lines = self._lines.tg_half_step_k, self._lines
        # the transition fills about half of what lies between the lines
        width_k = max(0.25 * (lines.liquid_range_k[0] - lines.glass_range_k[1]), 1.0)
        u = float(np.clip(t0_k / width_k, 8.0, 500.0))
        return np.array([np.log(60.0 * t0_k / (u * self._program.heating_rate_k_per_min)), np.log(u), x, beta])

    def shapes(self, points: Float) -> Float:
        """cp_n of several points (n, 4), shape (n, points)."""
        signals = simulate_many(self._coordinates.parameters(points), self._program)
        out = np.empty((len(points), len(self._temperature_k)))
        for row, (node_k, cp_n) in enumerate(zip(signals.temperature_k[:, 0], signals.cp_n[:, 0], strict=True)):
            decode_one(np.ascontiguousarray(node_k), np.ascontiguousarray(cp_n, dtype=np.float64),
                       self._temperature_k, out[row])  # fmt: skip
        return out

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
            weighted, plain = self.residual(self.shapes(point[None])[0], weights)
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
                tried = np.clip(point + np.clip(step, [-3, -0.7, -0.3, -0.3], [3, 0.7, 0.3, 0.3]), _LOW, _HIGH)
                try:
                    moved, moved_plain = self.residual(self.shapes(tried[None])[0], weights)
                except InvalidInputError:
                    damping *= 10.0
                    continue
                if (moved_cost := float(moved @ moved)) < cost:
                    better, gain = True, cost - moved_cost
                    point, weighted, plain, cost = tried, moved, moved_plain, moved_cost
                    damping = max(0.2 * damping, 1e-6)
                    break
                damping *= 6.0
            if not better or gain < _CONVERGED * cost:
                break
        return cost, point, plain

    def _jacobian(self, point: Float, weighted: Float, weights: Float) -> Float | None:
        steps = np.where(point + _STEPS > _HIGH, -_STEPS, _STEPS)
        try:
            shapes = self.shapes(point + np.diag(steps))
        except InvalidInputError:
            return None
        return np.stack(
            [(self.residual(shape, weights)[0] - weighted) / step for shape, step in zip(shapes, steps, strict=True)],
            axis=1,
        )


def _scale(residual: Float) -> float:
    """Robust standard deviation."""
    return 1.4826 * float(np.median(np.abs(residual)))
