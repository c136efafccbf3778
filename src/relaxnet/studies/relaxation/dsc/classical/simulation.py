"""Simulated scans beside measured ones, for methods that compare them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...physics import GAS_CONSTANT
from ...physics.simulate import TOLERANCE, solve_paths
from ...physics.trajectories import Solution
from ..fit.forward import sampled
from .features import Features

Float = NDArray[np.float64]

_MOST_ROUNDS, _CLOSE_K = 6, 1e-3


class Simulation:
    """The scans of a sample, simulated along their programs; ``lag_s`` is the known thermal lag."""

    def __init__(self, measured: Sequence[Features], lag_s: float) -> None:
        self.measured, self._lag_s = measured, lag_s
        self._mean_k = float(np.mean([one.fictive_k for one in measured]))

    def cp_n(self, parameters: Float) -> list[Float]:
        """Signals at the measured temperatures; `InvalidInputError` for parameters that cannot be simulated."""
        return self._sampled(self._solved(parameters)[0], 0.0)

    def in_place(self, parameters: Float, tolerance: float = TOLERANCE) -> list[Float]:
        """The same moved along the temperature such that the mean fictive temperature is the measured one."""
        return self._sampled(*self._solved(parameters, tolerance))

    def ln_a(self, parameters: Float) -> float:
        """Value of ln A for which the mean fictive temperature of the glasses is the measured one."""
        values = parameters.copy()
        u = values[1] / (GAS_CONSTANT * self._mean_k)
        for _ in range(_MOST_ROUNDS):
            _, off_k = self._solved(values)
            values[0] -= u * off_k / self._mean_k
            if abs(off_k) < _CLOSE_K:
                break
        return float(values[0])

    def _solved(self, parameters: Float, tolerance: float = TOLERANCE) -> tuple[list[Solution], float]:
        """Solution of each program, and how far the mean fictive temperature of the glasses is off."""
        solutions = solve_paths(parameters, [one.scan.path for one in self.measured], tolerance=tolerance)
        glass = [found.knots[2, found.begin[one.scan.first_piece]]
                 for one, found in zip(self.measured, solutions, strict=True)]  # fmt: skip
        return solutions, float(np.mean(glass)) - self._mean_k

    def _sampled(self, solutions: Sequence[Solution], shift_k: float) -> list[Float]:
        return [
            sampled(found, one.scan.first_piece, one.scan.temperature_k + shift_k, self._lag_s)
            for one, found in zip(self.measured, solutions, strict=True)
        ]
