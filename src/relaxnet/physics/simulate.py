"""Simulate the TNM model: the six-scan program of the paper, or any other program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InvalidInputError
from ..threads import in_threads
from ._expsum import exponential_sum
from ._modes import ladder
from ._nodes import liquid_reach, transitions_u
from ._scans import chr_quartet
from ._segments import integrate_program
from .parameters import GAS_CONSTANT, PARAMETER_NAMES, TNMParameters, check_parameter
from .program import ChrProgram, Program, chr_program
from .signals import Signals

TOLERANCE = 1.5e-4  # of dh/(R Tf) in a step; keeps the error of cp_n below 1e-4 max(1, cp_n,max) up to cp_n,max = 6
LARGEST_CHANGE = 0.6  # of ln(tau) in a step at that tolerance
END_TOLERANCE = 1e-5  # of cp_n at the glass and the liquid end
STORED_NODES = 128
_LEAST_U = 0.5
_BATCH = 16

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Trajectory:
    """Solution along a free program.

    Attributes
    ----------
    time_s, temperature_k, fictive_k : ndarray, shape (N,)
    segment : ndarray of int, shape (N,)
        Index of the program's segment that each node ends (0 for the start).
    """

    time_s: Float
    temperature_k: Float
    fictive_k: Float
    segment: NDArray[np.int64]


@overload
def simulate(parameters: TNMParameters, program: ChrProgram | None = ..., *, tolerance: float = ...) -> Signals: ...
@overload
def simulate(parameters: TNMParameters, program: Program, *, tolerance: float = ...) -> Trajectory: ...
def simulate(
    parameters: TNMParameters, program: ChrProgram | Program | None = None, *, tolerance: float = TOLERANCE
) -> Signals | Trajectory:
    """Simulate one parameter set.

    Parameters
    ----------
    parameters : TNMParameters
    program : ChrProgram or Program, optional
        Default: the six cycles of Table 1.
    tolerance : float
        Of ln(tau) in one step of the integration.

    Returns
    -------
    Signals or Trajectory
        `Signals` of the heating scans for a `ChrProgram`, the whole `Trajectory` for a `Program`.

    Raises
    ------
    InvalidInputError
        If the liquid is never in equilibrium at these rates.
    """
    if isinstance(program, Program):
        return Trajectory(*integrate_program(parameters, program, tolerance))
    return simulate_many(parameters.as_array()[None], program, tolerance=tolerance)


def simulate_many(
    parameters: ArrayLike,
    program: ChrProgram | None = None,
    *,
    tolerance: float = TOLERANCE,
    nodes: int = STORED_NODES,
    dtype: type = np.float64,
    workers: int = 1,
    progress: Callable[[int], object] | None = None,
) -> Signals:
    """Simulate the heating scans of many parameter sets.

    Every set is computed on its own, so the result does not depend on what it is computed together with, nor on the
    number of workers.

    Parameters
    ----------
    parameters : array_like, shape (n, 4)
        Columns ``ln_a, dh_j_per_mol, x, beta``.
    program : ChrProgram, optional
    tolerance : float
        Of ln(tau) in one step of the integration.
    nodes : int
        Nodes kept of each scan.
    dtype : type
        Of cp_n at the nodes.  Their places stay in double precision: a steep rise spans a ten-thousandth of u.
    workers : int
        Threads.
    progress : callable, optional
        Called with the number of sets finished since the last call.

    Raises
    ------
    InvalidInputError
        Naming the first set, field and value out of range.
    """
    program = program or chr_program()
    sets = np.ascontiguousarray(parameters, dtype=np.float64)
    if sets.ndim != 2 or sets.shape[1] != len(PARAMETER_NAMES):
        raise InvalidInputError("parameters", f"shape {sets.shape}", "of shape (n, 4)")
    check_sets(sets, program)
    scans = len(program.cooling_rates_k_per_min)
    u = np.empty((len(sets), scans, nodes))
    cp_n: NDArray[np.floating] = np.empty(u.shape, dtype=dtype)
    glass_fictive_k = np.empty((len(sets), scans))
    cooling = np.array(program.cooling_rates_k_per_min) / 60.0
    heating = program.heating_rate_k_per_min / 60.0

    sums = {float(beta): exponential_sum(float(beta)).blocks() for beta in np.unique(sets[:, 3])}
    largest_change = LARGEST_CHANGE * (tolerance / TOLERANCE) ** 0.25

    def run(part: slice) -> int:
        node_cp = np.empty((scans, nodes))
        for q in range(part.start, part.stop):
            ln_a, dh, x, beta = sets[q]
            terms = sums[float(beta)]
            chr_quartet(
                ln_a, dh / GAS_CONSTANT, x, beta, cooling, heating, *terms, *ladder(terms.chains),
                tolerance, largest_change, END_TOLERANCE, u[q], node_cp, glass_fictive_k[q],
            )  # fmt: skip
            cp_n[q] = node_cp
        return part.stop - part.start

    for done in in_threads(run, len(sets), _BATCH, workers):
        if progress:
            progress(done)
    return Signals(u, cp_n, sets[:, 1] / GAS_CONSTANT, glass_fictive_k)


def transition_u(parameters: ArrayLike, program: ChrProgram | None = None) -> Float:
    """Value of u = dh/(R T) at which each parameter set falls out of equilibrium at the heating rate, shape (n,)."""
    sets = np.asarray(parameters, dtype=np.float64)
    rate = (program or chr_program()).heating_rate_k_per_min / 60.0
    return np.asarray(transitions_u(sets[:, 0].copy(), sets[:, 1] / GAS_CONSTANT, rate))


def check_sets(sets: Float, program: ChrProgram) -> None:
    """Raise `InvalidInputError` for the first of ``sets`` (shape (n, 4)) that cannot be simulated."""
    for column, name in enumerate(PARAMETER_NAMES):
        low, high = sets[:, column].min(initial=np.inf), sets[:, column].max(initial=-np.inf)
        if len(sets) and not (np.isfinite(sets[:, column]).all()):
            check_parameter(name, sets[~np.isfinite(sets[:, column]), column][0])
        for value in (low, high) if len(sets) else ():
            check_parameter(name, float(value))
    too_high = sets[:, 0] > highest_ln_a(sets[:, 1], sets[:, 3], program)
    if too_high.any():
        ln_a, dh = sets[too_high][0, :2]
        raise InvalidInputError(
            "ln_a",
            f"{ln_a:g} with dh_j_per_mol = {dh:g}",
            "low enough that the liquid reaches equilibrium at these rates",
        )


def highest_ln_a(dh_j_per_mol: Float, beta: Float, program: ChrProgram) -> Float:
    """Highest ln A for which the scans begin and end in a liquid that is in equilibrium, shape of the arguments.

    The hot end of the scans lies `liquid_reach` above the transition while heating; it and the transition at the
    fastest rate must stay at ``u = dh/(R T)`` above 1/2.
    """
    reach = np.array([liquid_reach(value, END_TOLERANCE) for value in np.atleast_1d(beta)])
    scale = np.atleast_1d(dh_j_per_mol) / GAS_CONSTANT

    def at_transition(u: Float, rate_k_per_min: float) -> Float:
        return -u - 2.0 * np.log(u) - np.log(rate_k_per_min / 60.0 / scale)

    fastest = max(*program.cooling_rates_k_per_min, program.heating_rate_k_per_min)
    reach = reach + max(0.0, np.log(fastest / program.heating_rate_k_per_min))
    heating = at_transition(_LEAST_U + reach, program.heating_rate_k_per_min)
    return np.minimum(heating, at_transition(np.full_like(reach, _LEAST_U), fastest))
