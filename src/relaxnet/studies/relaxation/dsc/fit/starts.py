"""Where a search starts: the answer of the trained networks, or a few fixed shapes put at the place of the step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ...estimation.scans import MeasuredScans, Scan
from ...estimation.starts import SHAPES, U_RANGE
from .forward import LAG, sampled
from .problem import Problem
from .rough import rise_k
from .sample import FitScan

if TYPE_CHECKING:
    from ...universal.estimator import Estimates, UniversalEstimator

Float = NDArray[np.float64]

START_LAG_K = 0.3
MORE_SHAPES = ((0.7, 0.45), (0.35, 0.7), (0.9, 0.6), (0.4, 0.3))  # where the usual ones did not do
_SHIFTS = 3  # of a start along the temperature
_SHIFTS_AND_WIDTHS = 8
_FOOT = 0.15  # of the rise
USUAL_U = 60.0, 25.0, 120.0
_MOST_RATIO = 3.0  # of the two estimates of dh/(R T0)
_MOST_SCANS = 6


@lru_cache(maxsize=1)
def networks() -> UniversalEstimator:
    """The trained networks of the package."""
    from ...universal.estimator import UniversalEstimator

    return UniversalEstimator.load()


def network_answer(problem: Problem) -> Estimates | None:
    """What the networks say of scans between their rough lines; None for programs that they do not know."""
    scans = problem.scans
    rates = [scan.cooling_k_per_s for scan in scans]
    if len(scans) > _MOST_SCANS or any(rate is None for rate in rates):
        return None
    measured = tuple(
        Scan(rate * 60.0, scan.heating_k_per_s * 60.0, scan.temperature_k, _within_reason(scan.rough.cp_n))
        for scan, rate in zip(scans, rates, strict=True)
        if rate is not None
    )
    lag = problem.options.lag
    known = None if lag == "auto" else min(float(lag) / 6.0, 100.0)  # in K at 10 K/min
    found = networks().estimate([MeasuredScans(measured)], lag_k=known)
    return found if np.isfinite(found.parameters).all() else None


def network_point(problem: Problem, found: Estimates) -> Float:
    """The answer of the networks as a point."""
    layout = problem.forward.layout
    point = np.zeros(layout.size)
    point[:4] = layout.coordinates.of(found.parameters[0])
    point[LAG] = max(float(found.lag_k[0]) * 6.0 * layout.lag_k_per_s, START_LAG_K)
    return point


def fixed_points(problem: Problem) -> Iterator[Float]:
    """Starts of usual shapes, first those with the dh that the scans suggest, then others."""
    u = dh_per_rt0(problem.scans, problem.t0_k)
    for x, beta in SHAPES:
        yield from _start(problem, u, x, beta)
    for x, beta in MORE_SHAPES:
        yield from _start(problem, None, x, beta)
    for u in USUAL_U:  # where noise hides how wide the rise is
        yield from _start(problem, u, 0.5, 0.6)


def dh_per_rt0(scans: Sequence[FitScan], t0_k: float) -> float | None:
    """Estimate of ``dh/(R T0)`` from the fictive temperatures by equal areas; None for scans of one cooling rate."""
    from_width = float(np.median([0.8 * scan.rough.half_rise_k / scan.rough.width_k for scan in scans]))
    plain = [(rate, scan) for scan in scans if (rate := scan.cooling_k_per_s) is not None]
    cooling = np.array([rate for rate, _ in plain])
    if len({round(float(np.log(rate)), 2) for rate in cooling}) > 1:
        fictive_k = np.array([_area_fictive_k(scan) for _, scan in plain])
        log_rate = np.log(cooling / fictive_k**2)
        departure = log_rate - log_rate.mean()
        slope = -float(departure @ (1.0 / fictive_k) / (departure @ departure))
        if slope > 0:
            u = 1.0 / (slope * t0_k)
            return float(np.clip(u, max(U_RANGE[0], from_width / _MOST_RATIO), min(U_RANGE[1], 10.0 * from_width)))
    return None


def _start(problem: Problem, u: float | None, x: float, beta: float) -> Iterator[Float]:
    """A point with the rise of the scan after the fastest heating where it was measured; none if impossible.

    Without a ``u`` it takes the dh with which the rise is as wide as measured.
    """
    number = int(np.argmax([scan.heating_k_per_s for scan in problem.scans]))
    scan = problem.scans[number]
    measured_k = [rise_k(scan.temperature_k, scan.rough.cp_n, level) for level in (_FOOT, 0.5)]
    widened = u is None and measured_k[0] is not None and "dh_j_per_mol" not in problem.options.fix
    point = np.zeros(problem.size)
    point[1:4] = np.log(np.clip(u or USUAL_U[0], *U_RANGE)), x, beta
    point[LAG] = START_LAG_K
    point = problem.fixed(point)
    point[0] = np.log(problem.t0_k / (np.exp(point[1]) * scan.heating_k_per_s))
    for _ in range(_SHIFTS_AND_WIDTHS if widened else _SHIFTS):
        try:
            foot_k, half_k = _rise_k(problem, number, problem.fixed(point))
        except InvalidInputError:
            return
        u = float(np.exp(point[1]))
        shift = float(np.clip(u * (1.0 - half_k / scan.rough.half_rise_k), -10.0, 10.0))
        point[0] += shift
        ratio = 1.0
        if widened:
            wanted_k = max(scan.rough.half_rise_k - float(measured_k[0] or 0.0), 0.5)
            ratio = float(np.clip((half_k - foot_k) / wanted_k, 1.0 / _MOST_RATIO, _MOST_RATIO))
            point[1] = np.clip(point[1] + np.log(ratio), *np.log(U_RANGE))
            point[0] -= np.log(ratio)  # the narrower, the later, at equal ln tau
        if abs(shift) < 0.1 and abs(np.log(ratio)) < 0.1:
            break
    yield problem.fixed(point)


def _rise_k(problem: Problem, number: int, point: Float) -> tuple[float, float]:
    """Where cp_n of a scan comes to its foot and to 1/2, without noise."""
    scan = problem.scans[number]
    (solution,) = problem.forward.solve(point, [number])
    low_k, high_k = scan.path.knot_k[scan.first_piece], scan.path.knot_k[-1]
    grid_k = np.linspace(low_k, high_k, 400)
    cp_n = sampled(solution, scan.first_piece, grid_k, problem.forward.layout.lag_s(point))
    half = int(np.argmax(cp_n >= 0.5))
    if not cp_n[half] >= 0.5:
        return float(low_k), float(high_k)
    below = np.flatnonzero(cp_n[: half + 1] < _FOOT)
    return float(grid_k[below[-1]] if len(below) else low_k), float(grid_k[half])


def _area_fictive_k(scan: FitScan) -> float:
    return float(scan.temperature_k[-1] - np.trapezoid(scan.rough.cp_n, scan.temperature_k))


def _within_reason(cp_n: Float) -> Float:
    return np.clip(cp_n, -5.0, 50.0)
