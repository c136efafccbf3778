"""Events of a heating scan beside the glass transition: melting, crystallisation, humps.

`find_events` looks without a model, for what is plain to see (a tenth of the step and more):

- Below and above the transition the signal is a gently bent line.  Gaussians and steps of several widths are fitted
  with it, everywhere at once.  At the ends of the scan, where a start-up hook may stand, both flanks must be there.
- Between them a TNM scan has a dip at most, one rise, one overshoot, and comes down to the liquid line without going
  below it.  A further peak or trough, or a liquid approached from below after an overshoot, is an event.
- A scan without a transition has events where peaks stand out of it.

Smaller ones, and those on a flank of the transition, which make no peak of their own, are seen with a model only:
`events_in_residuals` looks in what a fit leaves, and `scan_events` fits one scan for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._grid import Grid, noise_of, on_grid
from ._peaks import peaks_of
from ._shapes import MARGIN, Bump, best_shape, gaussian, matched, rise
from .lines import GRID_POINTS, Lines

Float = NDArray[np.float64]
EventName = Literal[
    "melting",
    "crystallisation",
    "cold crystallisation",
    "second transition",
    "endothermic hump",
    "exothermic hump",
    "unexplained",
]

LEAST_IN_RESIDUALS = 0.01  # height of an event, in steps
_LEAST_Z_WHITE = 4.2  # over white noise
_MOST_EVENTS = 3
_LEAST_HEIGHT, _LEAST_Z = 0.1, 12.0  # of what is seen without a model
_LEAST_OF_OVERSHOOT = 0.06  # of the overshoot, after which an instrument swings below the line
_SHARP_K = 12.0  # half-width below which a peak is melting or crystallisation
_HIGH = 0.5  # of the step, above which it is, whatever its width
_LEAST_PROMINENCE_NOISES, _LEAST_PROMINENCE_SPREADS = 30.0, 1.0
_LEAST_PROMINENCE_SHARE = 0.05  # of all that the signal does
_HOOK = 0.08  # of the scan, which a start-up hook may take
_STEP_BEFORE = 1.5  # by which a step must be more significant than a Gaussian


class Event(NamedTuple):
    """An event: its range of temperatures, its height in shares of the step (endothermic positive), and what to do.

    ``within_transition`` tells that it cannot be cut off: the scan must be flagged.
    """

    name: EventName
    low_k: float
    high_k: float
    height: float
    within_transition: bool


def find_events(
    temperature_k: Float, signal: Float, lines: Lines | None, *, endothermic_up: bool | None = True
) -> tuple[Event, ...]:
    """Events of a heating scan, in order of temperature.

    Parameters
    ----------
    temperature_k, signal : ndarray, shape (points,)
    lines : Lines or None
        As `find_lines` has them.
    endothermic_up : bool or None
        None where it is not known: names are then those for endothermic up.

    Examples
    --------
    >>> from relaxnet.studies.relaxation.dsc.lines import find_lines
    >>> temperature_k = np.arange(300.0, 460.0)
    >>> signal = 0.3 / (1.0 + np.exp(-(temperature_k - 350.0) / 3.0))
    >>> signal += 0.2 * np.exp(-(((temperature_k - 430.0) / 3.0) ** 2))
    >>> [event.name for event in find_events(temperature_k, signal, find_lines(temperature_k, signal))]
    ['melting']
    """
    turn = -1.0 if endothermic_up is False else 1.0
    grid = on_grid(temperature_k, turn * signal, GRID_POINTS)
    if grid is None:
        return ()
    if lines is None:
        return _peaks_alone(grid)
    step = abs(lines.step)
    at_k = grid.temperature_k
    noise = max(grid.noise / step, 1e-4)
    (a_k, b_k), (c_k, d_k) = lines.glass_range_k, lines.liquid_range_k
    found = _between(at_k, lines.normalised(at_k, turn * grid.signal), lines, noise)
    span_k, level = float(np.ptp(at_k)), grid.signal / step
    for low_k, high_k, parts in (
        (-np.inf, b_k, ((-np.inf, a_k, 3), (a_k, b_k, 2))), (c_k, np.inf, ((c_k, d_k, 2), (d_k, np.inf, 3))),
    ):  # fmt: skip
        side = (at_k >= low_k) & (at_k <= high_k)
        second = _second_transition(at_k[side], level[side], noise, span_k)
        found += second
        for from_k, to_k, order in parts if not second else ():
            part = (at_k >= from_k) & (at_k <= to_k)
            found += _beside(at_k[part], level[part], noise, span_k, order, glass=to_k <= b_k)
    return tuple(sorted(found, key=lambda event: event.low_k))


def cut_at(lines: Lines, events: Sequence[Event]) -> tuple[float | None, float | None]:
    """Temperatures in K below and above which a scan is to be cut for its events outside the transition.

    None where nothing is to be cut.
    """
    outside = [event for event in events if not event.within_transition]
    low = max((event.high_k for event in outside if event.high_k < lines.tg_half_step_k), default=None)
    high = min((event.low_k for event in outside if event.low_k > lines.tg_half_step_k), default=None)
    return low, high


def events_in_residuals(
    temperature_k: Float, residual: Float, noise: float, *, least_height: float = LEAST_IN_RESIDUALS
) -> list[Event]:
    """Events that a fit has left in the residuals of a scan.

    Gaussians of several widths are matched everywhere; the most significant is taken, then the next in what it leaves,
    three at most.  On white noise one scan in a hundred has one.  A model that does not fit at all leaves humps too:
    residuals know no difference.

    Parameters
    ----------
    temperature_k, residual : ndarray, shape (points,)
        Rising; measured less fitted, endothermic up, in shares of the step.
    noise : float
        Standard deviation of a point, in shares of the step; that of the instrument, not that of the misfit.
    least_height : float
        In shares of the step.

    Examples
    --------
    >>> temperature_k = np.arange(400.0, 500.0)
    >>> residual = 0.1 * np.exp(-0.5 * ((temperature_k - 450.0) / 5.0) ** 2)
    >>> [event.name for event in events_in_residuals(temperature_k, residual, noise=0.01)]
    ['melting']
    """
    grid = on_grid(temperature_k, residual, 2 * GRID_POINTS)
    if grid is None:
        return []
    per_bin = max(noise * np.sqrt(len(grid.temperature_k) / len(temperature_k)), 1e-6)
    left, found = grid.signal - grid.signal.mean(), list[Event]()
    for _ in range(_MOST_EVENTS):
        best = matched(grid.temperature_k, left, per_bin)
        if best is None or abs(best.height) < least_height or best.z < _LEAST_Z_WHITE:
            break
        found.append(_event(best, within=True))
        left -= best.height * np.exp(-0.5 * ((grid.temperature_k - best.centre_k) / best.width_k) ** 2)
    return sorted(found, key=lambda event: event.low_k)


def _second_transition(at_k: Float, signal: Float, noise: float, span_k: float) -> list[Event]:
    """A step upwards on a side of the transition, where it explains the side better than any Gaussian."""
    if len(at_k) < 12:
        return []
    step, bump = (best_shape(at_k, signal, noise, span_k, 1, shape) for shape in (rise, gaussian))
    inside = step is not None and min(step.centre_k - at_k[0], at_k[-1] - step.centre_k) > _HOOK * span_k
    if (
        step is None
        or not inside
        or step.height < _LEAST_HEIGHT
        or step.z < max(_LEAST_Z, _STEP_BEFORE * (bump.z if bump else 0.0))
    ):
        return []
    reach_k = MARGIN * step.width_k
    return [Event("second transition", step.centre_k - reach_k, step.centre_k + reach_k, step.height, False)]


def _beside(at_k: Float, signal: Float, noise: float, span_k: float, order: int, *, glass: bool) -> list[Event]:
    """Events on a side of the transition: a Gaussian on a line bent like a polynomial of an order."""
    if len(at_k) < 12:
        return []
    bump = best_shape(at_k, signal, noise, span_k, order, gaussian)
    if bump is None or abs(bump.height) < _LEAST_HEIGHT or bump.z < _LEAST_Z:
        return []
    event = _event(bump, within=False)
    if not glass and event.name == "crystallisation":
        event = event._replace(name="cold crystallisation")
    return [event]


def _between(at_k: Float, share: Float, lines: Lines, noise: float) -> list[Event]:
    """Events between glass and liquid: peaks and troughs that no TNM scan has."""
    inside = (at_k >= lines.glass_range_k[1]) & (at_k <= lines.liquid_range_k[0])
    if inside.sum() < 5:
        return []
    highest = float(share[inside].max())
    least = max(_LEAST_HEIGHT, _LEAST_Z * noise, _LEAST_OF_OVERSHOOT * (highest - 1.0))
    peaks = [peak for peak in peaks_of(share, least) if inside[peak.at]]
    overshoot = max((peak.at for peak in peaks), key=lambda at: share[at], default=None)
    after_k = lines.tg_half_step_k if overshoot is None else at_k[overshoot]
    troughs = [
        trough
        for trough in peaks_of(-share, least)
        if inside[trough.at] and at_k[trough.at] > after_k and share[trough.at] < 1.0 - least
    ]
    return [
        *(_between_event(at_k, peak.prominence, peak.left, peak.right) for peak in peaks if peak.at != overshoot),
        *(_between_event(at_k, -trough.prominence, trough.left, trough.right) for trough in troughs),
    ]


def _between_event(at_k: Float, height: float, left: float, right: float) -> Event:
    low_k, high_k = np.interp([left, right], np.arange(len(at_k)), at_k)
    width_k = max((high_k - low_k) / 2.355, 1e-3)
    bump = Bump(0.5 * (low_k + high_k), width_k, height, np.inf)
    return _event(bump, within=True)


def _event(bump: Bump, *, within: bool) -> Event:
    sharp = bump.width_k * 1.18 < _SHARP_K or abs(bump.height) > _HIGH
    name: EventName
    if bump.height > 0:
        name = "melting" if sharp else "endothermic hump"
    else:
        name = "crystallisation" if sharp else "exothermic hump"
    low_k, high_k = bump.centre_k - MARGIN * bump.width_k, bump.centre_k + MARGIN * bump.width_k
    return Event(name, low_k, high_k, bump.height, within)


def _peaks_alone(grid: Grid) -> tuple[Event, ...]:
    """Peaks of a scan without a transition, well above its own spread."""
    spread = float(np.subtract(*np.percentile(grid.signal, [75, 25])))
    least = max(
        _LEAST_PROMINENCE_NOISES * noise_of(grid.signal),
        _LEAST_PROMINENCE_SPREADS * spread,
        _LEAST_PROMINENCE_SHARE * float(np.ptp(grid.signal)),
    )
    events, places = list[Event](), np.arange(len(grid.temperature_k))
    named: tuple[tuple[float, EventName], ...] = ((1.0, "melting"), (-1.0, "crystallisation"))
    for sign, name in named:
        for peak in peaks_of(sign * grid.signal, least):
            reach = 0.5 * (peak.right - peak.left)
            low_k, high_k = np.interp([peak.left - reach, peak.right + reach], places, grid.temperature_k)
            events.append(Event(name, float(low_k), float(high_k), sign * peak.prominence, within_transition=False))
    return tuple(sorted(events, key=lambda event: event.low_k))
