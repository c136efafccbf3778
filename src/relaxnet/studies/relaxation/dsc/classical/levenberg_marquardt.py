"""The plain fit: Levenberg's and Marquardt's search in ln A, dh, x and beta from a user's start, as most people do it.

Lines are drawn beforehand and the lag is what is given; trial points that cannot be simulated count as bad ones, and x
and beta beyond their ranges as at the end of these.  ln A and dh are almost collinear (correlation -0.9999), so that
derivatives must be exact to more digits than that: the simulator allows differences of 1e-6 of each parameter.  With
those of 1e-4, down for ln A and up for dh (away from 0, as SciPy takes them), the search stopped in the valley with dh
10 % wrong, without a word and with small standard errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ...physics.parameters import PARAMETER_NAMES, RANGES, check_parameter, checked_kind
from ..result import Flag
from .answer import Found
from .features import Features
from .peak_heights import by_peak_heights
from .simulation import Simulation

Float = NDArray[np.float64]

_STEP = 1e-6  # of the differences, in shares of each parameter
_MOST_TRIALS = 100
_LOWEST, _HIGHEST = np.array(list(RANGES.values())).T
_UNLIKE = 10.0  # residual of a point that cannot be simulated


def by_levenberg_marquardt(
    measured: Sequence[Features], lag_s: float = 0.0, start: Mapping[str, float] | None = None
) -> Found:  # fmt: skip
    """Fit of the normalised scans from ``start``, by default from the answer of the peak heights.

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
    return _search(simulation, first)


def _start(measured: Sequence[Features], lag_s: float, start: Mapping[str, float] | None) -> Float | None:
    if start is None:
        first = by_peak_heights(measured, lag_s).parameters
        return first if np.isfinite(first).all() else None
    checked_kind("start", start, Mapping, f"values of {', '.join(PARAMETER_NAMES)}")
    if set(start) != set(PARAMETER_NAMES):
        raise InvalidInputError("start", ", ".join(map(str, start)), f"a value of each of {', '.join(PARAMETER_NAMES)}")
    return np.array([check_parameter(name, start[name]) for name in PARAMETER_NAMES])


class _Residuals:
    """Simulated less measured scans, and their derivatives; x and beta beyond their ranges count as at its end."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.signal = np.concatenate([one.cp_n for one in simulation.measured])

    def __call__(self, values: Float) -> Float:
        try:
            return np.asarray(np.concatenate(self._simulation.cp_n(within(values))) - self.signal)
        except InvalidInputError:
            return np.full(len(self.signal), _UNLIKE)

    def derivatives(self, values: Float) -> Float:
        """Forward differences, backward ones at the upper ends of the ranges; shape (points, 4)."""
        place = within(values)
        here = self(place)
        columns = np.empty((len(self.signal), len(place)))
        for k, value in enumerate(place):
            step = _STEP * abs(value)
            step = -step if value + step > _HIGHEST[k] else step
            moved = place.copy()
            moved[k] += step
            columns[:, k] = (self(moved) - here) / step
        return columns


def within(values: Float) -> Float:
    """Parameters moved into their ranges."""
    return np.clip(values, _LOWEST, _HIGHEST)


def _search(simulation: Simulation, first: Float) -> Found:
    from scipy.optimize import least_squares

    residuals = _Residuals(simulation)
    simulation.cp_n(first)  # an impossible start is told
    best = least_squares(
        residuals, first, residuals.derivatives, method="lm", x_scale="jac", max_nfev=_MOST_TRIALS
    )  # fmt: skip
    found = Found("Levenberg-Marquardt", parameters=within(best.x))
    found.cp_n = simulation.cp_n(found.parameters)
    scale = 2.0 * best.cost / max(len(residuals.signal) - len(first), 1)
    jacobian = np.asarray(best.jac)
    sizes = np.linalg.norm(jacobian, axis=0)
    if (sizes > 0).all():
        inverse = np.linalg.pinv((jacobian / sizes).T @ (jacobian / sizes), rcond=1e-15, hermitian=True)
        found.covariance = scale * inverse / np.outer(sizes, sizes)
        found.std = np.sqrt(np.maximum(np.diag(found.covariance), 0.0))
    if best.status == 0 or not (sizes > 0).all():
        text = "The search did not come to an end; start nearer to the truth, or use the fit."
        found.flags.append(Flag("not_converged", text))
    for k in (2, 3):
        if best.x[k] <= _LOWEST[k] or best.x[k] >= _HIGHEST[k]:
            text = f"{PARAMETER_NAMES[k]} ended at {found.parameters[k]:g}, an end of its range."
            found.flags.append(Flag(f"{PARAMETER_NAMES[k]}_at_bound", text))
    return found
