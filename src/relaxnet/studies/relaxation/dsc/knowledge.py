"""How well any fit can know the parameters from given scans, and what lines, lag and short windows cost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

from ..estimation.bound import inverse_information, parameter_covariance
from ..physics import Program, Ramp
from .fit.forward import LAG, Forward, layout
from .fit.options import FitOptions
from .fit.problem import Problem, State
from .fit.sample import prepare
from .result import Estimate, ScanFit
from .scan import HeatingScan

Float = NDArray[np.float64]
Nuisance = Literal["known", "fitted"]

WIDER_K = 20.0


def cramer_rao(
    parameters: ArrayLike, scans: Sequence[HeatingScan], *, noise: float, lag_s: float = 0.0, lag: Nuisance = "fitted",
    lines: Nuisance = "fitted",
) -> Float:  # fmt: skip
    """Smallest covariance of ``ln_a, dh_j_per_mol, x, beta`` that an unbiased estimate can have, shape (4, 4).

    Parameters
    ----------
    parameters : array_like, shape (4,)
        The true ones.
    scans : sequence of HeatingScan
        Programs, temperatures, and signals, from which the lines are taken.
    noise : float
        Standard deviation of the white noise of a point, in shares of the step.
    lag_s : float
        Thermal lag.
    lag, lines : "known" or "fitted"
        The latter where they must be estimated too.  Errors of the temperature of several runs always are, and are
        not known beforehand.

    Raises
    ------
    InvalidInputError
        For parameters that cannot be simulated along the programs.
    """
    problem, state = _at(parameters, scans, lag_s, lag)
    return _covariance(problem, state, noise, lines)


def _at(parameters: ArrayLike, scans: Sequence[HeatingScan], lag_s: float, lag: Nuisance) -> tuple[Problem, State]:
    prepared = prepare(scans)
    points = layout(prepared)
    problem = Problem(prepared, Forward(prepared, points), FitOptions(lag="auto" if lag == "fitted" else lag_s))
    point = np.zeros(points.size)
    point[:4] = points.coordinates.of(parameters)
    point[LAG] = lag_s * points.lag_k_per_s
    state = problem.state(point)
    return problem, state


def _covariance(problem: Problem, state: State, noise: float, lines: Nuisance) -> Float:
    from .fit.noise import step_of

    problem.set_scale(noise * np.array([step_of(*each) for each in zip(problem.scans, state.lines, strict=True)]))
    jacobian = problem.jacobian(state, problem.derivatives(state, central=True), lines=lines == "fitted")
    found = inverse_information(jacobian)
    whole = problem.embed(state.point) @ found @ problem.embed(state.point).T
    return parameter_covariance(problem.forward.layout.coordinates, state.point[:4], whole)


@dataclass(frozen=True)
class Cost:
    """Standard deviations of ``ln_a, dh_j_per_mol, x, beta``, were something otherwise, over those of the scans."""

    name: str
    ratio: tuple[float, float, float, float]


def costs(estimate: Estimate, *, wider_k: float = WIDER_K) -> list[Cost]:
    """What known lines, a known lag, or a window wider by ``wider_k`` at both ends would win, by linear theory.

    Examples
    --------
    >>> from relaxnet.studies.relaxation.dsc.fit.engine import fit
    >>> from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
    >>> scans = simulated_scans(
    ...     [-79.21, 318_444.0, 0.57, 0.71], noise=0.01, lag_s=6.0, lines=True, reach_k=30.0,
    ...     generator=np.random.default_rng(1),
    ... )
    >>> [(cost.name, round(cost.ratio[1], 1)) for cost in costs(fit(scans))]  # of dh
    [('lines known', 0.3), ('lag known', 1.0), ('windows wider by 20 K', 0.8)]
    """
    if not estimate.scans or not np.isfinite(estimate.parameters).all():
        return []
    scans, lag_s = [_drawn(found, 0.0) for found in estimate.scans], estimate.lag_s
    wide = [_drawn(found, wider_k) for found in estimate.scans]
    lag: Nuisance = "fitted" if estimate.lag_std_s > 0 else "known"
    raw = any(scan.quantity != "cp_n" for scan in scans)
    cases: list[tuple[str, list[HeatingScan], Nuisance, Nuisance]] = []
    if raw:
        cases.append(("lines known", scans, lag, "known"))
    if lag == "fitted":
        cases.append(("lag known", scans, "known", "fitted"))
    cases.append((f"windows wider by {wider_k:g} K", wide, lag, "fitted"))

    def sd(scans: list[HeatingScan], lag: Nuisance, lines: Nuisance) -> Float:
        return np.sqrt(np.diag(cramer_rao(estimate.parameters, scans, noise=0.01, lag_s=lag_s, lag=lag, lines=lines)))

    found = list[Cost]()
    with suppress(InvalidInputError):
        now = sd(scans, lag, "fitted")
        for name, chosen, of_lag, of_lines in cases:
            with suppress(InvalidInputError):  # a window that the program cannot reach
                ln_a, dh, x, beta = sd(chosen, of_lag, of_lines) / now
                found.append(Cost(name, (float(ln_a), float(dh), float(x), float(beta))))
    return found


def _drawn(found: ScanFit, wider_k: float) -> HeatingScan:
    """The fitted part of a scan as its model has it, without noise, in a window that is wider at both ends."""
    scan, at = found.scan, np.flatnonzero(found.fitted)
    t = np.asarray(scan.temperature_k, dtype=np.float64)[at]
    model = found.model[at]
    if not wider_k:
        return replace(scan, temperature_k=t, signal=model, glass_range_k=None, liquid_range_k=None)
    every = float(np.median(np.diff(t)))
    more = np.arange(1, int(wider_k / every) + 1) * every
    colder, hotter = t[0] - more[::-1], t[-1] + more
    colder = colder[colder > 1.0]
    glass, liquid = (np.polyfit(scan.temperature_k, line, 1) for line in (found.glass_line, found.liquid_line))
    signal = np.concatenate([np.polyval(glass, colder), model, np.polyval(liquid, hotter)])
    wide_k = np.concatenate([colder, t, hotter])
    program = _longer(scan.program, float(wide_k[0]), float(wide_k[-1]))
    return replace(
        scan, temperature_k=wide_k, signal=signal, program=program, glass_range_k=None, liquid_range_k=None
    )  # fmt: skip


def _longer(program: Program, low_k: float, high_k: float) -> Program:
    """A program that reaches as far: from ramp to ramp up to any temperature, down where it only cools and heats."""
    first, *between, last = program.segments
    if not isinstance(first, Ramp) or not isinstance(last, Ramp):
        return program
    top_k = max(program.start_temperature_k, high_k)
    if not between:
        first = replace(first, to_temperature_k=min(first.to_temperature_k, low_k))
    last = replace(last, to_temperature_k=max(last.to_temperature_k, high_k))
    return Program(top_k, (first, *between, last))
