"""The plain least-squares fit that a careful user would write: the yardstick of every other estimator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.processes import check_workers
from relaxnet.core.threads import in_threads

from ..physics.parameters import RANGES, checked_number
from .bound import Lag, free_coordinates, inverse_information, parameter_covariance
from .coordinates import COORDINATE_NAMES, Coordinates
from .model import ScanModel, jacobian
from .scans import MeasuredScans
from .starts import SHAPES, U_RANGE, start

Float = NDArray[np.float64]

MAX_EVALUATIONS = 60  # of the residuals, from one start
_START_LAG_K, _MAX_LAG_K = 0.3, 50.0
_NAMES = (*COORDINATE_NAMES, "lag_k")
_LOWEST = np.array([-40.0, np.log(U_RANGE[0] / 2.0), RANGES["x"][0], RANGES["beta"][0], 0.0])
_HIGHEST = np.array([40.0, np.log(U_RANGE[1] * 2.0), RANGES["x"][1], RANGES["beta"][1], _MAX_LAG_K])
_LAG_STEP_K = 1e-4
# Steps of the one-sided differences that lead to the optimum; its covariance takes central ones.
_STEPS = (5e-3, 5e-3, 2e-3)
_BETA_STEP = 2.5e-3
_COST_TOLERANCE, _STEP_TOLERANCE, _GRADIENT_TOLERANCE = 1e-7, 1e-6, 1e-10
_EDGE = 1e-4  # distance of a coordinate from an end of its range within which it counts as there
# A start has led to the right optimum where the residuals are noise: neighbours do not go together, or they are as
# small as the errors of the simulator.
_CORRELATED, _NO_RESIDUAL = 5.0, 1e-4


@dataclass(frozen=True, eq=False)
class FitResult:
    """Result of `fit`.

    ``parameters`` (4,) are ``ln_a, dh_j_per_mol, x, beta``, with ``covariance`` (4, 4); ``point`` (4,) the same in
    `Coordinates`, with ``point_covariance`` (4, 4), or (5, 5) with the lag last where it was fitted.  The covariances
    are those of white noise; it is that of the residuals where it was not given.  ``residual_rms`` is over all points.
    ``converged`` tells whether the search ended at an optimum and ``white`` whether its residuals look like noise.
    ``at_edge`` names the coordinates that ended at an end of their range: there the covariance means little.  Where no
    start could be simulated, the numbers are NaN.
    """

    parameters: Float
    covariance: Float
    lag_k: float
    coordinates: Coordinates
    point: Float
    point_covariance: Float
    residual_rms: float
    converged: bool
    white: bool
    at_edge: tuple[str, ...]
    starts: int
    simulations: int

    @property
    def sd(self) -> Float:
        """Standard deviations of ``ln_a, dh_j_per_mol, x, beta``, shape (4,)."""
        return np.sqrt(np.diag(self.covariance))


def fit(
    scans: MeasuredScans, *, lag: Lag = "known", lag_k: float | None = None, noise: float | None = None,
    shapes: Sequence[tuple[float, float]] = SHAPES,
) -> FitResult:  # fmt: skip
    """Fit the scans of one sample by least squares, from one start after the other until the residuals are noise.

    Parameters
    ----------
    scans : MeasuredScans
        Normalised: cp_n is 0 in the glass and 1 in the liquid.
    lag : "known" or "fitted"
        The latter makes the thermal lag an unknown.
    lag_k : float, optional
        The lag in K, 0 by default, or where its search starts.
    noise : float, optional
        Standard deviation of a point, where it is known.
    shapes : sequence of (x, beta)
        Starting values.

    Raises
    ------
    InvalidInputError
        For scans that do not rise from glass to liquid, impossible options, and fewer points than unknowns.

    Examples
    --------
    >>> from relaxnet.studies.relaxation.estimation.scans import simulate_scans
    >>> (scans,) = simulate_scans([[-79.21, 318_444.0, 0.57, 0.71]], noise=0.01, generator=np.random.default_rng(1))
    >>> found = fit(scans)
    >>> found.converged, bool(np.all(abs(found.parameters - [-79.21, 318_444.0, 0.57, 0.71]) < 3 * found.sd))
    (True, True)
    """
    free = free_coordinates(lag)
    lag_allowed = f"a number from 0 to {_MAX_LAG_K:g} K"
    first_lag_k = checked_number(
        "lag_k", (_START_LAG_K if free == 5 else 0.0) if lag_k is None else lag_k, 0.0, _MAX_LAG_K, lag_allowed
    )
    if noise is not None:
        noise = checked_number("noise", noise, 1e-12, np.inf, "a number above 0")
    starting = [_checked_shape(shape) for shape in shapes]
    if not starting:
        raise InvalidInputError("shapes", "()", "at least one pair of x and beta")
    t0_k = scans.half_rise_k
    model = ScanModel(scans, Coordinates(t0_k))
    measured = scans.cp_n
    if len(measured) <= free:
        raise InvalidInputError("scans", f"{len(measured)} points", f"more points than the {free} unknowns")
    best: _Optimum | None = None
    tried = 0
    for x, beta in starting:
        tried += 1
        found = _search(model, scans, measured, t0_k, (x, beta, first_lag_k), free)
        if found and (best is None or found.cost < best.cost):
            best = found
        if best and best.converged and _is_white(scans, best.residuals):
            break
    return _result(model, scans, best, free, noise, tried)


def fit_many(
    samples: Sequence[MeasuredScans], *, lag: Lag = "known", lag_k: float | None = None, noise: float | None = None,
    shapes: Sequence[tuple[float, float]] = SHAPES, workers: int = 1, progress: Callable[[int], object] | None = None,
) -> list[FitResult]:  # fmt: skip
    """`fit` each of many samples, in ``workers`` threads; ``progress`` is called with the number done since last.

    Scans that cannot be fitted are an `InvalidInputError` before the first fit; it names the sample.
    """
    check_workers(workers)
    for number, scans in enumerate(samples):
        try:
            _ = scans.half_rise_k
        except InvalidInputError as error:
            raise InvalidInputError(f"samples[{number}]: {error.field}", error.value, error.allowed) from None

    def run(part: slice) -> FitResult:
        return fit(samples[part.start], lag=lag, lag_k=lag_k, noise=noise, shapes=shapes)

    results = []
    for result in in_threads(run, len(samples), 1, workers):
        results.append(result)
        if progress:
            progress(1)
    return results


class _Optimum(NamedTuple):
    point: Float  # (5,)
    residuals: Float
    cost: float
    converged: bool


def _search(
    model: ScanModel, scans: MeasuredScans, measured: Float, t0_k: float, shape: tuple[float, float, float], free: int
) -> _Optimum | None:
    """Optimum that one start leads to; None where it, or what surrounds it, cannot be simulated."""
    from scipy.optimize import least_squares

    x, beta, lag_k = shape
    residuals = _Residuals(model, measured, lag_k)
    low, high = _LOWEST[:free], _HIGHEST[:free]
    try:
        first = np.append(start(model, scans, t0_k, x, beta), lag_k)[:free]
        first = np.clip(first, low + 1e-9, high - 1e-9)
        if not np.isfinite(residuals(first)).all():
            return None
        found = least_squares(
            residuals, first, residuals.derivatives, bounds=(low, high), x_scale="jac", ftol=_COST_TOLERANCE,
            xtol=_STEP_TOLERANCE, gtol=_GRADIENT_TOLERANCE, max_nfev=MAX_EVALUATIONS,
        )  # fmt: skip
    except InvalidInputError:
        return None
    return _Optimum(residuals.whole(found.x), found.fun, float(found.cost), found.status > 0)


class _Residuals:
    """Residuals and their derivatives, with the signals of the last point kept for both."""

    def __init__(self, model: ScanModel, measured: Float, lag_k: float) -> None:
        self._model, self._measured, self._lag_k = model, measured, lag_k

    def whole(self, point: Float) -> Float:
        """The point with its lag, shape (5,)."""
        return point if len(point) == 5 else np.append(point, self._lag_k)

    def __call__(self, point: Float) -> Float:
        """Residuals, shape (points,); infinite where the point cannot be simulated: the search turns back."""
        whole = self.whole(point)
        try:
            return self._model(whole) - self._measured
        except InvalidInputError:
            return np.full(len(self._measured), np.inf)

    def derivatives(self, point: Float) -> Float:
        """Derivatives by one-sided differences, shape (points, free)."""
        whole = self.whole(point)
        signals = self._model.simulate(whole[:4])
        here = self._model.at(signals, float(whole[4]))
        columns = []
        for k, step in enumerate((*_STEPS, _beta_step(whole[3]))):
            if k == 2 and whole[2] + step > 1.0:
                step = -step
            moved = whole.copy()
            moved[k] += step
            try:
                value = self._model(moved)
            except InvalidInputError:
                moved[k], step = whole[k] - step, -step
                value = self._model(moved)
            columns.append((value - here) / step)
        if len(point) == 5:
            more = self._model.at(signals, float(whole[4]) + _LAG_STEP_K)
            columns.append((more - here) / _LAG_STEP_K)
        return np.stack(columns, axis=1)


def _beta_step(beta: float) -> float:
    """To a multiple of the step, one or two away: few values of beta, whose exponential sums are made only once."""
    count = np.round(beta / _BETA_STEP - 1.5) if beta > 0.5 else np.round(beta / _BETA_STEP + 1.5)
    return float(count * _BETA_STEP - beta)


def _is_white(scans: MeasuredScans, residuals: Float) -> bool:
    if np.sqrt(np.mean(residuals**2)) < _NO_RESIDUAL:
        return True
    ends = np.cumsum([len(scan.temperature_k) for scan in scans.scans])[:-1]
    products = residuals[1:] * residuals[:-1]
    products[ends - 1] = 0.0  # neighbours in different scans
    return bool(abs(products.sum()) < _CORRELATED / np.sqrt(len(residuals)) * (residuals**2).sum())


def _result(
    model: ScanModel, scans: MeasuredScans, best: _Optimum | None, free: int, noise: float | None, tried: int
) -> FitResult:
    coordinates = model.coordinates
    if best is None:
        nothing = np.full(4, np.nan)
        square = np.full((free, free), np.nan)
        return FitResult(
            nothing, square[:4, :4], np.nan, coordinates, nothing, square, np.nan, False, False, (), tried,
            model.simulations,
        )  # fmt: skip
    point, residuals = best.point, best.residuals
    variance = noise**2 if noise else 2.0 * best.cost / (len(residuals) - free)
    try:
        covariance = variance * inverse_information(jacobian(model, point, free))
    except InvalidInputError:  # at the end of what can be simulated
        covariance = np.full((free, free), np.inf)
    room = np.minimum(point - _LOWEST, _HIGHEST - point)[:free]
    return FitResult(
        coordinates.parameters(point[:4]), parameter_covariance(coordinates, point[:4], covariance), float(point[4]),
        coordinates, point[:4], covariance, float(np.sqrt(np.mean(residuals**2))), best.converged,
        _is_white(scans, residuals), tuple(_NAMES[k] for k in np.flatnonzero(room < _EDGE)), tried,
        model.simulations,
    )  # fmt: skip


def _checked_shape(shape: tuple[float, float]) -> tuple[float, float]:
    x, beta = shape
    for name, value in (("x", x), ("beta", beta)):
        checked_number(name, value, *RANGES[name], "a number from {:g} to {:g}".format(*RANGES[name]))
    return float(x), float(beta)
