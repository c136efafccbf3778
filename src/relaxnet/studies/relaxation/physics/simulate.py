"""Simulate the TNM model: the six-scan program of the paper, or any other program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.threads import in_threads

from ._expsum import exponential_sum
from .limits import END_TOLERANCE, as_sets, check_sets
from .parameters import GAS_CONSTANT, TNMParameters, checked_kind, checked_number
from .program import ChrProgram, Path, Program, chr_program
from .signals import Signals, largest_difference
from .trajectories import Places, Solution, Trajectories, Trajectory, coordinates, default_times_s

TOLERANCE = 1.5e-4  # of dh/(R Tf) in a step; keeps the error of cp_n below 1e-4 max(1, cp_n,max) up to cp_n,max = 6
LARGEST_CHANGE = 0.6  # of ln(tau) in a step at that tolerance
STORED_NODES = 128
_TOLERANCES = (1e-8, 1e-2)
_NODES = (16, 100_000)
_MAX_WORKERS = 1024
_BATCH = 16
# A result is certified by another with a 16th of the tolerance, hence half the steps; this many times the nodes, whose
# own error of interpolation plays no part; and twice as many exponentials.
_CERTIFY_TOLERANCE, _CERTIFY_NODES, _CERTIFY_REFINEMENT = 1.0 / 16.0, 4, 2

Float = NDArray[np.float64]
Progress = Callable[[int], object]


class _Accuracy(NamedTuple):
    """What decides how exact a result is, and the exponential sum of every beta as the kernels take it."""

    tolerance: float
    refinement: int
    sums: dict[float, tuple]

    @classmethod
    def of(cls, tolerance: float, sets: Float, refinement: int = 1) -> _Accuracy:
        from .kernels.modes import ladder

        sums = {beta: exponential_sum(beta, refinement).blocks() for beta in np.unique(sets[:, 3]).tolist()}
        return cls(tolerance, refinement, {beta: (*terms, *ladder(terms.chains)) for beta, terms in sums.items()})

    @property
    def largest_change(self) -> float:
        return float(LARGEST_CHANGE * (self.tolerance / TOLERANCE) ** 0.25)

    @property
    def end_tolerance(self) -> float:
        return END_TOLERANCE if self.refinement == 1 else END_TOLERANCE * _CERTIFY_TOLERANCE

    def certifying(self, sets: Float) -> _Accuracy:
        return self.of(self.tolerance * _CERTIFY_TOLERANCE, sets, _CERTIFY_REFINEMENT)


def _check_options(program: object, tolerance: object, certify: object) -> None:
    checked_kind("program", program, ChrProgram | Program, "a ChrProgram or a Program")
    checked_number("tolerance", tolerance, *_TOLERANCES, "a number from {:g} to {:g}".format(*_TOLERANCES))
    checked_kind("certify", certify, bool | np.bool_, "True or False")


def _check_count(field: str, value: object, low: int, high: int) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (whole and low <= value <= high):  # type: ignore[operator]
        raise InvalidInputError(field, repr(value), f"a whole number from {low} to {high}")


def _check_dtype(dtype: object) -> None:
    try:
        usable = dtype is not None and np.dtype(dtype) in (np.float32, np.float64)  # type: ignore[call-overload]
    except TypeError:
        usable = False
    if not usable:
        raise InvalidInputError("dtype", repr(dtype), "float32 or float64")


@overload
def simulate(
    parameters: TNMParameters, program: ChrProgram | None = ..., *, tolerance: float = ..., certify: bool = ...
) -> Signals: ...
@overload
def simulate(
    parameters: TNMParameters, program: Program, *, tolerance: float = ..., certify: bool = ...
) -> Trajectory: ...
def simulate(
    parameters: TNMParameters,
    program: ChrProgram | Program | None = None,
    *,
    tolerance: float = TOLERANCE,
    certify: bool = False,
) -> Signals | Trajectory:
    """Simulate one parameter set.

    Parameters
    ----------
    program : ChrProgram or Program, optional
        Default: the six cycles of Table 1.
    tolerance : float
        Of ln(tau) in one step of the integration.
    certify : bool
        Estimate the error from a second, finer run, which takes some five times as long.

    Returns
    -------
    Signals or Trajectory
        Heating scans for a `ChrProgram`, the whole solution for a `Program`; without ``certify`` their ``error`` or
        ``error_k`` is None.

    Raises
    ------
    InvalidInputError
        If the liquid is never in equilibrium at these rates.

    Examples
    --------
    The heating scans of As2Se3 after the six coolings of the paper:

    >>> as2se3 = TNMParameters(ln_a=-79.21, dh_j_per_mol=318_444.0, x=0.57, beta=0.71)
    >>> signals = simulate(as2se3)
    >>> signals.cp_n.shape  # sets, scans, nodes
    (1, 6, 128)
    >>> signals.glass_fictive_k[0].round().tolist()
    [438.0, 442.0, 445.0, 450.0, 454.0, 457.0]

    The state of the glass along any other program:

    >>> from relaxnet import Hold, Program, Ramp
    >>> path = simulate(as2se3, Program(490.0, (Ramp(440.0, 20.0), Hold(600.0), Ramp(490.0, 10.0))))
    >>> path.at([150.0, 36150.0]).fictive_k.round().tolist()  # before and after ten hours at 440 K
    [460.0, 440.0]
    """
    checked_kind("parameters", parameters, TNMParameters, "TNMParameters; many sets are for simulate_many")
    sets = parameters.as_array()[None]
    if not isinstance(program, Program):
        return simulate_many(sets, program, tolerance=tolerance, certify=certify)
    _check_options(program, tolerance, certify)
    accuracy, path = _Accuracy.of(tolerance, sets), program.path()
    solution = _solve(sets[0], path, accuracy)
    if not certify:
        return Trajectory.of(solution, None)
    exact = _solve(sets[0], path, accuracy.certifying(sets))
    # the nodes of the finer run lie on those of the coarser one and between them
    places = Places(np.repeat(np.arange(len(path.end_k)), np.diff(exact.begin)), exact.knots[0])
    return Trajectory.of(solution, float(np.abs(solution.at(places)[0] - exact.knots[2]).max()))


@overload
def simulate_many(
    parameters: ArrayLike, program: ChrProgram | None = ..., *, tolerance: float = ..., certify: bool = ...,
    nodes: int = ..., dtype: type = ..., workers: int = ..., progress: Progress | None = ...,
) -> Signals: ...  # fmt: skip
@overload
def simulate_many(
    parameters: ArrayLike, program: Program, *, time_s: ArrayLike | None = ..., tolerance: float = ...,
    certify: bool = ..., workers: int = ..., progress: Progress | None = ...,
) -> Trajectories: ...  # fmt: skip
def simulate_many(
    parameters: ArrayLike, program: ChrProgram | Program | None = None, *, time_s: ArrayLike | None = None,
    tolerance: float = TOLERANCE, certify: bool = False, nodes: int = STORED_NODES, dtype: type = np.float64,
    workers: int = 1, progress: Progress | None = None,
) -> Signals | Trajectories:  # fmt: skip
    """Simulate many parameter sets along one program.

    The result of a set does not depend on what it is computed together with, nor on the number of threads, ``workers``.

    Parameters
    ----------
    parameters : array_like, shape (n, 4)
        Columns ``ln_a, dh_j_per_mol, x, beta``.
    program, tolerance, certify
        As for `simulate`.
    time_s : array_like, shape (m,), optional
        Times to keep of a `Program`; default: 200 on every ramp and hold, and the samples of histories.
    nodes : int
        Nodes kept of each scan of a `ChrProgram`.
    dtype : type
        Of cp_n at the nodes of a `ChrProgram`.  Their places stay in double precision: a steep rise spans a
        ten-thousandth of u.
    progress : callable, optional
        Called with the number of sets finished since the last call.

    Returns
    -------
    Signals or Trajectories
        The former for a `ChrProgram`, the latter for a `Program`.

    Raises
    ------
    InvalidInputError
        Naming the first set, field and value out of range.

    Examples
    --------
    >>> sets = [[-79.21, 318_444.0, 0.57, 0.71], [-168.0, 700_000.0, 0.40, 0.30]]
    >>> simulate_many(sets).cp_n.max(axis=2).round(2).tolist()  # heights of the peaks
    [[2.61, 2.22, 1.92, 1.62, 1.47, 1.37], [1.34, 1.23, 1.15, 1.08, 1.05, 1.03]]

    Fictive temperatures of all sets at the same times of a program:

    >>> from relaxnet import Program, Ramp
    >>> simulate_many(sets, Program(490.0, (Ramp(430.0, 10.0),)), time_s=[0.0, 360.0]).fictive_k.round().tolist()
    [[490.0, 455.0], [490.0, 479.0]]
    """
    program = chr_program() if program is None else program
    _check_options(program, tolerance, certify)
    _check_count("workers", workers, 1, _MAX_WORKERS)
    if progress is not None and not callable(progress):
        raise InvalidInputError("progress", repr(progress), "a callable")
    sets = as_sets(parameters)
    if isinstance(program, Program):
        return _trajectories(sets, program, time_s, tolerance, certify, workers, progress)
    if time_s is not None:
        raise InvalidInputError("time_s", "given", "absent: scans are kept at nodes of their own")
    _check_count("nodes", nodes, *_NODES)
    _check_dtype(dtype)
    check_sets(sets, program)
    return _scans(sets, program, tolerance, certify, nodes, dtype, workers, progress)


def _scans(
    sets: Float, program: ChrProgram, tolerance: float, certify: bool, nodes: int, dtype: type, workers: int,
    progress: Progress | None,
) -> Signals:  # fmt: skip
    from .kernels.scans import chr_quartet

    accuracy = _Accuracy.of(tolerance, sets)
    finer = accuracy.certifying(sets) if certify else None
    scans = len(program.cooling_rates_k_per_min)
    u = np.empty((len(sets), scans, nodes))
    cp_n: NDArray[np.floating] = np.empty(u.shape, dtype=dtype)
    glass_fictive_k = np.empty((len(sets), scans))
    error = np.empty((len(sets), scans)) if finer else None
    rates_k_per_s = np.array(program.cooling_rates_k_per_min) / 60.0, program.heating_rate_k_per_min / 60.0

    def scan(values: Float, accuracy: _Accuracy, nodes: int) -> tuple[Float, Float, Float]:
        ln_a, dh, x, beta = values
        node_u, node_cp, fictive_k = np.empty((scans, nodes)), np.empty((scans, nodes)), np.empty(scans)
        melts = chr_quartet(
            ln_a, dh / GAS_CONSTANT, x, beta, *rates_k_per_s, *accuracy.sums[float(beta)], accuracy.tolerance,
            accuracy.largest_change, accuracy.end_tolerance, node_u, node_cp, fictive_k,
        )  # fmt: skip
        if not melts:
            raise InvalidInputError("x", f"{x:g}", "large enough that the glass melts at these rates")
        return node_u, node_cp, fictive_k

    def run(q: int) -> None:
        u[q], cp_n[q], glass_fictive_k[q] = scan(sets[q], accuracy, nodes)
        if finer and error is not None:
            exact_u, exact_cp, _ = scan(sets[q], finer, _CERTIFY_NODES * nodes)
            error[q] = largest_difference(sets[q, 1] / GAS_CONSTANT, u[q], cp_n[q], exact_u, exact_cp)

    _each(len(sets), run, workers, progress)
    return Signals(
        u, cp_n, sets[:, 1] / GAS_CONSTANT, glass_fictive_k, error=error,
        cooling_rates_k_per_min=program.cooling_rates_k_per_min,
    )  # fmt: skip


def _trajectories(
    sets: Float, program: Program, time_s: ArrayLike | None, tolerance: float, certify: bool, workers: int,
    progress: Progress | None,
) -> Trajectories:  # fmt: skip
    path = program.path()
    time, temperature_k, rate_k_per_s = coordinates(path, default_times_s(program) if time_s is None else time_s)
    places = Places.of(path, time)
    fictive_k, fictive_rate_k_per_s = np.empty((len(sets), len(time))), np.empty((len(sets), len(time)))
    accuracy = _Accuracy.of(tolerance, sets)
    finer = accuracy.certifying(sets) if certify else None
    error_k = np.zeros(len(sets)) if finer else None

    def run(q: int) -> None:
        fictive_k[q], fictive_rate_k_per_s[q] = _solve(sets[q], path, accuracy).at(places)
        if finer and error_k is not None:
            exact_k, _ = _solve(sets[q], path, finer).at(places)
            error_k[q] = np.abs(fictive_k[q] - exact_k).max(initial=0.0)

    _each(len(sets), run, workers, progress)
    return Trajectories(time, temperature_k, rate_k_per_s, fictive_k, fictive_rate_k_per_s, error_k)


def solve_paths(values: Float, paths: Sequence[Path], *, tolerance: float = TOLERANCE) -> list[Solution]:
    """Solutions of one parameter set (4,) along several paths; the exponential sum is made once.

    Raises
    ------
    InvalidInputError
        For parameters out of range.
    """
    sets = as_sets(values[None])
    accuracy = _Accuracy.of(tolerance, sets)
    return [_solve(sets[0], path, accuracy) for path in paths]


def _solve(values: Float, path: Path, accuracy: _Accuracy) -> Solution:
    from .kernels.segments import solve_pieces

    ln_a, dh, x, beta = values
    knots, begin = solve_pieces(
        path.start_k, path.end_k, path.duration_s, ln_a, dh / GAS_CONSTANT, x, *accuracy.sums[float(beta)],
        accuracy.tolerance, accuracy.largest_change,
    )  # fmt: skip
    return Solution(path, knots, begin)


def _each(count: int, run: Callable[[int], None], workers: int, progress: Progress | None) -> None:
    """Call ``run`` with 0 ... count - 1, in ``workers`` threads."""

    def batch(part: slice) -> int:
        for q in range(part.start, part.stop):
            run(q)
        return int(part.stop - part.start)

    for done in in_threads(batch, count, _BATCH, workers):
        if progress:
            progress(done)
