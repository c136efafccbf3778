"""x and beta from the heights of the relaxation peaks: simulation-comparative method.

The height cp_n,max rises as the glass is cooled more slowly; level and steepness of this dependence belong to a pair of
x and beta, which is found by comparing with simulated scans (Svoboda and Malek, J. Non-Cryst. Solids 378 (2013) 186).
dh and the place on the temperature scale come from the fictive temperatures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ...physics import GAS_CONSTANT
from ..result import Flag
from .answer import Found
from .area import activation, ln_a_of, no_activation, of_plot, two_rates
from .features import Features, peak_of
from .regression import student
from .simulation import Simulation

Float = NDArray[np.float64]

_ROUGH = 1e-3  # tolerance of the simulator, for heights
_GRID = np.linspace(0.25, 0.95, 6)
_LOWEST, _HIGHEST = 0.15, 1.0
_STARTS = 2  # of the grid's best, from which the search goes on
_STEP = np.array([0.005, 0.005])  # of the differences, in shares of x and beta
_ENOUGH = 1e-7  # change of the cost, in shares
_UNLIKE = 10.0  # residual of what cannot be simulated
_AT_END = 1e-3
_FEWEST = 3  # scans: one more than unknowns


def by_peak_heights(measured: Sequence[Features], lag_s: float = 0.0) -> Found:
    """Combined classical estimate: dh by equal areas, x and beta by the heights of the peaks, ln A by the place."""
    found = Found("peak heights")
    found.flags += of_plot(measured, lag_s)
    line = activation(measured)
    if line is None:
        found.flags.append(no_activation(measured))
        return found
    if not line.freedom:
        found.flags.append(two_rates())
    simulation = Simulation(measured, lag_s)
    dh = line.dh_j_per_mol
    found.parameters[1], found.std[1] = dh, line.std
    found.half_width_90[1] = line.half_width_90
    heights = np.array([one.peak for one in measured])
    overshoots = np.isfinite([one.peak_k for one in measured]).sum()
    if overshoots < _FEWEST:
        text = f"x and beta need {_FEWEST} scans with a peak above the liquid, and there are {overshoots}; add scans "
        found.flags.append(Flag("x_beta_unidentified", text + "after slower coolings, or heat faster."))
        return found
    return _compare(found, simulation, heights, np.array([ln_a_of(measured, dh), dh]))


def _compare(found: Found, simulation: Simulation, heights: Float, thermal: Float) -> Found:
    """Add x, beta and ln A; ``thermal`` are ln A, roughly, and dh."""
    starts = np.array([(x, beta) for x in _GRID for beta in _GRID])
    order = np.argsort([float(np.sum(_differences(start, simulation, heights, thermal) ** 2)) for start in starts])
    ends = [_search(start, simulation, heights, thermal) for start in starts[order[:_STARTS]]]
    best = min(ends, key=lambda end: float(end.cost))
    try:
        thermal = np.array([simulation.ln_a(np.concatenate([thermal, best.x])), thermal[1]])
        if any(one.cooling_k_per_s is None for one in simulation.measured):  # ageing depends on ln A itself
            best = _search(best.x, simulation, heights, thermal)
        parameters = np.concatenate([thermal, best.x])
        parameters[0] = simulation.ln_a(parameters)
        found.cp_n = simulation.cp_n(parameters)
    except InvalidInputError:
        text = "Scans with the x and beta of these heights cannot be simulated; look at the baselines."
        found.flags.append(Flag("x_beta_unidentified", text))
        return found
    freedom = len(heights) - 2
    inverse = np.linalg.pinv(best.jac.T @ best.jac)
    found.parameters = parameters
    found.std[2:] = np.sqrt(np.diag(inverse) * 2.0 * best.cost / freedom)
    found.half_width_90[2:] = student(freedom)
    # ln A goes with dh along tau(Tf), which is known well
    mean_k = float(np.mean([one.fictive_k for one in simulation.measured]))
    found.std[0] = found.std[1] / (GAS_CONSTANT * mean_k)
    found.half_width_90[0] = found.half_width_90[1]
    for value, name in zip(best.x, ("x", "beta"), strict=True):
        if min(value - _LOWEST, _HIGHEST - value) < _AT_END:
            text = f"{name} ended at {value:.2f}, an end of its range: the heights of the peaks ask for one beyond."
            found.flags.append(Flag(f"{name}_at_bound", text))
    return found


def _differences(shape: Float, simulation: Simulation, heights: Float, thermal: Float) -> Float:
    """Logarithms of simulated heights over measured ones: of a steep peak few points tell the height."""
    try:
        curves = simulation.in_place(np.concatenate([thermal, shape]), _ROUGH)
    except InvalidInputError:
        return np.full(len(heights), _UNLIKE)
    pairs = zip(simulation.measured, curves, strict=True)
    simulated = np.array([peak_of(one.scan, one.scan.temperature_k, cp_n)[1] for one, cp_n in pairs])
    return np.asarray(np.log(simulated / heights))


def _search(start: Float, simulation: Simulation, heights: Float, thermal: Float) -> Any:
    from scipy.optimize import least_squares

    return least_squares(
        _differences, start, args=(simulation, heights, thermal), bounds=([_LOWEST] * 2, [_HIGHEST] * 2),
        diff_step=_STEP, ftol=_ENOUGH, xtol=10.0 * _ENOUGH,
    )  # fmt: skip
