"""Which parameter sets can be simulated along which program, and where their transition and their scans lie."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

from .parameters import GAS_CONSTANT, PARAMETER_NAMES, check_parameter, checked_kind, checked_numbers
from .program import ChrProgram, chr_program

END_TOLERANCE = 1e-5  # of cp_n at the glass and the liquid end
_MIN_U = 0.5

Float = NDArray[np.float64]


def as_sets(parameters: ArrayLike) -> Float:
    """Parameter sets as an array of shape (n, 4), all inside their ranges, or `InvalidInputError` for the first not."""
    sets = _as_rows(parameters)
    for column, name in enumerate(PARAMETER_NAMES):
        values = sets[:, column]
        for value in (*values[~np.isfinite(values)][:1], *([values.min(), values.max()] if len(values) else [])):
            check_parameter(name, float(value))
    return sets


def _as_rows(parameters: ArrayLike) -> Float:
    sets = np.ascontiguousarray(checked_numbers("parameters", parameters, "numbers, of shape (n, 4)"))
    if sets.ndim != 2 or sets.shape[1] != len(PARAMETER_NAMES):
        raise InvalidInputError("parameters", f"shape {sets.shape}", "of shape (n, 4)")
    return sets


def check_sets(sets: Float, program: ChrProgram) -> None:
    """Raise `InvalidInputError` for the first of ``sets`` (shape (n, 4)) that cannot be simulated."""
    sets = as_sets(sets)
    too_high = sets[:, 0] > highest_ln_a(sets[:, 1], sets[:, 3], program)
    if too_high.any():
        ln_a, dh = sets[too_high][0, :2]
        allowed = "low enough that the liquid reaches equilibrium at these rates"
        raise InvalidInputError("ln_a", f"{ln_a:g} with dh_j_per_mol = {dh:g}", allowed)


def highest_ln_a(dh_j_per_mol: Float, beta: Float, program: ChrProgram) -> Float:
    """Highest ln A for which the scans begin and end in a liquid that is in equilibrium, shape of the arguments.

    The hot end of the scans lies `liquid_reach` above the transition while heating; it and the transition at the
    fastest rate must stay at ``u = dh/(R T)`` above 1/2.
    """
    from .kernels.nodes import liquid_reach

    reach = np.array([liquid_reach(value, END_TOLERANCE) for value in np.atleast_1d(beta)])
    scale = np.atleast_1d(dh_j_per_mol) / GAS_CONSTANT

    def at_transition(u: Float, rate_k_per_min: float) -> Float:
        return -u - 2.0 * np.log(u) - np.log(rate_k_per_min / 60.0 / scale)

    fastest = max(*program.cooling_rates_k_per_min, program.heating_rate_k_per_min)
    reach = reach + max(0.0, np.log(fastest / program.heating_rate_k_per_min))
    heating = at_transition(_MIN_U + reach, program.heating_rate_k_per_min)
    return np.minimum(heating, at_transition(np.full_like(reach, _MIN_U), fastest))


def transition_u(parameters: ArrayLike, program: ChrProgram | None = None) -> Float:
    """Value of u = dh/(R T) at which each parameter set falls out of equilibrium at the heating rate, shape (n,)."""
    from .kernels.nodes import transitions_u

    sets, program = _as_rows(parameters), chr_program() if program is None else program
    checked_kind("program", program, ChrProgram, "a ChrProgram")
    rate = program.heating_rate_k_per_min / 60.0
    return np.asarray(transitions_u(sets[:, 0].copy(), sets[:, 1] / GAS_CONSTANT, rate))
