"""The plain fit: Levenberg's and Marquardt's search in ln A, dh, x and beta from a user's start, as most people do it.

Lines are drawn beforehand and the lag is what is given; trial points that cannot be simulated count as bad ones.  ln A
and dh are almost collinear (correlation -0.9999): derivatives must be exact to more digits than that, or the search
stops in the valley far from the optimum, without a word and with small standard errors.  Differences of 1e-6 of each
parameter do on this simulator; those of 1e-4, which a coarser one needs, stop where dh is 10 % wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ...physics.parameters import PARAMETER_NAMES, check_parameter, checked_kind
from ..result import Flag
from .answer import Found
from .features import Features
from .peak_heights import by_peak_heights
from .simulation import Simulation

Float = NDArray[np.float64]

STEP = 1e-6  # of the differences, in shares of each parameter
_MOST_ROUNDS = 60
_UNLIKE = 10.0  # residual of a point that cannot be simulated


def by_levenberg_marquardt(
    measured: Sequence[Features], lag_s: float = 0.0, start: Mapping[str, float] | None = None, step: float = STEP
) -> Found:  # fmt: skip
    """Fit of the normalised scans from ``start``, by default from the answer of the peak heights.

    ``step`` is that of the forward differences, in shares of each parameter.

    Raises
    ------
    InvalidInputError
        For a start that is not all four parameters, or cannot be simulated.
    """
    simulation = Simulation(measured, lag_s)
    first = _start(measured, lag_s, start)
    if first is None:
        found = Found("Levenberg-Marquardt")
        text = "There is no start: the peak heights of these scans give none; give one."
        found.flags.append(Flag("no_start", text))
        return found
    return _search(simulation, first, step)


def _start(measured: Sequence[Features], lag_s: float, start: Mapping[str, float] | None) -> Float | None:
    if start is None:
        first = by_peak_heights(measured, lag_s).parameters
        return first if np.isfinite(first).all() else None
    checked_kind("start", start, Mapping, f"values of {', '.join(PARAMETER_NAMES)}")
    if set(start) != set(PARAMETER_NAMES):
        raise InvalidInputError("start", ", ".join(map(str, start)), f"a value of each of {', '.join(PARAMETER_NAMES)}")
    return np.array([check_parameter(name, start[name]) for name in PARAMETER_NAMES])


def _search(simulation: Simulation, first: Float, step: float) -> Found:
    from scipy.optimize import least_squares

    signal = np.concatenate([one.cp_n for one in simulation.measured])
    simulation.cp_n(first)  # an impossible start is told

    def residuals(values: Float) -> Float:
        try:
            return np.asarray(np.concatenate(simulation.cp_n(values)) - signal)
        except InvalidInputError:
            return np.full(len(signal), _UNLIKE)

    best = least_squares(
        residuals, first, method="lm", x_scale="jac", diff_step=np.full(4, step), max_nfev=5 * _MOST_ROUNDS
    )
    found = Found("Levenberg-Marquardt", parameters=best.x)
    found.cp_n = simulation.cp_n(best.x)
    scale = 2.0 * best.cost / max(len(signal) - len(first), 1)
    jacobian = np.asarray(best.jac)
    sizes = np.linalg.norm(jacobian, axis=0)
    if (sizes > 0).all():
        inverse = np.linalg.pinv((jacobian / sizes).T @ (jacobian / sizes), rcond=1e-15, hermitian=True)
        found.covariance = scale * inverse / np.outer(sizes, sizes)
        found.std = np.sqrt(np.maximum(np.diag(found.covariance), 0.0))
    if best.status == 0 or not (sizes > 0).all():
        text = "The search did not come to an end; start nearer to the truth, or use the fit."
        found.flags.append(Flag("not_converged", text))
    return found
