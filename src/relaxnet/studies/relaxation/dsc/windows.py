"""Which part of a scan is fitted: from the glass to the liquid, without what does not belong to the transition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.text import begin_sentence

from ..physics import ZERO_CELSIUS_K
from .curve import Quantity
from .events import Event, EventName, cut_at, find_events
from .lines import Lines, find_lines
from .options import Range, ScanOptions, in_celsius
from .result import Flag

Float = NDArray[np.float64]

_FEWEST_IN_RANGE = 3
_MOST_BEYOND = 0.25  # of a range that the user gave, outside of the scan without a word
NOT_CUT = (
    "the model knows nothing of it. Keep it out with --glass-range and --liquid-range, or measure a scan without it."
)
EVENT_FLAGS = frozenset(name.replace(" ", "_") for name in get_args(EventName))  # of what lies within the fitted range
_HOW = "is endothermic up (--exo)? Or say where to look with --glass-range and --liquid-range"


@dataclass(frozen=True, eq=False)
class Window:
    """Where a scan shows the glass and the liquid, in K; None where the whole scan is fitted.

    ``half_step_c`` is the temperature of the half step in degC, None where there is none; ``lacking`` says, if not
    empty, why the scan cannot be fitted; ``cut_c`` lists, in words, what is left out.
    """

    glass_range_k: Range | None
    liquid_range_k: Range | None
    half_step_c: float | None
    lacking: str
    flags: tuple[Flag, ...]
    cut_c: tuple[str, ...]


def find_window(temperature_k: Float, signal: Float, quantity: Quantity, options: ScanOptions) -> Window:
    """Window of a scan: the user's ranges where they are given, else those found in the data.

    Events outside the transition are left out; those within it are flagged.

    Raises
    ------
    InvalidInputError
        For a range of the user's that holds too few points of the scan.
    """
    low_c, high_c = temperature_k[0] - ZERO_CELSIUS_K, temperature_k[-1] - ZERO_CELSIUS_K
    glass_k, liquid_k = options.glass_range_k, options.liquid_range_k
    given = [(name, range_k) for name, range_k in (("--glass-range", glass_k), ("--liquid-range", liquid_k)) if range_k]
    for name, range_k in given:
        points = np.count_nonzero((temperature_k >= range_k[0]) & (temperature_k <= range_k[1]))
        if points < _FEWEST_IN_RANGE:
            allowed = f"within the scan, {low_c:.1f} to {high_c:.1f} °C, with at least {_FEWEST_IN_RANGE} points in it"
            raise InvalidInputError(name, in_celsius(range_k), allowed)
    beyond = [flag for name, range_k in given for flag in _beyond(name, range_k, temperature_k)]
    lines = find_lines(temperature_k, signal)
    if lines is None:
        # a user who gives both sees one, and the fit knows the lines of a normalised signal
        if (glass_k and liquid_k) or quantity == "cp_n":
            return Window(glass_k, liquid_k, None, "", tuple(beyond), ())
        lacking = f"no glass transition found between {low_c:.1f} and {high_c:.1f} °C: {_HOW}"
        return Window(None, None, None, lacking, (), ())
    events = find_events(temperature_k, signal, lines)
    whole, lines = lines, _cut(temperature_k, signal, lines, events)
    if quantity != "cp_n" or lines is not whole:
        glass_k, liquid_k = glass_k or lines.glass_range_k, liquid_k or lines.liquid_range_k
    fitted_k = glass_k[0] if glass_k else 0.0, liquid_k[1] if liquid_k else np.inf
    inside = [event for event in events if event.high_k > fitted_k[0] and event.low_k < fitted_k[1]]
    outside = [event for event in events if event not in inside]
    flags = [Flag(_flag_name(sentence), f"{begin_sentence(sentence)}.") for sentence in lines.lacking]
    flags = [*beyond, *(flags if quantity != "cp_n" else [])]
    flags += [
        Flag(flag_name(event), f"{event_text(event)}, lies within the fitted range: {NOT_CUT}") for event in inside
    ]
    flags += [Flag(f"{flag_name(event)}_cut", f"{event_text(event)}, was left out of the fit.") for event in outside]
    _check_order(glass_k, liquid_k, options, lines.tg_half_step_k)
    half_step_c = lines.tg_half_step_k - ZERO_CELSIUS_K
    return Window(glass_k, liquid_k, half_step_c, "", tuple(flags), tuple(map(event_text, outside)))


def _beyond(name: str, range_k: Range, temperature_k: Float) -> list[Flag]:
    """A flag where a range of the user's lies outside of the scan for a good part."""
    inside_k = max(range_k[0], float(temperature_k[0])), min(range_k[1], float(temperature_k[-1]))
    if inside_k[1] - inside_k[0] > (1.0 - _MOST_BEYOND) * (range_k[1] - range_k[0]):
        return []
    low_c, high_c = inside_k[0] - ZERO_CELSIUS_K, inside_k[1] - ZERO_CELSIUS_K
    text = f"{name} {in_celsius(range_k)} reaches beyond the scan: of it {low_c:.1f} to {high_c:.1f} °C were measured."
    return [Flag("range_beyond_scan", text)]


def _check_order(glass_k: Range | None, liquid_k: Range | None, options: ScanOptions, half_step_k: float) -> None:
    """The glass must be colder than the step, and the liquid hotter, where the user says where they are."""
    half_c = half_step_k - ZERO_CELSIUS_K
    if options.glass_range_k and glass_k and glass_k[1] > half_step_k:
        allowed = f"colder than the glass transition, which is found at {half_c:.1f} °C"
        raise InvalidInputError("--glass-range", in_celsius(glass_k), allowed)
    if options.liquid_range_k and liquid_k and liquid_k[0] < half_step_k:
        allowed = f"hotter than the glass transition, which is found at {half_c:.1f} °C"
        raise InvalidInputError("--liquid-range", in_celsius(liquid_k), allowed)


def _cut(temperature_k: Float, signal: Float, lines: Lines, events: Sequence[Event]) -> Lines:
    """Lines of the scan without what lies outside the transition; as they were where too little would be left."""
    low_k, high_k = cut_at(lines, events)
    for low, high in ((low_k or 0.0, np.inf), (0.0, high_k or np.inf)):
        kept = (temperature_k > low) & (temperature_k < high)
        if kept.all():
            continue
        without = find_lines(temperature_k[kept], signal[kept])
        if without and len(without.lacking) <= len(lines.lacking):
            temperature_k, signal, lines = temperature_k[kept], signal[kept], without
    return lines


def event_text(event: Event) -> str:
    """Name, range in degC and height of an event, for people."""
    low_c, high_c = event.low_k - ZERO_CELSIUS_K, event.high_k - ZERO_CELSIUS_K
    height = f", {100 * abs(event.height):.0f} % of the step high" if np.isfinite(event.height) else ""
    return f"{begin_sentence(event.name)} between {low_c:.1f} and {high_c:.1f} °C{height}"


def flag_name(event: Event) -> str:
    """Name of the flag of an event within the fitted range."""
    return event.name.replace(" ", "_")


def _flag_name(sentence: str) -> str:
    return "little_glass" if "glass" in sentence else "little_liquid"
