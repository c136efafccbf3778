"""One search of the plain fit: from a start to an optimum, and whether its residuals are noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..physics import Signals
from ..physics.parameters import RANGES
from .coordinates import COORDINATE_NAMES
from .model import ScanModel
from .scans import MeasuredScans
from .starts import U_RANGE, start

Float = NDArray[np.float64]

MAX_EVALUATIONS = 60  # of the residuals, from one start
START_LAG_K, MAX_LAG_K = 0.3, 50.0
NAMES = (*COORDINATE_NAMES, "lag_k")
LOWEST = np.array([-40.0, np.log(U_RANGE[0] / 2.0), RANGES["x"][0], RANGES["beta"][0], 0.0])
HIGHEST = np.array([40.0, np.log(U_RANGE[1] * 2.0), RANGES["x"][1], RANGES["beta"][1], MAX_LAG_K])
_LAG_STEP_K = 1e-4
# Steps of the one-sided differences that lead to the optimum; its covariance takes central ones.
_STEPS = (5e-3, 5e-3, 2e-3)
_BETA_STEP = 2.5e-3
_COST_TOLERANCE, _STEP_TOLERANCE, _GRADIENT_TOLERANCE = 1e-7, 1e-6, 1e-10
# A start has led to the right optimum where the residuals are noise: neighbours do not go together, and few are large.
# Both in multiples of what white noise does, about 1/sqrt(points).  Residuals as small as the errors of the simulator
# need not be noise.
_CORRELATED, _OUTLYING, _NO_RESIDUAL = 5.0, 5.0, 1e-4
_SD_PER_MEDIAN = 1.4826  # of the absolute value of a normal variable


class Optimum(NamedTuple):
    """Where a search ended: the point with its lag (5,), the residuals (points,), half the sum of their squares."""

    point: Float
    residuals: Float
    cost: float
    converged: bool


def search(
    model: ScanModel, scans: MeasuredScans, measured: Float, t0_k: float, shape: tuple[float, float, float], free: int
) -> Optimum | None:
    """Optimum that one start leads to; None where it, or what surrounds it, cannot be simulated."""
    from scipy.optimize import least_squares

    x, beta, lag_k = shape
    residuals = _Residuals(model, measured, lag_k)
    low, high = LOWEST[:free], HIGHEST[:free]
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
    return Optimum(residuals.whole(found.x), found.fun, float(found.cost), found.status > 0)


class _Residuals:
    """Residuals and their derivatives.  The last point is kept: a search asks for its derivatives next."""

    def __init__(self, model: ScanModel, measured: Float, lag_k: float) -> None:
        self._model, self._measured, self._lag_k = model, measured, lag_k
        self._last: tuple[Float, list[Signals]] | None = None

    def _signals(self, whole: Float) -> list[Signals]:
        if self._last is None or not np.array_equal(self._last[0], whole[:4]):
            self._last = whole[:4].copy(), self._model.simulate(whole[:4])
        return self._last[1]

    def whole(self, point: Float) -> Float:
        """The point with its lag, shape (5,)."""
        return point if len(point) == 5 else np.append(point, self._lag_k)

    def __call__(self, point: Float) -> Float:
        """Residuals, shape (points,); infinite where the point cannot be simulated: the search turns back."""
        whole = self.whole(point)
        try:
            return self._model.at(self._signals(whole), float(whole[4])) - self._measured
        except InvalidInputError:
            return np.full(len(self._measured), np.inf)

    def derivatives(self, point: Float) -> Float:
        """Derivatives by one-sided differences, shape (points, free)."""
        whole = self.whole(point)
        signals = self._signals(whole)
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


def is_white(scans: MeasuredScans, residuals: Float) -> bool:
    """Whether residuals (points,) look like white noise, or are as small as the errors of the simulator."""
    rms = float(np.sqrt(np.mean(residuals**2)))
    if rms < _NO_RESIDUAL:
        return True
    ends = np.cumsum([len(scan.temperature_k) for scan in scans.scans])[:-1]
    products = residuals[1:] * residuals[:-1]
    products[ends - 1] = 0.0  # neighbours in different scans
    correlated = abs(products.sum()) / (residuals**2).sum()
    usual = _SD_PER_MEDIAN * float(np.median(np.abs(residuals)))
    share = 1.0 / np.sqrt(len(residuals))
    return bool(correlated < _CORRELATED * share and rms < (1.0 + _OUTLYING * share) * usual)
