"""What is in an instrument's file, for people and for programs: rates, transitions, events."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..physics import ZERO_CELSIUS_K, Hold, Ramp
from .curve import Curve, InstrumentFile
from .events import Event, find_events
from .lines import Lines, find_lines

_LONGEST_NAME = 44


@dataclass(frozen=True, eq=False)
class InspectedCurve:
    """A curve with its lines and events; only heatings have them."""

    curve: Curve
    lines: Lines | None
    events: tuple[Event, ...]


@dataclass(frozen=True, eq=False)
class InspectedFile:
    """A file with its curves."""

    file: InstrumentFile
    curves: tuple[InspectedCurve, ...]


def inspect(file: InstrumentFile) -> InspectedFile:
    """Find lines and events of the heatings of a file."""
    return InspectedFile(file, tuple(map(_inspect_curve, file.curves)))


def cooled_at_k_per_min(curve: Curve) -> float | None:
    """Rate of the longest cooling in the history of a heating, or None if none is known."""
    if curve.history is None or curve.history_start_k is None:
        return None
    temperature_k, rates = curve.history_start_k, list[tuple[float, float]]()
    for segment in curve.history:
        if isinstance(segment, Ramp):
            rates.append((temperature_k - segment.to_temperature_k, segment.rate_k_per_min))
            temperature_k = segment.to_temperature_k
    drop_k, rate = max(rates, default=(0.0, 0.0))
    return rate if drop_k > 0 else None


def as_dictionary(inspected: InspectedFile) -> dict[str, Any]:
    """What ``relaxnet inspect --json`` writes: plain values, temperatures in degC, null for what is not known."""
    file = inspected.file
    return {
        "file": file.path,
        "maker": file.maker,
        "instrument": file.instrument,
        "sample": file.sample,
        "sample_mass_mg": file.sample_mass_mg,
        "curves": [_curve_dictionary(number, one) for number, one in enumerate(inspected.curves, 1)],
        "notes": list(file.notes),
    }


def as_text(inspected: InspectedFile) -> str:
    """What ``relaxnet inspect`` prints: the file's facts, and a line a curve."""
    file = inspected.file
    facts = [
        ("maker", f"{file.maker}{f', {file.instrument}' if file.instrument else ''}"),
        ("sample", file.sample or "not told"),
        ("mass", f"{file.sample_mass_mg:g} mg" if file.sample_mass_mg else "not told"),
        ("signal", _signal(file)),
    ]
    lines = [file.path, *(f"  {name:7} {value}" for name, value in facts)]
    header = ["  no", "curve", "K/min", "degC", "points", "cooled at", "Tg/degC", "events"]
    rows = [_row(number, one) for number, one in enumerate(inspected.curves, 1)]
    named = any(one.curve.name for one in inspected.curves)
    widths = [max(len(row[at]) for row in [header, *rows]) for at in range(len(header))]
    lines += [" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
              for row in [header, *rows]]  # fmt: skip
    if named:
        lines += [f"  {number}: {_short(one.curve.name)}" for number, one in enumerate(inspected.curves, 1)
                  if one.curve.direction == "heating" and one.curve.name]  # fmt: skip
    lacking = [f"curve {number}: {sentence}" for number, one in enumerate(inspected.curves, 1)
               for sentence in (one.lines.lacking if one.lines else ())]  # fmt: skip
    return "\n".join([*lines, *(f"  note: {sentence}" for sentence in [*file.notes, *lacking])])


def _inspect_curve(curve: Curve) -> InspectedCurve:
    if curve.direction != "heating":
        return InspectedCurve(curve, None, ())
    lines = find_lines(curve.temperature_k, curve.signal, endothermic_up=curve.endothermic_up)
    up = curve.endothermic_up
    if up is None and lines is not None:  # a glass transition tells the sign
        up = lines.step > 0
    return InspectedCurve(curve, lines, find_events(curve.temperature_k, curve.signal, lines, endothermic_up=up))


def _curve_dictionary(number: int, one: InspectedCurve) -> dict[str, Any]:
    curve, lines = one.curve, one.lines
    return {
        "number": number,
        "name": curve.name,
        "direction": curve.direction,
        "points": len(curve.temperature_k),
        "from_c": _celsius(curve.temperature_k[0]),
        "to_c": _celsius(curve.temperature_k[-1]),
        "rate_k_per_min": _known(curve.rate_k_per_min),
        "nominal_rate_k_per_min": _known(curve.nominal_rate_k_per_min),
        "quantity": curve.quantity,
        "endothermic_up": curve.endothermic_up,
        "cooled_at_k_per_min": cooled_at_k_per_min(curve),
        "history": _history(curve),
        "ageing": None if curve.ageing_k is None else {"at_c": _celsius(curve.ageing_k), "seconds": curve.ageing_s},
        "tg_half_step_c": _celsius(lines.tg_half_step_k) if lines else None,
        "step": lines.step if lines else None,
        "noise_of_step": lines.noise / abs(lines.step) if lines else None,
        "glass_range_c": list(map(_celsius, lines.glass_range_k)) if lines else None,
        "liquid_range_c": list(map(_celsius, lines.liquid_range_k)) if lines else None,
        "lacking": list(lines.lacking) if lines else [],
        "events": [event.name for event in one.events],
        "event_ranges_c": [[_celsius(event.low_k), _celsius(event.high_k)] for event in one.events],
    }


def _history(curve: Curve) -> dict[str, Any] | None:
    if curve.history is None or curve.history_start_k is None:
        return None
    segments: list[dict[str, float | None]] = [
        {"hold_min": segment.duration_min}
        if isinstance(segment, Hold)
        else {"to_c": _celsius(segment.to_temperature_k), "rate_k_per_min": segment.rate_k_per_min}
        for segment in curve.history
    ]
    return {"start_c": _celsius(curve.history_start_k), "segments": segments}


def _row(number: int, one: InspectedCurve) -> list[str]:
    curve, cooled = one.curve, cooled_at_k_per_min(one.curve)
    low, high = curve.temperature_k[0] - ZERO_CELSIUS_K, curve.temperature_k[-1] - ZERO_CELSIUS_K
    events = [
        f"{event.name} {event.low_k - ZERO_CELSIUS_K:.0f} ... {event.high_k - ZERO_CELSIUS_K:.0f}"
        for event in one.events
    ]
    return [
        f"{number:4}",
        curve.direction,
        "" if curve.direction == "hold" else _rate(curve.rate_k_per_min),
        f"{low:.1f} ... {high:.1f}",
        f"{len(curve.temperature_k)}",
        "" if cooled is None else f"{cooled:.3g}",
        f"{one.lines.tg_half_step_k - ZERO_CELSIUS_K:.1f}" if one.lines else "",
        ", ".join(events),
    ]


def _rate(rate_k_per_min: float) -> str:
    return f"{rate_k_per_min:.4g}" if math.isfinite(rate_k_per_min) else "not told"


def _signal(file: InstrumentFile) -> str:
    kinds = {
        "heat_flow_mw": "heat flow in mW", "heat_flow_w_per_g": "heat flow in W/g",
        "heat_capacity_j_per_g_k": "heat capacity in J/(g K)", "cp_n": "normalised heat capacity",
    }  # fmt: skip
    found = list(dict.fromkeys(kinds[curve.quantity] for curve in file.curves))
    signs = {curve.endothermic_up for curve in file.curves}
    return ", ".join(found) + (", sign not told: give --exo up|down" if None in signs else ", endothermic up as read")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 4]} ..."


def _celsius(temperature_k: float) -> float:
    return round(float(temperature_k) - ZERO_CELSIUS_K, 3)


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
