"""The simulator at the temperatures of measured scans, and its derivatives by the coordinates and the lag."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..physics import ChrProgram, Signals, describe, simulate_many
from ..physics.parameters import RANGES
from ..physics.simulate import STORED_NODES, TOLERANCE
from .coordinates import Coordinates
from .lag import with_lag
from .scans import MeasuredScans, Scan

Float = NDArray[np.float64]

# Steps of the differences by ln tau, ln(dh/(R T0)), x and beta, the latter two in shares of their value, and by the
# lag in K.  At half of them, integrated more finely, the bounds move by less than 0.5 % (tests).
STEPS = (6e-3, 6e-3, 3e-3, 3e-3, 1e-2)
_HIGHEST = (np.inf, np.inf, RANGES["x"][1], RANGES["beta"][1], np.inf)
_LOWEST = (-np.inf, -np.inf, RANGES["x"][0], RANGES["beta"][0], 0.0)
_LAG = 4  # its place in a point
# offsets in steps, and their weights: central, backward, forward
_FORMULAS = (
    ((-1.0, 1.0), (-0.5, 0.5)), ((-2.0, -1.0, 0.0), (0.5, -2.0, 1.5)), ((0.0, 1.0, 2.0), (-1.5, 2.0, -0.5)),
)  # fmt: skip


class ScanModel:
    """What the simulator predicts for the scans of one sample: one program for each of their heating rates.

    The lag is a time constant, given in K at the heating rate of the first scan.
    """

    def __init__(self, scans: MeasuredScans, coordinates: Coordinates, *, tolerance: float = TOLERANCE) -> None:
        self.coordinates, self._tolerance = coordinates, tolerance
        self.simulations = 0
        self._scans = scans.scans
        # copies that can be written: numba would compile its kernels anew for those that cannot
        self._temperature_k = [scan.temperature_k.copy() for scan in scans.scans]
        rates = [(scan.heating_rate_k_per_min, scan.cooling_rate_k_per_min) for scan in scans.scans]
        self._programs, places = list[ChrProgram](), dict[tuple[float, float], tuple[int, int]]()
        for heating in sorted({rate for rate, _ in rates}):
            cooling = sorted({rate for h, rate in rates if h == heating})
            places |= {(heating, rate): (len(self._programs), row) for row, rate in enumerate(cooling)}
            self._programs.append(ChrProgram(tuple(cooling), heating))
        self._places = [places[pair] for pair in rates]
        self._lag_factors = [heating / rates[0][0] for heating, _ in rates]

    def simulate(self, point: Float) -> list[Signals]:
        """Signals for the coordinates ``point`` (4,), one for each program; `InvalidInputError` where impossible."""
        self.simulations += 1
        with np.errstate(over="ignore"):
            values = self.coordinates.parameters(point)[None]
        return [
            simulate_many(values, program, tolerance=self._tolerance, nodes=STORED_NODES) for program in self._programs
        ]

    def at(self, signals: Sequence[Signals], lag_k: float) -> Float:
        """Values at the measured temperatures, one scan after the other, shape (points,)."""
        node_k = [found.temperature_k[0] for found in signals]
        parts = [
            with_lag(node_k[group][row], signals[group].cp_n[0, row], temperature_k, lag_k * factor)
            for temperature_k, (group, row), factor in zip(
                self._temperature_k, self._places, self._lag_factors, strict=True
            )
        ]
        return np.concatenate(parts)

    def half_rise_k(self, point: Float, scan: Scan) -> float:
        """Half-rise of one of the scans, without lag, for the coordinates ``point`` (4,)."""
        group, row = self._places[self._scans.index(scan)]
        return float(describe(self.simulate(point)[group]).half_rise_k[0, row])

    def __call__(self, point: Float) -> Float:
        """Values for the coordinates and the lag, ``point`` (5,); `InvalidInputError` where impossible."""
        return self.at(self.simulate(point[:4]), float(point[4]))


def jacobian(model: ScanModel, point: Float, free: int, *, shrink: float = 1.0) -> Float:
    """Derivatives of the model at ``point`` (5,) by its first ``free`` coordinates, shape (points, free).

    Central differences; one-sided ones of the same order at the edges x = 1, beta = 1 and lag = 0, and beside sets
    that cannot be simulated.  ``shrink`` multiplies the steps.
    """
    signals = model.simulate(point[:4])
    columns = []
    for k in range(free):
        step = shrink * STEPS[k] * (point[k] if k in (2, 3) else 1.0)

        def value(steps: float, k: int = k, step: float = step) -> Float:
            moved = point.copy()
            moved[k] += steps * step
            return model.at(signals, float(moved[4])) if k == _LAG or not steps else model(moved)

        room = (point[k] - _LOWEST[k]) / step, (_HIGHEST[k] - point[k]) / step
        columns.append(_difference(value, room) / step)
    return np.stack(columns, axis=1)


def _difference(value: Callable[[float], Float], room: tuple[float, float]) -> Float:
    """Derivative by the number of steps, of second order; ``room`` is the number of steps to the edges."""
    below, above = room
    error: InvalidInputError | None = None
    for offsets, weights in _FORMULAS:
        if offsets[0] >= -below and offsets[-1] <= above:
            try:
                return sum((w * value(o) for o, w in zip(offsets, weights, strict=True)), np.zeros(()))
            except InvalidInputError as impossible:
                error = impossible
    assert error is not None  # the range of a coordinate has room for one of the three
    raise error
