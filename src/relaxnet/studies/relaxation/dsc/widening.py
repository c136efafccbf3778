"""Wider windows, where the fit shows that a scan's glass or liquid begins further away than its lines suggested.

The beginning of a broad transition is so straight that it passes for glass; a window that begins there hides how broad
the transition is, and windows of several scans that begin at different heights contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .options import Range
from .result import ScanFit
from .scan import HeatingScan

Float = NDArray[np.float64]

_PLATEAU = 0.02  # distance of cp_n from glass or liquid
_LEAST_K = 30.0  # of glass and of liquid, or as much as the transition is broad
_BROAD = 0.8  # of cp_n, up to which a transition counts as broad
_STRAY = 0.15  # of the step: what is further from the line is something else
_ANYWHERE = (0.0, float("inf"))
_SLIGHT_K = 5.0  # not worth another fit


def widened(
    fits: Sequence[ScanFit], *, glass: bool = True, liquid: bool = True, limits_k: Mapping[str, Range] | None = None
) -> tuple[HeatingScan, ...] | None:
    """Scans with wider windows, None where all are wide enough or the scans reach no further.

    Parameters
    ----------
    fits : sequence of ScanFit
        The scans as a fit has them.
    glass, liquid : bool
        Which end may be moved: not one that the user has given.
    limits_k : mapping of str to (float, float), optional
        How far windows may reach, by the labels of the scans.
    """
    limits = limits_k or {}
    scans = [_widened(fit, glass, liquid, limits.get(fit.scan.label, _ANYWHERE)) for fit in fits]
    if all(new is fit.scan for new, fit in zip(scans, fits, strict=True)):
        return None
    return tuple(scans)


def _widened(fit: ScanFit, glass: bool, liquid: bool, limits_k: Range) -> HeatingScan:
    scan = fit.scan
    if scan.quantity == "cp_n" or scan.glass_range_k is None or scan.liquid_range_k is None or not fit.fitted.any():
        return scan
    at_k = scan.temperature_k
    step = fit.liquid_line - fit.glass_line
    if not (step[fit.fitted] > 0).all():
        return scan
    cp_n = ((fit.model - fit.glass_line) / step)[fit.fitted]
    inside_k = at_k[fit.fitted]
    moving = np.flatnonzero((np.abs(cp_n) > _PLATEAU) & (np.abs(1.0 - cp_n) > _PLATEAU))
    if not len(moving):
        return scan
    begin_k, end_k = inside_k[moving[0]], inside_k[moving[-1]]
    broad_k = max(_LEAST_K, inside_k[np.argmax(cp_n > _BROAD)] - begin_k)
    low_k, high_k = inside_k[0], inside_k[-1]
    if glass:
        low_k = _reached(at_k, (scan.signal - fit.glass_line) / step, low_k, max(begin_k - broad_k, limits_k[0]))
    if liquid:
        high_k = _reached(at_k, (scan.signal - fit.liquid_line) / step, high_k, min(end_k + broad_k, limits_k[1]))
    if inside_k[0] - low_k < _SLIGHT_K and high_k - inside_k[-1] < _SLIGHT_K:
        return scan
    return replace(
        scan,
        glass_range_k=(float(low_k), scan.glass_range_k[1]),
        liquid_range_k=(scan.liquid_range_k[0], float(high_k)),
    )


def _reached(at_k: Float, away: Float, from_k: float, to_k: float) -> float:
    """Temperature to which a window may be moved: as far as wanted, while the signal stays near the line."""
    outward = to_k < from_k
    beyond = (at_k < from_k) & (at_k >= to_k) if outward else (at_k > from_k) & (at_k <= to_k)
    places, strays = at_k[beyond], np.abs(away[beyond]) > _STRAY
    if outward:
        places, strays = places[::-1], strays[::-1]
    kept = places[: int(np.argmax(strays)) if strays.any() else len(places)]
    return float(kept[-1]) if len(kept) else from_k
