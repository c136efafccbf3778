"""Where a measurement turns: its pieces of heating, cooling and holding, and their rates."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..dsc.curve import Direction

Float = NDArray[np.float64]

TURN_K = 2.0  # a temperature that comes back by less is noise, or an event of the sample
_STILL_SHARE = 0.3  # of the rate of a ramp, below which it has not begun or is over
_STILL_K = 1.0  # within which a temperature counts as held
_SHORTEST_HOLD_SHARE = 0.02  # of the duration of the ramp beside it
_SHORTEST_HOLD_BETWEEN = 0.1  # between two ramps of one direction: a sample that melts stays behind too
_DRIFT_SHARE = 0.1  # of the rate of the ramp, above which it is only slowing down
_CENTRAL = 0.4  # of the temperatures on either side of the middle, over which a rate is taken
_FEWEST_POINTS = 5
_LEVELS = 60


class Piece(NamedTuple):
    """Rows of a block from ``start`` up to ``stop`` that go one way."""

    start: int
    stop: int
    direction: Direction


def pieces(temperature_k: Float, time_s: Float | None) -> list[Piece]:
    """Split a block where its temperature turns, and part holds from ramps where there are times.

    Holds that are short beside their ramp belong to it.

    Parameters
    ----------
    temperature_k : ndarray, shape (rows,)
    time_s : ndarray, shape (rows,), or None
        Rising.

    Examples
    --------
    >>> temperature_k = np.concatenate([np.linspace(400, 300, 101), np.full(50, 300.0), np.linspace(300, 400, 51)])
    >>> [piece.direction for piece in pieces(temperature_k, np.arange(202.0))]
    ['cooling', 'hold', 'heating']
    """
    found = list[Piece]()
    if np.ptp(temperature_k) < TURN_K:
        return [Piece(0, len(temperature_k), "hold")] if len(temperature_k) >= _FEWEST_POINTS else []
    turns = _turning_points(temperature_k)
    for begin, end in pairwise(turns):
        part = slice(begin, end + 1)
        if time_s is None:
            direction: Direction = "heating" if temperature_k[end] > temperature_k[begin] else "cooling"
            found.append(Piece(begin, end + 1, direction))
        else:
            found += [
                Piece(piece.start + begin, piece.stop + begin, piece.direction)
                for piece in _ramp_and_holds(temperature_k[part], time_s[part])
            ]
    return [piece for piece in _joined(found) if piece.stop - piece.start >= _FEWEST_POINTS]


def rate_k_per_min(temperature_k: Float, time_s: Float) -> float:
    """Slope of temperature against time without its sign, by least squares; NaN if no time passes.

    A tenth of the temperatures at either end does not count: there a ramp is not yet, or no more, what it is.
    """
    low_k, high_k = temperature_k.min(), temperature_k.max()
    inside = np.abs(temperature_k - 0.5 * (low_k + high_k)) <= _CENTRAL * (high_k - low_k)
    if inside.sum() < _FEWEST_POINTS:
        inside = np.ones(len(temperature_k), dtype=np.bool_)
    time = time_s[inside] - time_s[inside].mean()
    spread = float(time @ time)
    return abs(float(time @ temperature_k[inside]) / spread * 60.0) if spread > 0 else float("nan")


def rate_near_k_per_min(temperature_k: Float, time_s: Float, centre_k: float, width_k: float) -> float:
    """Rate of the part of a curve within ``width_k`` of ``centre_k``, or of all of it where there is too little."""
    near = np.abs(temperature_k - centre_k) < width_k
    if near.sum() < _FEWEST_POINTS or np.ptp(temperature_k[near]) < 0.5 * width_k:
        return rate_k_per_min(temperature_k, time_s)
    return rate_k_per_min(temperature_k[near], time_s[near])


def dummy_rows(temperature_k: Float, signal: Float) -> int:
    """Number of rows at the beginning that hold no measurement: a signal of 0, and a jump of the temperature after."""
    steps = np.abs(np.diff(temperature_k[:50]))
    if len(steps) < 3:
        return 0
    usual = float(np.median(steps))
    count = 0
    while count < 3 and signal[count] == 0.0 and steps[count] > max(5.0, 5.0 * usual):
        count += 1
    return count


def _turning_points(temperature_k: Float) -> list[int]:
    """First and last row, and the extremes between that the temperature leaves by more than `TURN_K`."""
    turns, values = [0], temperature_k.tolist()
    low = high = 0
    rising: bool | None = None
    for at, value in enumerate(values):
        if value > values[high]:
            high = at
        if value < values[low]:
            low = at
        if rising is not False and value < values[high] - TURN_K:
            if rising or high > 0:
                turns.append(high)
            rising, low = False, at
        elif rising is not True and value > values[low] + TURN_K:
            if rising is False or low > 0:
                turns.append(low)
            rising, high = True, at
        if rising is True:
            low = at
        elif rising is False:
            high = at
    last = high if rising else low
    if turns[-1] < last:
        turns.append(last)
    if turns[-1] < len(values) - 1:
        turns.append(len(values) - 1)
    return sorted(set(turns))


def _ramp_and_holds(temperature_k: Float, time_s: Float) -> list[Piece]:
    """Split a part that goes one way into ramps and holds."""
    count, span = len(temperature_k), float(np.ptp(temperature_k))
    if span < TURN_K:
        return [Piece(0, count, "hold")]
    heating = temperature_k[-1] > temperature_k[0]
    direction: Direction = "heating" if heating else "cooling"
    rising = np.maximum.accumulate(temperature_k if heating else -temperature_k)
    levels = np.linspace(rising[0] + 0.02 * span, rising[-1] - 0.02 * span, _LEVELS + 1)
    steps_s = np.diff(np.interp(levels, rising, time_s))
    rate = (levels[1] - levels[0]) / max(float(np.median(steps_s)), 1e-12)
    ramp_s = span / rate
    edges = _edges(time_s, 0.01 * ramp_s)
    slopes = np.diff(temperature_k[edges]) / np.maximum(np.diff(time_s[edges]), 1e-12)
    moving = (slopes if heating else -slopes) > _STILL_SHARE * rate
    for begin, end in _runs(moving):  # what drifts is no hold: that is where it has come to rest
        if not moving[begin]:
            inside_k = temperature_k[edges[begin : end + 1]]
            moving[begin:end] = np.abs(0.5 * (inside_k[1:] + inside_k[:-1]) - np.median(inside_k)) > _STILL_K
    _still_where_short(moving, temperature_k[edges])  # noise at a turn would put the hold there between two ramps
    for begin, end in _runs(moving):
        rows, passed_s = edges[end] - edges[begin], time_s[edges[end]] - time_s[edges[begin]]
        between = begin > 0 and end < len(moving)
        shortest_s = (_SHORTEST_HOLD_BETWEEN if between else _SHORTEST_HOLD_SHARE) * ramp_s
        drifts = abs(temperature_k[edges[end]] - temperature_k[edges[begin]]) > _DRIFT_SHARE * rate * passed_s
        if not moving[begin] and (rows < _FEWEST_POINTS or passed_s < shortest_s or drifts):
            moving[begin:end] = True
    _still_where_short(moving, temperature_k[edges])
    return [
        Piece(int(edges[begin]), int(edges[end]) + 1, direction if moving[begin] else "hold")
        for begin, end in _runs(moving)
    ]


def _still_where_short(moving: NDArray[np.bool_], edges_k: Float) -> None:
    """Clear the runs of ``moving`` bins, between temperatures ``edges_k``, that lead less far than `_STILL_K`."""
    for begin, end in _runs(moving):
        if moving[begin] and abs(edges_k[end] - edges_k[begin]) < _STILL_K:
            moving[begin:end] = False


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one past the last of the places of equal flags."""
    changes = (np.flatnonzero(flags[1:] != flags[:-1]) + 1).tolist()
    return list(zip([0, *changes], [*changes, len(flags)], strict=True))


def _edges(time_s: Float, bin_s: float) -> NDArray[np.int64]:
    """Rows that part a curve into bins of a duration, of at least 3 rows each."""
    wanted = np.arange(time_s[0], time_s[-1], max(bin_s, 1e-12, (time_s[-1] - time_s[0]) / 1e5))
    edges = np.unique(np.append(np.searchsorted(time_s, wanted), len(time_s) - 1))
    kept = [int(edges[0])]
    for edge in edges[1:].tolist():
        if edge - kept[-1] >= 3:
            kept.append(edge)
    kept[-1 if len(kept) > 1 else len(kept) :] = [len(time_s) - 1]
    return np.array(kept)


def _joined(found: list[Piece]) -> list[Piece]:
    """Neighbouring pieces of one direction as one."""
    joined = list[Piece]()
    for piece in found:
        if joined and joined[-1].direction == piece.direction:
            joined[-1] = joined[-1]._replace(stop=piece.stop)
        else:
            joined.append(piece)
    return joined
