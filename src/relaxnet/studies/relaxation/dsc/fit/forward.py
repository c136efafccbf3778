"""What the model predicts for the scans of a sample: cp_n at their points, with lag and errors of the temperature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...estimation.coordinates import Coordinates
from ...physics.program import Path
from ...physics.simulate import TOLERANCE, solve_paths
from ...physics.trajectories import Solution
from .sample import FitScan

Float = NDArray[np.float64]

LAG, OFFSETS = 4, 5  # places in a point: after the coordinates the lag, then the errors of the temperature


class Layout(NamedTuple):
    """What a point holds: the four coordinates, the lag in K at ``lag_k_per_s``, and a contrast of runs each.

    ``contrasts`` (runs, runs - 1), orthonormal, turn the latter into the errors of the runs, whose mean is 0: a common
    one could not be told from another glass.  ``run`` is the number of the run of each scan.
    """

    coordinates: Coordinates
    lag_k_per_s: float
    contrasts: Float
    run: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of unknowns of a point."""
        return OFFSETS + int(self.contrasts.shape[1])

    def lag_s(self, point: Float) -> float:
        """Time constant of the lag."""
        return float(point[LAG]) / self.lag_k_per_s

    def offsets_k(self, point: Float) -> Float:
        """Error of the temperature of each scan, shape (scans,)."""
        return np.asarray((self.contrasts @ point[OFFSETS:])[self.run])


def layout(scans: Sequence[FitScan]) -> Layout:
    """Layout of the points for the scans of a sample."""
    names = list(dict.fromkeys(scan.scan.run for scan in scans))
    run = np.array([names.index(scan.scan.run) for scan in scans])
    # the orthonormal columns beside the mean
    whole, _ = np.linalg.qr(np.column_stack([np.ones(len(names)), np.eye(len(names))[:, : len(names) - 1]]))
    t0_k = float(np.median([scan.rough.half_rise_k for scan in scans]))
    rate = float(np.median([scan.heating_k_per_s for scan in scans]))
    return Layout(Coordinates(t0_k), rate, whole[:, 1:], run)


class Forward:
    """The simulator for the scans of a sample."""

    def __init__(self, scans: Sequence[FitScan], points: Layout, *, tolerance: float = TOLERANCE) -> None:
        self.layout, self.simulations = points, 0
        self._scans, self._tolerance = scans, tolerance

    def solve(self, point: Float, only: Sequence[int] | None = None) -> list[Solution]:
        """Solution of each scan's program at a point; `InvalidInputError` where it is impossible."""
        with np.errstate(over="ignore", invalid="ignore"):
            values = self.layout.coordinates.parameters(point[:4])
        self.simulations += 1
        offsets_k = self.layout.offsets_k(point)
        chosen = range(len(self._scans)) if only is None else only
        paths = [_moved(self._scans[k].path, offsets_k[k]) for k in chosen]
        return solve_paths(values, paths, tolerance=self._tolerance)

    def at(self, solutions: Sequence[Solution], point: Float) -> list[Float]:
        """cp_n at the points of each scan, with the lag."""
        offsets_k, lag_s = self.layout.offsets_k(point), self.layout.lag_s(point)
        return [
            sampled(solution, scan.first_piece, scan.temperature_k - offset_k, lag_s)
            for scan, solution, offset_k in zip(self._scans, solutions, offsets_k, strict=True)
        ]

    def __call__(self, point: Float) -> list[Float]:
        """cp_n at the points of each scan; `InvalidInputError` where it is impossible."""
        return self.at(self.solve(point), point)

    def many(self, points: Sequence[Float]) -> list[list[Float] | Exception]:
        """cp_n at several points, or the error of each."""
        found = list[list[Float] | Exception]()
        for point in points:
            try:
                found.append(self(point))
            except ValueError as error:
                found.append(error)
        return found


def sampled(solution: Solution, first_piece: int, temperature_k: Float, lag_s: float) -> Float:
    """cp_n of one solution at rising temperatures of its heating, with the lag."""
    from ._kernels import heating_signal

    out = np.empty(len(temperature_k))
    path = solution.path
    heating_signal(
        solution.knots, solution.begin, first_piece, path.end_k, path.duration_s, temperature_k, lag_s, out
    )  # fmt: skip
    return out


def _moved(path: Path, offset_k: float) -> Path:
    """A program as it really was, where its thermometer was wrong by an offset."""
    return path._replace(start_k=path.start_k - offset_k, end_k=path.end_k - offset_k) if offset_k else path
