"""The plain least-squares fit that a careful user would write: the yardstick of every other estimator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.processes import check_workers
from relaxnet.core.threads import in_threads

from ..physics.parameters import RANGES, checked_number
from .bound import Lag, free_coordinates, inverse_information, parameter_covariance
from .coordinates import Coordinates
from .model import ScanModel, jacobian
from .scans import MeasuredScans
from .search import HIGHEST, LOWEST, MAX_LAG_K, NAMES, START_LAG_K, Optimum, is_white, search
from .starts import SHAPES

Float = NDArray[np.float64]

_EDGE = 1e-4  # distance of a coordinate from an end of its range within which it counts as there


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
    lag_allowed = f"a number from 0 to {MAX_LAG_K:g} K"
    first_lag_k = checked_number(
        "lag_k", (START_LAG_K if free == 5 else 0.0) if lag_k is None else lag_k, 0.0, MAX_LAG_K, lag_allowed
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
    best: Optimum | None = None
    tried = 0
    for x, beta in starting:
        tried += 1
        found = search(model, scans, measured, t0_k, (x, beta, first_lag_k), free)
        if found and (best is None or found.cost < best.cost):
            best = found
        if best and best.converged and is_white(scans, best.residuals):
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


def _result(
    model: ScanModel, scans: MeasuredScans, best: Optimum | None, free: int, noise: float | None, tried: int
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
    room = np.minimum(point - LOWEST, HIGHEST - point)[:free]
    return FitResult(
        coordinates.parameters(point[:4]), parameter_covariance(coordinates, point[:4], covariance), float(point[4]),
        coordinates, point[:4], covariance, float(np.sqrt(np.mean(residuals**2))), best.converged,
        is_white(scans, residuals), tuple(NAMES[k] for k in np.flatnonzero(room < _EDGE)), tried,
        model.simulations,
    )  # fmt: skip


def _checked_shape(shape: tuple[float, float]) -> tuple[float, float]:
    x, beta = shape
    for name, value in (("x", x), ("beta", beta)):
        checked_number(name, value, *RANGES[name], "a number from {:g} to {:g}".format(*RANGES[name]))
    return float(x), float(beta)
