"""Events of a heating scan found with the TNM model, before the fit of the sample: what to cut, what to flag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .events import LEAST_IN_RESIDUALS, Event, events_in_residuals, find_events
from .lines import Lines
from .one_scan import fit_one_scan

Float = NDArray[np.float64]

_REACH_WIDTHS, _LEAST_REACH_K = 2.0, 40.0  # how far beyond the transition the model is asked
_QUIETEST = 1e-4  # noise in steps: no instrument has less
_BOTH_SIGNS = 0.3  # of the larger, from which the smaller counts


@dataclass(frozen=True, eq=False)
class ScanEvents:
    """Events of a scan, and the part of it that a fit may use.

    Attributes
    ----------
    events : tuple of Event
        In order of temperature.  Those ``within_transition`` are to be flagged, the others lie outside of the range.
    range_k : (float, float)
        Of the lines, without the events.
    flagged : bool
        Whether an event cannot be cut off, or the model says nothing of the scan.
    """

    events: tuple[Event, ...]
    range_k: tuple[float, float]
    flagged: bool


def events_of_scan(
    temperature_k: Float,
    signal: Float,
    lines: Lines,
    cooling_rate_k_per_min: float,
    heating_rate_k_per_min: float,
    *,
    least_height: float = LEAST_IN_RESIDUALS,
) -> ScanEvents:
    """Find the events of a scan in what the TNM model, fitted to this scan alone, cannot explain.

    The model is fitted from 40 K or twice the width of the transition below it to as much above it, with straight
    lines, so that an event on which a line was laid stands out.  Beyond, `find_events` looks.

    Parameters
    ----------
    temperature_k, signal : ndarray, shape (points,)
        Rising, endothermic up.
    lines : Lines
    cooling_rate_k_per_min, heating_rate_k_per_min : float
        Where the former is not known, give the latter: the shapes are near enough.
    least_height : float
        Of an event, in shares of the step.
    """
    (a_k, b_k), (c_k, d_k) = lines.glass_range_k, lines.liquid_range_k
    reach_k = max(_REACH_WIDTHS * (c_k - b_k), _LEAST_REACH_K)
    low_k, high_k = min(a_k, b_k - reach_k), max(d_k, c_k + reach_k)
    seen = (temperature_k >= low_k) & (temperature_k <= high_k)
    fitted = fit_one_scan(temperature_k[seen], signal[seen], lines, cooling_rate_k_per_min, heating_rate_k_per_min)
    beyond = [
        event for event in find_events(temperature_k, signal, lines) if event.low_k > high_k or event.high_k < low_k
    ]
    if fitted is None:
        return ScanEvents(tuple(find_events(temperature_k, signal, lines)), (a_k, d_k), flagged=True)
    noise = max(lines.noise / abs(lines.step), _QUIETEST)
    found = events_in_residuals(temperature_k[seen], fitted.residual, noise, least_height=least_height)
    found = [event._replace(within_transition=event.low_k < c_k and event.high_k > b_k) for event in found]
    found = _without_misfit(found)
    flagged = any(event.within_transition for event in found)
    for event in found:
        if event.high_k <= b_k:
            a_k = max(a_k, event.high_k)
        elif event.low_k >= c_k:
            d_k = min(d_k, event.low_k)
    return ScanEvents(tuple(sorted([*beyond, *found], key=lambda event: event.low_k)), (a_k, d_k), flagged)


def of_both_signs(events: Sequence[Event]) -> bool:
    """Whether some point up and some down, neither much smaller than the other."""
    heights = [event.height for event in events]
    return bool(heights) and min(-min(heights), max(heights)) >= _BOTH_SIGNS * max(map(abs, heights))


def _without_misfit(found: list[Event]) -> list[Event]:
    """Events within the transition of both signs as one that has no name: the model bends beside what is there."""
    within = [event for event in found if event.within_transition]
    if not of_both_signs(within):
        return found
    low_k, high_k = min(event.low_k for event in within), max(event.high_k for event in within)
    largest = max((event.height for event in within), key=abs)
    one = Event("unexplained", low_k, high_k, largest, within_transition=True)
    return [*(event for event in found if not event.within_transition), one]
