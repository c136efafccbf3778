"""Cramér-Rao bound: how exactly any unbiased estimator can know the parameters from scans with white noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.processes import check_workers
from relaxnet.core.threads import in_threads

from ..physics.limits import as_sets
from ..physics.simulate import TOLERANCE
from .coordinates import Coordinates
from .levels import levels
from .model import ScanModel, jacobian
from .scans import MeasuredScans

Float = NDArray[np.float64]
Lag = Literal["known", "fitted"]
FREE = {"known": 4, "fitted": 5}
_CHUNK = 4  # sets of one task of a thread


@dataclass(frozen=True, eq=False)
class Bound:
    """Smallest covariances that unbiased estimates of n sets can have.

    ``covariance`` (n, 4, 4), or (n, 5, 5) with the lag in K last where it is fitted, is that of the ``coordinates``;
    ``parameter_covariance`` (n, 4, 4) that of ``ln_a, dh_j_per_mol, x, beta``.  They are infinite where the scans do
    not tell the parameters apart.
    """

    coordinates: Coordinates
    covariance: Float
    parameter_covariance: Float

    @property
    def sd(self) -> Float:
        """Standard deviations of ``ln_a, dh_j_per_mol, x, beta``, shape (n, 4)."""
        return np.sqrt(np.diagonal(self.parameter_covariance, axis1=1, axis2=2))

    @property
    def coordinate_sd(self) -> Float:
        """Standard deviations of the coordinates, and of the lag in K where it is fitted: (n, 4) or (n, 5)."""
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))


def cramer_rao(
    parameters: ArrayLike, scans: Sequence[MeasuredScans], *, noise: ArrayLike, lag_k: ArrayLike = 0.0,
    lag: Lag = "known", workers: int = 1, tolerance: float = TOLERANCE, shrink: float = 1.0,
    progress: Callable[[int], object] | None = None,
) -> Bound:  # fmt: skip
    """Bound for parameter sets measured as ``scans``.

    Parameters
    ----------
    parameters : array_like, shape (n, 4)
        True ``ln_a, dh_j_per_mol, x, beta``.
    scans : sequence of MeasuredScans, length n
        Rates and temperatures of the measurement, and T0 of the coordinates.
    noise, lag_k : array_like, shape () or (n,)
        Standard deviation of the white noise of every point; thermal lag in K, see `measured_scans`.
    lag : "known" or "fitted"
        The latter where the lag must be estimated, too.
    workers : int
        Threads.
    tolerance, shrink : float
        Of the simulator; factor of the steps of the differences.
    progress : callable, optional
        Called with the number of sets finished since the last call.

    Raises
    ------
    InvalidInputError
        For sets that cannot be simulated, noise that is not above 0, a lag below 0, or another number of scans.

    Examples
    --------
    >>> from relaxnet.studies.relaxation.estimation.scans import simulate_scans
    >>> as2se3 = [[-79.21, 318_444.0, 0.57, 0.71]]
    >>> bound = cramer_rao(as2se3, simulate_scans(as2se3), noise=0.01)
    >>> [float(f"{sd:.2g}") for sd in bound.sd[0]]  # ln A, dh in J/mol, x, beta
    [0.17, 630.0, 0.0012, 0.0011]
    """
    sets, free = as_sets(parameters), free_coordinates(lag)
    check_workers(workers)
    if len(scans) != len(sets):
        raise InvalidInputError("scans", f"{len(scans)} samples", f"one for each of the {len(sets)} parameter sets")
    noises, lags = levels("noise", noise, len(sets)), levels("lag_k", lag_k, len(sets))
    for wrong in noises[noises <= 0][:1]:
        raise InvalidInputError("noise", wrong, "above 0")
    coordinates = Coordinates(np.array([sample.half_rise_k for sample in scans]))
    points = np.column_stack([coordinates.of(sets), lags])
    covariance = np.empty((len(sets), free, free))

    def run(part: slice) -> int:
        for q in range(part.start, part.stop):
            model = ScanModel(scans[q], Coordinates(float(coordinates.t0_k[q])), tolerance=tolerance)  # type: ignore[index]
            covariance[q] = noises[q] ** 2 * inverse_information(jacobian(model, points[q], free, shrink=shrink))
        return int(part.stop - part.start)

    for done in in_threads(run, len(sets), _CHUNK, workers):
        if progress:
            progress(done)
    return Bound(coordinates, covariance, parameter_covariance(coordinates, points[:, :4], covariance))


def inverse_information(derivatives: Float) -> Float:
    """``(J^T J)^-1`` of derivatives (points, k), shape (k, k); infinite where they depend on each other."""
    scale = np.sqrt((derivatives**2).sum(axis=0))
    if not scale.all():
        return np.full((len(scale), len(scale)), np.inf)
    _, values, vectors = np.linalg.svd(derivatives / scale, full_matrices=False)
    if values[-1] < len(derivatives) * np.finfo(np.float64).eps * values[0]:
        return np.full((len(scale), len(scale)), np.inf)
    half = vectors.T / values / scale[:, None]
    return np.asarray(half @ half.T)


def parameter_covariance(coordinates: Coordinates, points: Float, covariance: Float) -> Float:
    """Covariance of ``ln_a, dh_j_per_mol, x, beta`` from that of the coordinates ``points`` (..., 4)."""
    by_coordinates = coordinates.jacobian(points)
    with np.errstate(invalid="ignore"):  # infinite ones become NaN, and infinite again
        found = by_coordinates @ covariance[..., :4, :4] @ np.swapaxes(by_coordinates, -1, -2)
    return np.where(np.isnan(found), np.inf, found)


def free_coordinates(lag: str) -> int:
    """Number of unknowns, 4 or 5, where the lag is ``known`` or ``fitted``."""
    if lag not in FREE:
        raise InvalidInputError("lag", repr(lag), "known or fitted")
    return FREE[lag]
