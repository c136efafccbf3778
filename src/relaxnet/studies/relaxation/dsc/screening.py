"""Screening of scans before the fit: events outside of the transition are cut off, those within it are flagged.

Each scan is fitted alone, over more than its window and robustly: an event on whose flank a line would be laid stands
out.  A fit of all scans may bend to it and leave nothing to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from relaxnet.core.threads import in_threads

from ..physics import ZERO_CELSIUS_K
from .events import Event
from .lines import find_lines
from .options import Range
from .result import Flag
from .scan import HeatingScan, cooling_through
from .scan_events import ScanEvents, events_of_scan
from .windows import NOT_CUT, event_text, flag_name

_END_SHARE = 0.015  # of a scan
_TAIL = 0.5  # of the range of an event, beyond either end
_PLAIN = 0.05  # of the step: a smaller feature may be a bend of the baseline as well


class Feature(NamedTuple):
    """What is seen in a scan, of that label, but may be a bend of the baseline as well as an event."""

    label: str
    event: Event


@dataclass(frozen=True, eq=False)
class Screened:
    """Scans with windows that leave events out, flags of the events, and small features.

    By the labels of the scans, ``limits_k`` says how far windows may reach, and ``cut_c`` in words what was left out.
    """

    scans: tuple[HeatingScan, ...]
    flags: tuple[Flag, ...]
    features: tuple[Feature, ...]
    limits_k: dict[str, Range]
    cut_c: dict[str, list[str]]


def screen(
    scans: Sequence[HeatingScan], *, glass: bool = True, liquid: bool = True, workers: int = 1
) -> Screened:  # fmt: skip
    """Screen scans for events.

    Parameters
    ----------
    scans : sequence of HeatingScan
        Normalised ones, and those with a longer history than a cooling, are taken as they are.
    glass, liquid : bool
        Which end of a window may be moved: not one that the user has given.
    workers : int
        Threads, each with a scan of its own.
    """
    kept, flags, limits, cut_c = list[HeatingScan](), list[Flag](), dict[str, Range](), dict[str, list[str]]()
    features = list[Feature]()
    seen = in_threads(lambda part: _events(scans[part.start]), len(scans), 1, workers)
    for scan, found in zip(scans, seen, strict=True):
        if found is None or scan.glass_range_k is None or scan.liquid_range_k is None:
            kept.append(scan)
            continue
        plain = [event for event in found.events if abs(event.height) >= _PLAIN and not event.within_transition]
        below = [_beyond(e)[1] for e in plain if glass and e.high_k <= scan.glass_range_k[1]]
        above = [_beyond(e)[0] for e in plain if liquid and e.low_k >= scan.liquid_range_k[0]]
        low_k, high_k = max(below, default=0.0), min(above, default=float("inf"))
        limits[scan.label] = low_k, high_k
        cut_c[scan.label] = [event_text(event) for event in plain if not _at_an_end(event, scan)]
        for event in found.events:
            tail = abs(event.height) < _PLAIN and (event.low_k < low_k or event.high_k > high_k)
            if tail or _at_an_end(event, scan):
                continue
            if abs(event.height) < _PLAIN:
                features.append(Feature(scan.label, event))
            else:
                flags.append(_flag(event, scan.label))
        kept.append(_narrowed(scan, low_k, high_k))
    return Screened(tuple(kept), tuple(flags), tuple(features), limits, cut_c)


def _events(scan: HeatingScan) -> ScanEvents | None:
    if scan.quantity == "cp_n":
        return None
    lines = find_lines(scan.temperature_k, scan.signal)
    cooling = lines and cooling_through(scan.program.path(), lines.tg_half_step_k)
    if lines is None or not cooling:
        return None
    return events_of_scan(scan.temperature_k, scan.signal, lines, 60.0 * cooling, scan.heating_rate_k_per_min)


def _beyond(event: Event) -> Range:
    """Range of an event with its tails."""
    tail_k = _TAIL * (event.high_k - event.low_k)
    return event.low_k - tail_k, event.high_k + tail_k


def _at_an_end(event: Event, scan: HeatingScan) -> bool:
    """Whether an event is where the instrument starts or stops to heat: that is left out without a word."""
    first_k, last_k = scan.temperature_k[0], scan.temperature_k[-1]
    margin_k = _END_SHARE * (last_k - first_k)
    return bool(event.low_k < first_k + margin_k or event.high_k > last_k - margin_k)


def _narrowed(scan: HeatingScan, low_k: float, high_k: float) -> HeatingScan:
    (a, b), (c, d) = scan.glass_range_k or (0.0, 0.0), scan.liquid_range_k or (0.0, 0.0)
    if a >= low_k and d <= high_k:
        return scan
    return replace(scan, glass_range_k=(max(a, low_k), b), liquid_range_k=(c, min(d, high_k)))


def feature_flag(feature: Feature) -> Flag:
    """Flag of a small feature, with its range."""
    event = feature.event
    low_c, high_c = event.low_k - ZERO_CELSIUS_K, event.high_k - ZERO_CELSIUS_K
    text = f"Between {low_c:.1f} and {high_c:.1f} °C the scan has a feature, {100 * abs(event.height):.0f} % of the "
    text += "step high, that the model does not explain: an event, or a bend of the baseline."
    return Flag("unexplained_feature", text, feature.label)


def _flag(event: Event, label: str) -> Flag:
    text, name = event_text(event), flag_name(event)
    if event.within_transition:
        return Flag(name, f"{text}, lies within the fitted range: {NOT_CUT}", label)
    return Flag(f"{name}_cut", f"{text}, was left out of the fit.", label)
