"""Where a fit starts: dh from the fictive temperatures of the scans, ln tau from their place, x and beta fixed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from .model import ScanModel
from .scans import MeasuredScans, Scan

Float = NDArray[np.float64]

SHAPES = ((0.5, 0.5), (0.7, 0.8), (0.3, 0.35))  # x and beta, in the order in which they are tried
U_RANGE = (4.0, 2000.0)  # of dh/(R T0)
_SHIFTS = 2  # of the start along the temperature
_LARGER, _LARGEST_TRIED = 1.5, 100.0  # factor of dh/(R T0) where a start cannot be simulated, and how far it is raised


def dh_per_rt0(scans: MeasuredScans, t0_k: float) -> float:
    """Estimate of ``dh/(R T0)``: the slope of ln(q-/Tf**2) over 1/Tf, with the fictive temperatures by equal areas.

    Where all scans were cooled at one rate it is T0 over the distance from a tenth of the rise to half of it.
    """
    cooling = np.array([scan.cooling_rate_k_per_min for scan in scans.scans])
    fictive_k = np.array([_area_fictive_k(scan) for scan in scans.scans])
    slope = 0.0
    if len(set(cooling.tolist())) > 1 and (fictive_k > 0).all():
        # the inverse regression: the rates are exact, the fictive temperatures are not
        log_rate = np.log(cooling / fictive_k**2)
        departure = log_rate - log_rate.mean()
        slope = -float(departure @ (1.0 / fictive_k) / (departure @ departure))
    if slope > 0:
        return float(np.clip(1.0 / (slope * t0_k), *U_RANGE))
    scan = scans.fastest
    rising = scan.temperature_k[(scan.temperature_k < t0_k) & (scan.cp_n < 0.1)]
    width_k = t0_k - float(rising[-1] if len(rising) else scan.temperature_k[0])
    return float(np.clip(t0_k / max(width_k, 1e-6 * t0_k), *U_RANGE))


def start(model: ScanModel, scans: MeasuredScans, t0_k: float, x: float, beta: float) -> Float:
    """Coordinates (4,) of scans with the given ``x`` and ``beta``, with the half-rise at T0.

    Raises `InvalidInputError` where even much larger dh than estimated cannot be simulated.
    """
    u = dh_per_rt0(scans, t0_k)
    while True:
        try:
            return _with_half_rise(model, scans.fastest, t0_k, np.array([u, x, beta]))
        except InvalidInputError:  # the liquid ends where u is small
            if u > _LARGEST_TRIED:
                raise
            u *= _LARGER


def _with_half_rise(model: ScanModel, fastest: Scan, t0_k: float, u_x_beta: Float) -> Float:
    u = float(u_x_beta[0])
    ln_tau = np.log(60.0 * t0_k / (u * fastest.heating_rate_k_per_min))
    point = np.array([ln_tau, np.log(u), *u_x_beta[1:]])
    for _ in range(_SHIFTS):
        point[0] -= u * (1.0 - t0_k / model.half_rise_k(point, fastest))
    return point


def _area_fictive_k(scan: Scan) -> float:
    return float(scan.temperature_k[-1] - np.trapezoid(scan.cp_n, scan.temperature_k))
