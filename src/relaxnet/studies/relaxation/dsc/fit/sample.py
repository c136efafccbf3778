"""Heating scans made ready for the fit: checked, cut to what is fitted, scaled, their programs as linear pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ...physics import History, Program
from ...physics.program import Path
from ..history import Smoothed, smooth
from ..scan import HeatingScan, cooling_through
from .rough import Rough, known_lines, rough_lines

Float = NDArray[np.float64]

FEWEST_POINTS = 10  # of a scan
_OVERHANG_K = 5.0  # by which temperatures may lie outside the heating of the program
_LINES_KNOWN = "cp_n"


@dataclass(frozen=True, eq=False)
class FitScan:
    """One heating scan as the fit takes it.

    Attributes
    ----------
    scan : HeatingScan
    fitted : ndarray of bool
        Which of its points.
    temperature_k, signal, place : ndarray, shape (points,)
        Of those: the signal in units of ``unit``, about the height of the step; the temperature on the scale of the
        lines, ``(T - centre_k)/half_k``.
    lines_known : bool
    path : Path
        Of the program.
    first_piece : int
        First of the pieces that are the heating.
    heating_k_per_s : float
        Mean rate of the heating.
    smoothed : Smoothed or None
        What was made of a measured history.
    rough : Rough
        Lines and place of the step, before the fit.
    """

    scan: HeatingScan
    fitted: NDArray[np.bool_]
    temperature_k: Float
    signal: Float
    place: Float
    centre_k: float
    half_k: float
    unit: float
    lines_known: bool
    path: Path
    first_piece: int
    heating_k_per_s: float
    smoothed: Smoothed | None
    rough: Rough

    @property
    def cooling_k_per_s(self) -> float | None:
        """Rate of the last cooling through the step, where the program is that cooling and this heating; else None."""
        return cooling_through(self.path, self.rough.half_rise_k)


def prepare(scans: Sequence[HeatingScan]) -> list[FitScan]:
    """Check heating scans and make them ready.

    Raises
    ------
    InvalidInputError
        For no scan, labels that are not unique, arrays that do not go together, too few points, temperatures that do
        not rise or are not those of the heating, and scans without a step.
    """
    if not scans or not all(isinstance(scan, HeatingScan) for scan in scans):
        raise InvalidInputError("scans", repr(scans), "a sequence of HeatingScan, at least one")
    labels = [scan.label for scan in scans]
    for label in labels:
        if labels.count(label) > 1:
            raise InvalidInputError("scans", label, "scans with labels of their own")
    return [_prepared(scan) for scan in scans]


def _prepared(scan: HeatingScan) -> FitScan:
    temperature_k, signal = _checked(scan)
    fitted = np.ones(len(temperature_k), dtype=np.bool_)
    if scan.glass_range_k:
        fitted &= temperature_k >= scan.glass_range_k[0]
    if scan.liquid_range_k:
        fitted &= temperature_k <= scan.liquid_range_k[1]
    if fitted.sum() < FEWEST_POINTS:
        raise InvalidInputError(f"points of {scan.label}", int(fitted.sum()), f"at least {FEWEST_POINTS} to fit")
    smoothed = smooth(scan.program) if any(isinstance(part, History) for part in scan.program.segments) else None
    path = smoothed.program.path() if smoothed else scan.program.path()
    first = _first_of_heating(scan, path)
    t, y = temperature_k[fitted], signal[fitted]
    low_k, high_k = path.knot_k[first], path.knot_k[-1]
    if t[0] < low_k - _OVERHANG_K or t[-1] > high_k + _OVERHANG_K:
        shown = f"{t[0]:.1f} to {t[-1]:.1f} K"
        raise InvalidInputError(
            f"temperature_k of {scan.label}", shown, f"within the heating of its program, {low_k:.1f} to {high_k:.1f} K"
        )
    lines_known = scan.quantity == _LINES_KNOWN
    rough = known_lines(t, y, scan.label) if lines_known else rough_lines(t, y, scan)
    unit = 1.0 if lines_known else rough.step
    centre_k, half_k = 0.5 * (t[0] + t[-1]), 0.5 * (t[-1] - t[0])
    rate = (high_k - low_k) / path.duration_s[first:].sum()
    return FitScan(
        scan, fitted, t.copy(), y / unit, (t - centre_k) / half_k, centre_k, half_k, unit, lines_known, path, first,
        float(rate), smoothed, rough,
    )  # fmt: skip


def _checked(scan: HeatingScan) -> tuple[Float, Float]:
    columns = []
    for name in ("temperature_k", "signal"):
        field, column = f"{name} of {scan.label}", np.array(getattr(scan, name), dtype=np.float64)
        if column.ndim != 1:
            raise InvalidInputError(field, f"shape {column.shape}", "one-dimensional")
        for wrong in column[~np.isfinite(column)][:1]:
            raise InvalidInputError(field, wrong, "finite numbers")
        columns.append(column)
    temperature_k, signal = columns
    if len(temperature_k) != len(signal):
        raise InvalidInputError(f"signal of {scan.label}", f"{len(signal)} points", f"{len(temperature_k)} points")
    if len(temperature_k) < FEWEST_POINTS:
        raise InvalidInputError(f"points of {scan.label}", len(signal), f"at least {FEWEST_POINTS}")
    for cold in temperature_k[temperature_k <= 0][:1]:
        raise InvalidInputError(f"temperature_k of {scan.label}", cold, "above 0 K; are they degrees Celsius?")
    for where in np.flatnonzero(np.diff(temperature_k) <= 0)[:1]:
        shown = f"{temperature_k[where]:g}, {temperature_k[where + 1]:g}"
        raise InvalidInputError(f"temperature_k of {scan.label}", shown, "rising")
    if not isinstance(scan.program, Program):
        raise InvalidInputError(f"program of {scan.label}", repr(scan.program), "a Program")
    return temperature_k, signal


def _first_of_heating(scan: HeatingScan, path: Path) -> int:
    rising = path.rate_k_per_s > 0
    if not rising[-1]:
        raise InvalidInputError(f"program of {scan.label}", "no heating at its end", "one that ends with the heating")
    other = np.flatnonzero(~rising)
    return int(other[-1]) + 1 if len(other) else 0
