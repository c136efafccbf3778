"""Thermal history of a scan: from a program file, from the file's own segments, or from rates."""

from __future__ import annotations

import re

import numpy as np

from relaxnet.core.config import MISSING
from relaxnet.core.errors import InvalidInputError

from ..physics import ZERO_CELSIUS_K, Hold, Program, Ramp
from .curve import Curve
from .options import ScanOptions

_RATE_TOLERANCE = 0.05
_OF_AGEING = re.compile(r"\b(?:ag(?=[-−\s]\d)|age[ds]?\b|ag(?:e)?ing\b|anneal)", re.I)
_HOT_SHARE, _COLD_SHARE = 1.1, 0.75  # how far a sample is taken to have been heated and cooled beyond its scan
_COVERED = 0.8  # of the scan's range, by the heating of a program
_KELVIN_K = 60.0  # as far as a shift may be from 273 K to be a mistaken unit


def history(curve: Curve, where: str, given: Program | None, options: ScanOptions) -> tuple[Program, str]:
    """Program of a heating curve, and where it is from: ``program file``, ``file`` or ``options``.

    Parameters
    ----------
    where : str
        File and curve, for messages.
    given : Program or None
        As the program file has it.

    Raises
    ------
    InvalidInputError
        Naming the option that is missing, or that contradicts the file.
    """
    top_k, bottom_k = float(curve.temperature_k.max()), float(curve.temperature_k.min())
    if given:
        _check_covered(f"{options.program}", given, bottom_k, top_k, where)
        _check_heating(f"{options.program}", given, curve, where)
        _check_option(given, options)
        return given, "program file"
    heating = _heating_rate(curve, options, where)
    if curve.cooled_at_k_per_min is not None:
        _check_cooling(curve, options, where)
        return _cycle(curve, bottom_k, top_k, curve.cooled_at_k_per_min, heating), "file"
    if curve.history is not None and curve.history_start_k is not None:
        _check_cooling(curve, options, where)
        return Program(curve.history_start_k, (*curve.history, Ramp(top_k, heating))), "file"
    if options.cooling_rate_k_per_min is None:
        allowed = f"given, or the history in a --program file: {where} does not tell how the glass was made"
        raise InvalidInputError("--cooling-rate", MISSING, allowed)
    if curve.ageing_s is None and _OF_AGEING.search(curve.name):
        allowed = f"given: the name of {where} speaks of ageing, but not how long it was"
        raise InvalidInputError("--program", MISSING, allowed)
    return _cycle(curve, bottom_k, top_k, options.cooling_rate_k_per_min, heating), "options"


def _cycle(curve: Curve, bottom_k: float, top_k: float, cooling: float, heating: float) -> Program:
    """Cooling from the liquid far into the glass, the ageing that the file names, and heating."""
    start_k, cold_k = top_k * _HOT_SHARE, bottom_k * _COLD_SHARE
    cooled: list[Ramp | Hold] = [Ramp(cold_k, cooling)]
    if curve.ageing_k is not None and curve.ageing_s is not None and cold_k < curve.ageing_k < start_k:
        cooled = [Ramp(curve.ageing_k, cooling), Hold(curve.ageing_s / 60.0), *cooled]
    return Program(start_k, (*cooled, Ramp(start_k, heating)))


def _heating_rate(curve: Curve, options: ScanOptions, where: str) -> float:
    measured, given = curve.rate_k_per_min, options.heating_rate_k_per_min
    timed = curve.time_s is not None and np.isfinite(measured) and measured > 0
    if given is not None:
        if timed and abs(given / measured - 1.0) > _RATE_TOLERANCE:
            raise InvalidInputError("--heating-rate", given, f"{measured:.4g} K/min, as measured in {where}")
        return given
    nominal = curve.nominal_rate_k_per_min
    if nominal and (not timed or abs(nominal / measured - 1.0) <= _RATE_TOLERANCE):
        return float(nominal)
    if np.isfinite(measured) and measured > 0:
        return float(measured)
    raise InvalidInputError("--heating-rate", MISSING, f"given: {where} does not tell at which rate it was heated")


def _check_cooling(curve: Curve, options: ScanOptions, where: str) -> None:
    """A cooling rate that is given must not contradict the file."""
    given = options.cooling_rate_k_per_min
    rates = [segment.rate_k_per_min for segment in curve.history or () if isinstance(segment, Ramp)]
    rates = rates if curve.cooled_at_k_per_min is None else [curve.cooled_at_k_per_min]
    if given is not None and rates and all(abs(given / rate - 1.0) > _RATE_TOLERANCE for rate in rates):
        allowed = f"absent: {where} was cooled at {rates[-1]:.4g} K/min, as the file itself shows"
        raise InvalidInputError("--cooling-rate", given, allowed)


def _check_heating(program_file: str, program: Program, curve: Curve, where: str) -> None:
    """The heating rate of a program must be that which the file's own times show."""
    measured = curve.rate_k_per_min
    last = program.segments[-1]
    if not isinstance(last, Ramp) or curve.time_s is None or not (np.isfinite(measured) and measured > 0):
        return
    if abs(last.rate_k_per_min / measured - 1.0) > _RATE_TOLERANCE:
        shown, allowed = f"{last.rate_k_per_min:.4g} K/min", f"{measured:.4g} K/min, as measured in {where}"
        raise InvalidInputError(f"{program_file}: the last step", shown, allowed)


def _check_option(program: Program, options: ScanOptions) -> None:
    """A heating rate that is given must be that of the program."""
    given, last = options.heating_rate_k_per_min, program.segments[-1]
    if given is None or not isinstance(last, Ramp) or abs(given / last.rate_k_per_min - 1.0) <= _RATE_TOLERANCE:
        return
    allowed = f"absent, or {last.rate_k_per_min:.4g} K/min, the last step of {options.program}"
    raise InvalidInputError("--heating-rate", given, allowed)


def _check_covered(program_file: str, program: Program, bottom_k: float, top_k: float, where: str) -> None:
    """The heating of a program must be that of the scan."""
    path = program.path()
    heating_k = path.knot_k[:-1][path.segment == path.segment[-1]].min(), path.end_k[-1]
    if heating_k[1] <= heating_k[0]:
        raise InvalidInputError(f"{program_file}: the last step", "no heating", f"the heating of {where}")
    common_k = min(heating_k[1], top_k) - max(heating_k[0], bottom_k)
    if common_k < _COVERED * (top_k - bottom_k):
        shift = 0.5 * (heating_k[0] + heating_k[1] - bottom_k - top_k)
        hint = "; are its temperatures in kelvin?" if abs(shift - ZERO_CELSIUS_K) < _KELVIN_K else ""
        raise InvalidInputError(
            f"{program_file}: the last step",
            _span(*heating_k),
            f"the heating of {where}, {_span(bottom_k, top_k)}{hint}",
        )


def _span(low_k: float, high_k: float) -> str:
    return f"{low_k - ZERO_CELSIUS_K:.4g} to {high_k - ZERO_CELSIUS_K:.4g} °C"
