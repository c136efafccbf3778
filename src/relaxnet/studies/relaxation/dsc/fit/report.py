"""The result of a fit in the units of its users."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ...estimation.bound import parameter_covariance
from ...estimation.coordinates import Coordinates
from ..result import Estimate, Flag, ScanFit
from .forward import LAG, OFFSETS
from .noise import step_of
from .problem import Problem, State
from .search import Optimum
from .uncertainty import NORMAL_95, Uncertainty, sd_of_interval

if TYPE_CHECKING:
    from ...universal.estimator import Estimates

Float = NDArray[np.float64]

_LN_10 = float(np.log(10.0))
_LN_TAU_TG = float(np.log(100.0))
REFINED, BY_NETWORK = "least squares", "network"


def estimate_of(
    problem: Problem, best: Optimum, found: Uncertainty, flags: Sequence[Flag], began: float
) -> Estimate:  # fmt: skip
    """Estimate from an optimum and its uncertainty."""
    coordinates, state = problem.forward.layout.coordinates, best.state
    covariance = parameter_covariance(coordinates, state.point[:4], found.covariance)
    parameters = coordinates.parameters(state.point[:4])
    interval = np.empty((4, 2))
    for k in (1, 2, 3):
        interval[k] = [coordinates.parameters(point[:4])[k] for point in found.ends[k]]
    std = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    for k in found.profiled:
        std[k] = sd_of_interval(parameters[k], *interval[k])
    interval[0] = _interval_of_ln_a(coordinates, parameters[0], std[0], found)
    std[0] = sd_of_interval(parameters[0], *interval[0])
    for k, name in enumerate(("ln_a", "dh_j_per_mol", "x", "beta")):
        if name in problem.options.fix:
            parameters[k], std[k], interval[k] = problem.options.fix[name], 0.0, problem.options.fix[name]
    scans = scan_fits(problem, state, found)
    counts = np.array([len(scan.signal) for scan in problem.scans])
    rms = np.array([scan.residual_rms for scan in scans])
    chi2 = np.array([scan.chi2 for scan in scans])
    noise = np.array([one.noise for one in found.residuals])
    rate = problem.forward.layout.lag_k_per_s
    return Estimate(
        parameters=parameters,
        std=std,
        covariance=covariance,
        interval_90=interval,
        fragility=float((_LN_TAU_TG - parameters[0]) / _LN_10),
        fragility_std=float(std[0] / _LN_10),
        lag_s=problem.forward.layout.lag_s(state.point),
        lag_std_s=float(np.sqrt(found.covariance[LAG, LAG])) / rate,
        residual_rms=_mean(rms, counts),
        chi2=float(counts @ chi2 / counts.sum()),
        noise=_mean(noise, counts),
        inflation=found.inflation,
        method=REFINED,
        scans=scans,
        flags=tuple(flags),
        seconds=time.perf_counter() - began,
    )


def _interval_of_ln_a(coordinates: Coordinates, value: float, std: float, found: Uncertainty) -> Float:
    """Interval of ln A, which goes with dh almost exactly: it reaches as far as the ends of all other intervals do.

    Where dh is no profile that may leave out what ln A has of its own, which is in its standard deviation.
    """
    reached = [coordinates.parameters(end[:4])[0] for ends in found.ends[1:4] for end in ends]
    low, high = min(value, *reached), max(value, *reached)
    if 1 not in found.profiled and high - low < 2.0 * NORMAL_95 * std:
        low, high = value - NORMAL_95 * std, value + NORMAL_95 * std
    return np.array([low, high])


def network_estimate(
    problem: Problem, answer: Estimates, state: State | None, white: Float, flags: Sequence[Flag], began: float
) -> Estimate:  # fmt: skip
    """What the networks say; ``state`` is the simulation of it.

    Its standard deviations are NaN for raw signals, and are widened where they do not describe the scans.
    """
    inflation = _inflation_of_networks(problem, answer)
    parameters, std = answer.parameters[0], inflation * answer.std[0]
    interval = parameters[:, None] + NORMAL_95 * std[:, None] * np.array([-1.0, 1.0])
    interval[2:] = np.clip(interval[2:], 0.05, 1.0)
    scans = scan_fits(problem, state, None, white) if state else ()
    counts = np.array([len(scan.signal) for scan in problem.scans])
    per_10 = 6.0  # s at a lag of 1 K and 10 K/min
    return Estimate(
        parameters=parameters,
        std=std,
        covariance=inflation**2 * answer.covariance[0],
        interval_90=interval,
        fragility=float((_LN_TAU_TG - parameters[0]) / _LN_10),
        fragility_std=float(std[0] / _LN_10),
        lag_s=max(float(answer.lag_k[0]), 0.0) * per_10,
        lag_std_s=inflation * float(answer.lag_std_k[0]) * per_10 if problem.options.lag == "auto" else 0.0,
        residual_rms=_mean(np.array([scan.residual_rms for scan in scans]), counts) if scans else np.nan,
        chi2=float(counts @ [scan.chi2 for scan in scans] / counts.sum()) if scans else np.nan,
        noise=_mean(white, counts),
        inflation=inflation,
        method=BY_NETWORK,
        scans=scans,
        flags=tuple(flags),
        seconds=time.perf_counter() - began,
    )


def _inflation_of_networks(problem: Problem, answer: Estimates) -> float:
    """Factor for the networks' standard deviations; NaN where they would tell nothing.

    The networks see raw signals between lines that were drawn before.  How far those pull the parameters, several tens
    of the standard deviations that the noise allows, only a fit of both can tell.
    """
    if not all(scan.lines_known for scan in problem.scans):
        return float("nan")
    return float(np.sqrt(answer.chi2_a_point[0])) if "does_not_fit" in answer.flags[0] else 1.0


def nothing(flags: Sequence[Flag], began: float) -> Estimate:
    """Estimate of a sample that no start led anywhere for: not a number."""
    nan = np.nan
    return Estimate(
        np.full(4, nan), np.full(4, nan), np.full((4, 4), nan), np.full((4, 2), nan), nan, nan, nan, nan, nan, nan, nan,
        nan, "none", (), tuple(flags), time.perf_counter() - began,
    )  # fmt: skip


def scan_fits(
    problem: Problem, state: State, found: Uncertainty | None, white: Float | None = None
) -> tuple[ScanFit, ...]:  # fmt: skip
    """What the fit makes of each scan."""
    offsets_k = problem.forward.layout.offsets_k(state.point)
    fits, begin = [], 0
    for k, scan in enumerate(problem.scans):
        part = slice(begin, begin + len(scan.signal))
        begin = part.stop
        cp_n, lines = state.cp_n[k], state.lines[k]
        whole_k = np.asarray(scan.scan.temperature_k, dtype=np.float64)
        place = (whole_k - scan.centre_k) / scan.half_k
        glass, liquid = (scan.unit * (lines[m] + lines[m + 1] * place) for m in (0, 2))
        model = np.full(len(whole_k), np.nan)
        model[scan.fitted] = glass[scan.fitted] + (liquid - glass)[scan.fitted] * cp_n
        with np.errstate(divide="ignore", invalid="ignore"):
            measured = (np.asarray(scan.scan.signal, dtype=np.float64) - glass) / (liquid - glass)
        half_k = _half_rise(scan.temperature_k, cp_n)
        half_place = (half_k - scan.centre_k) / scan.half_k
        step = scan.unit * (lines[2] - lines[0] + (lines[3] - lines[1]) * half_place)
        share = step_of(scan, lines)
        left = state.residuals[k] * problem.sd[k] / np.maximum(problem.weights[k], 1e-6)
        rms = float(np.sqrt(np.mean(left**2))) / share
        unknown = (0.0 if scan.lines_known else 4.0) + len(problem.free) / len(problem.scans)
        noise = found.residuals[k].noise if found else float(white[k]) / share  # type: ignore[index]
        per_rate = scan.heating_k_per_s if scan.scan.quantity in ("heat_flow_mw", "heat_flow_w_per_g") else 1.0
        solution = state.solutions[k]
        fits.append(ScanFit(
            scan=scan.scan,
            fitted=scan.fitted,
            model=model,
            glass_line=glass,
            liquid_line=liquid,
            cp_n=measured,
            residual_rms=rms,
            chi2=float(rms**2 * len(left) / max(len(left) - unknown, 1.0) / max(noise, 1e-4) ** 2),
            tg_half_step_k=half_k,
            tg_fictive_k=float(solution.knots[2, solution.begin[scan.first_piece]]) + float(offsets_k[k]),
            dcp=step / per_rate,
            dcp_std=_step_sd(problem, state, found, k, part, half_place) * scan.unit / per_rate,
            offset_k=float(offsets_k[k]),
            offset_std_k=_offset_sd(problem, found, k) if found else 0.0,
        ))  # fmt: skip
    return tuple(fits)


def _step_sd(
    problem: Problem, state: State, found: Uncertainty | None, k: int, part: slice, half_place: float
) -> float:  # fmt: skip
    """Standard deviation of the step at a place, by noise and by the other unknowns, in units of the scan's."""
    scan, cp_n, lines = problem.scans[k], state.cp_n[k], state.lines[k]
    if scan.lines_known:
        return 0.0
    if found is None:
        return float("nan")
    columns = np.stack([1.0 - cp_n, scan.place * (1.0 - cp_n), cp_n, scan.place * cp_n], axis=1)
    inverse = np.linalg.pinv(columns, rcond=1e-7)
    of_step = np.array([-1.0, -half_place, 1.0, half_place])
    step = lines[2] - lines[0] + (lines[3] - lines[1]) * scan.place
    by_unknowns = -of_step @ inverse @ (found.derivatives[:, part] * step).T
    one = found.residuals[k]
    own = float(np.sum((of_step @ inverse) ** 2)) * (one.rms * one.step) ** 2 * one.correlated
    return float(np.sqrt(own + by_unknowns @ found.covariance @ by_unknowns))


def _offset_sd(problem: Problem, found: Uncertainty, k: int) -> float:
    row = problem.forward.layout.contrasts[problem.forward.layout.run[k]]
    return float(np.sqrt(row @ found.covariance[OFFSETS:, OFFSETS:] @ row)) if len(row) else 0.0


def _half_rise(temperature_k: Float, cp_n: Float) -> float:
    above = np.flatnonzero(cp_n >= 0.5)
    if not len(above):
        return float("nan")
    j = max(int(above[0]), 1)
    low, high = cp_n[j - 1], cp_n[j]
    share = (0.5 - low) / (high - low) if high > low else 0.0
    return float(temperature_k[j - 1] + np.clip(share, 0.0, 1.0) * (temperature_k[j] - temperature_k[j - 1]))


def _mean(sd: Float, counts: NDArray[np.int64]) -> float:
    return float(np.sqrt(counts @ sd**2 / counts.sum()))


def simulated(problem: Problem, point: Float) -> State | None:
    """The sample at a point, None where it cannot be simulated."""
    try:
        return problem.state(np.clip(point, problem.low, problem.high))
    except InvalidInputError:
        return None
