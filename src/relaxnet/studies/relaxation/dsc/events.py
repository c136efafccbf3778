"""Events of a heating scan beside the glass transition: melting, crystallisation, a second transition, humps.

Before a fit, `find_events` looks at three parts of a scan.

- Below and above the transition the signal is a gently bent line.  Gaussians and steps of several widths are fitted
  with it, everywhere at once; one that is both high and significant is an event.  At an end of the scan, where a
  start-up hook may stand, it must be there with both its flanks.
- Between them a TNM scan has a dip at most, one rise, one overshoot, and comes down to the liquid line without going
  below it.  A further peak or trough, or a liquid approached from below after an overshoot, is an event.
- A scan without a transition has events where peaks stand out of it.

An event on a flank of the transition makes no peak of its own.  It is seen after a fit only, in the residuals:
`events_in_residuals` looks there for Gaussians of several widths, with the correlation of the residuals in its
threshold.  Both together are to find 95 % of events of 5 to 50 % of the step, with 2 % of false alarms on clean scans.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._grid import Grid, noise_of, on_grid
from .lines import GRID_POINTS, Lines

Float = NDArray[np.float64]
EventName = Literal[
    "melting", "crystallisation", "cold crystallisation", "second transition", "endothermic hump", "exothermic hump"
]

_LEAST_HEIGHT = 0.035  # of the step
_LEAST_Z = 6.0
_LEAST_HEIGHT_UNUSED, _LEAST_Z_UNUSED = 0.1, 12.0  # beyond the lines, where no fit goes and baselines bend
_LEAST_OF_OVERSHOOT = 0.06  # of the overshoot, after which an instrument swings below the line
_WIDTHS = (0.008, 0.015, 0.03, 0.06, 0.1)  # standard deviations, of the scan
_SHARP_K = 12.0  # half-width below which a peak is melting or crystallisation
_HIGH = 0.5  # of the step, above which it is, whatever its width
_LEAST_PROMINENCE_NOISES, _LEAST_PROMINENCE_SPREADS = 30.0, 1.0
_MARGIN = 2.0  # standard deviations of a Gaussian that belong to its range


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
    for low_k, high_k, used in ((-np.inf, a_k, False), (a_k, b_k, True), (c_k, d_k, True), (d_k, np.inf, False)):
        part = (at_k >= low_k) & (at_k <= high_k)
        found += _beside(at_k[part], grid.signal[part] / step, noise, np.ptp(at_k), used, glass=high_k <= b_k)
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
    temperature_k: Float, residual: Float, noise: float, *, least_height: float = _LEAST_HEIGHT
) -> list[Event]:
    """Events that a fit has left in the residuals of a scan.

    Gaussians of several widths are fitted at every place, each alone; the highest that is significant is taken, then
    the next in what it leaves, three at most.  What is needed for significance rises with the noise of the residuals
    at the scale of the Gaussian, so that a misfit all over the scan is not called an event.

    Parameters
    ----------
    temperature_k, residual : ndarray, shape (points,)
        Measured less fitted, endothermic up, in shares of the step.
    noise : float
        Standard deviation of a point, in shares of the step.
    least_height : float
        In shares of the step.

    Examples
    --------
    >>> temperature_k = np.arange(400.0, 500.0)
    >>> residual = 0.1 * np.exp(-0.5 * ((temperature_k - 450.0) / 5.0) ** 2)
    >>> [event.name for event in events_in_residuals(temperature_k, residual, noise=0.01)]
    ['melting']
    """
    grid = on_grid(temperature_k, residual, GRID_POINTS)
    if grid is None:
        return []
    per_bin = max(noise * np.sqrt(len(grid.temperature_k) / len(temperature_k)), grid.noise, 1e-6)
    left, found = grid.signal.copy(), list[Event]()
    for _ in range(3):
        best = _best_gaussian(grid.temperature_k, left, per_bin, np.ptp(grid.temperature_k), order=0, flanks=False)
        if best is None or abs(best.height) < least_height or best.z < _LEAST_Z:
            break
        found.append(_event(best, within=True))
        left -= best.height * np.exp(-0.5 * ((grid.temperature_k - best.centre_k) / best.width_k) ** 2)
    return sorted(found, key=lambda event: event.low_k)


class _Bump(NamedTuple):
    centre_k: float
    width_k: float
    height: float
    z: float


def _beside(at_k: Float, signal: Float, noise: float, span_k: float, used: bool, *, glass: bool) -> list[Event]:
    """Events on a side of the transition: a Gaussian on a line where the fit will go, else on a bent one."""
    if len(at_k) < 12:
        return []
    least_height, least_z, order = (_LEAST_HEIGHT, _LEAST_Z, 1) if used else (_LEAST_HEIGHT_UNUSED, _LEAST_Z_UNUSED, 3)
    bump = _best_gaussian(at_k, signal, noise, span_k, order=order, flanks=True)
    if bump is None or abs(bump.height) < least_height or bump.z < least_z:
        return []
    event = _event(bump, within=False)
    if not glass and event.name == "crystallisation":
        event = event._replace(name="cold crystallisation")
    return [event]


def _best_gaussian(
    at_k: Float, signal: Float, noise: float, span_k: float, *, order: int, flanks: bool
) -> _Bump | None:
    """The most significant Gaussian on a polynomial of an order, at every place and width."""
    scaled = np.polynomial.legendre.legvander(2.0 * (at_k - at_k[0]) / np.ptp(at_k) - 1.0, order)
    basis, _ = np.linalg.qr(scaled)
    rest = signal - basis @ (basis.T @ signal)
    best: _Bump | None = None
    step_k = np.ptp(at_k) / (len(at_k) - 1)
    for share in _WIDTHS:
        width_k = max(share * span_k, 1.2 * step_k)
        centres = at_k[(at_k - at_k[0] >= _MARGIN * width_k) & (at_k[-1] - at_k >= _MARGIN * width_k)] if flanks else at_k
        if 5.0 * width_k > np.ptp(at_k) or not len(centres):
            continue
        shapes = np.exp(-0.5 * ((at_k[:, None] - centres) / width_k) ** 2)
        shapes -= basis @ (basis.T @ shapes)
        norms = (shapes**2).sum(axis=0)
        heights = (rest @ shapes) / norms
        # what the Gaussian leaves tells how much the signal wanders by itself
        left = np.maximum((rest @ rest) - heights**2 * norms, 0.0) / max(len(at_k) - order - 2, 1)
        z = np.abs(heights) * np.sqrt(norms) / np.sqrt(np.maximum(left, noise**2))
        at = int(np.argmax(z))
        if best is None or z[at] > best.z:
            best = _Bump(float(centres[at]), float(width_k), float(heights[at]), float(z[at]))
    return best


def _between(at_k: Float, share: Float, lines: Lines, noise: float) -> list[Event]:
    """Events between glass and liquid: peaks and troughs that no TNM scan has."""
    from scipy.signal import find_peaks

    low_k, high_k = lines.glass_range_k[1], lines.liquid_range_k[0]
    inside = (at_k >= low_k) & (at_k <= high_k)
    if inside.sum() < 5:
        return []
    highest = float(share[inside].max())
    least = max(_LEAST_HEIGHT, _LEAST_Z * noise, _LEAST_OF_OVERSHOOT * (highest - 1.0))
    peaks, facts = find_peaks(share, prominence=least, width=0)
    troughs, depths = find_peaks(-share, prominence=least, width=0)
    events = list[Event]()
    own = [at for at in peaks if inside[at]]
    overshoot = max(own, key=lambda at: share[at], default=None)
    for at, height, left, right in zip(peaks, facts["prominences"], facts["left_ips"], facts["right_ips"], strict=True):
        if inside[at] and at != overshoot:
            events.append(_between_event(at_k, float(height), left, right))
    after = lines.tg_half_step_k if overshoot is None else at_k[overshoot]
    for at, height, left, right in zip(
        troughs, depths["prominences"], depths["left_ips"], depths["right_ips"], strict=True
    ):
        if inside[at] and at_k[at] > after and share[at] < 1.0 - least:
            events.append(_between_event(at_k, -float(height), left, right))
    return events


def _between_event(at_k: Float, height: float, left: float, right: float) -> Event:
    low_k, high_k = np.interp([left, right], np.arange(len(at_k)), at_k)
    width_k = max((high_k - low_k) / 2.355, 1e-3)
    bump = _Bump(0.5 * (low_k + high_k), width_k, height, np.inf)
    return _event(bump, within=True)


def _event(bump: _Bump, *, within: bool) -> Event:
    sharp = bump.width_k * 1.18 < _SHARP_K or abs(bump.height) > _HIGH
    name: EventName
    if bump.height > 0:
        name = "melting" if sharp else "endothermic hump"
    else:
        name = "crystallisation" if sharp else "exothermic hump"
    low_k, high_k = bump.centre_k - _MARGIN * bump.width_k, bump.centre_k + _MARGIN * bump.width_k
    return Event(name, low_k, high_k, bump.height, within)


def _peaks_alone(grid: Grid) -> tuple[Event, ...]:
    """Peaks of a scan without a transition, well above its own spread."""
    from scipy.signal import find_peaks

    spread = float(np.subtract(*np.percentile(grid.signal, [75, 25])))
    least = max(_LEAST_PROMINENCE_NOISES * noise_of(grid.signal), _LEAST_PROMINENCE_SPREADS * spread)
    events = list[Event]()
    for sign, name in ((1.0, "melting"), (-1.0, "crystallisation")):
        peaks, facts = find_peaks(sign * grid.signal, prominence=max(least, 1e-300), width=0)
        for height, left, right in zip(facts["prominences"], facts["left_ips"], facts["right_ips"], strict=True):
            index = np.arange(len(grid.temperature_k))
            low_k, high_k = np.interp([1.5 * left - 0.5 * right, 1.5 * right - 0.5 * left], index, grid.temperature_k)
            events.append(Event(name, float(low_k), float(high_k), sign * float(height), False))  # type: ignore[arg-type]
    return tuple(sorted(events, key=lambda event: event.low_k))
