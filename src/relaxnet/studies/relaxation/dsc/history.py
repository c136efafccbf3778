"""Measured histories made smooth: what a thermocouple adds to the temperature would be read as heating and cooling."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..physics import History, Program

Float = NDArray[np.float64]

_LEAST_NOISE_K = 3e-4  # what less noise counts as: samples are joined where they lie so near a line
_PARTS = 8  # of a stretch, whose means are judged
_FARTHEST = 5.0  # standard deviations of such a mean from the line
_MOST_PIECES = 400
_FEWEST = 4  # samples of a piece
_FEWEST_TO_SMOOTH = 20  # samples of a history
_MOST_NOISES, _LEAST_AWAY_K = 8.0, 0.05  # of a sample from the pieces


@dataclass(frozen=True)
class Smoothed:
    """A program whose histories are straight pieces, the noise of their samples in K, and what changed.

    ``largest_k`` is the largest distance of a sample from the pieces; ``pieces`` their number.
    """

    program: Program
    noise_k: float
    largest_k: float
    pieces: int


def smooth(program: Program) -> Smoothed:
    """Replace measured histories by a few straight pieces, as many as their noise calls for.

    A stretch is cut in two, where two lines follow it best, until each piece looks like a line with noise; the knots
    lie where such lines meet, and their temperatures are fitted to all samples together.  Rates, which the model feels,
    are then means over hundreds of samples.  A history of few samples, or one that no such pieces follow to within its
    noise, stays as it is.

    Examples
    --------
    >>> time = np.arange(0.0, 3000.0, 2.0)
    >>> rate = np.where(time < 1500.0, -0.1, 0.1)
    >>> exact = 480.0 + np.cumsum(np.append(0.0, rate[:-1] * 2.0))
    >>> noisy = exact + np.random.default_rng(1).normal(0.0, 0.1, len(time))
    >>> found = smooth(Program.from_history(time, noisy))
    >>> found.pieces, round(found.noise_k, 2)
    (2, 0.1)
    """
    segments, noises, largest, pieces = list(program.segments), [0.0], 0.0, 0
    start_k = program.start_temperature_k
    for number, segment in enumerate(segments):
        if not isinstance(segment, History):
            continue
        time, measured = np.array(segment.time_s), np.array(segment.temperature_k)
        noise = _noise(measured)
        knots_s = _knots_s(time, measured, max(noise, _LEAST_NOISE_K))
        value = _fitted(time, measured, knots_s)
        away_k = np.abs(np.interp(time, knots_s, value) - measured)
        if float(away_k.max()) > max(_MOST_NOISES * noise, _LEAST_AWAY_K) or len(time) < _FEWEST_TO_SMOOTH:
            pieces += len(time) - 1  # so few samples that their turns look like noise: straight from one to the next
            start_k = float(measured[0]) if number == 0 else start_k
            continue
        if number == 0:
            start_k = float(value[0])
        else:  # what goes before says where it begins, and its own samples where it ends
            value[0] = measured[0]
        if number + 1 < len(segments):
            value[-1] = measured[-1]
        segments[number] = History(knots_s, value)  # type: ignore[arg-type]  # it makes tuples of them
        noises.append(noise)
        away_k = np.abs(np.interp(time, knots_s, value) - measured)
        largest = max(largest, float(away_k.max()))
        pieces += len(knots_s) - 1
    return Smoothed(Program(start_k, tuple(segments)), max(noises), largest, pieces)


def _noise(measured: Float) -> float:
    """Standard deviation of white noise, from second differences."""
    if len(measured) < 5:
        return 0.0
    return float(np.median(np.abs(np.diff(measured, 2))) / (0.6745 * np.sqrt(6.0)))


def _knots_s(time: Float, measured: Float, noise: float) -> Float:
    """Times between the pieces, ends included."""
    sums = _Sums(time, measured)
    waiting, bounds = [(0, len(time))], {0, len(time)}
    while waiting and len(bounds) <= _MOST_PIECES:
        first, end = waiting.pop()
        if end - first < 2 * _FEWEST or sums.is_line(first, end, noise):
            continue
        cut = sums.best_cut(first, end)
        bounds.add(cut)
        waiting += [(first, cut), (cut, end)]
    kept = sorted(bounds)
    for cut in kept[1:-1]:  # what the search cut on its way
        place = kept.index(cut)
        if sums.is_line(kept[place - 1], kept[place + 1], noise):
            kept.remove(cut)
    inner = [_meeting_s(sums, *three) for three in zip(kept, kept[1:], kept[2:], strict=False)]
    knots = [float(time[0]), *inner, float(time[-1])]
    apart = [knots[0]] + [b for a, b in pairwise(knots[:-1]) if b > a] + [knots[-1]]
    return np.unique(apart)


class _Sums:
    """Least-squares lines through any stretch of samples, from cumulative sums."""

    def __init__(self, time: Float, measured: Float) -> None:
        self.time, self.measured = time, measured
        self._t, self._y = time - time.mean(), measured - measured.mean()
        rows = np.stack([np.ones(len(time)), self._t, self._t**2, self._y, self._t * self._y, self._y**2])
        self._sums = np.concatenate([np.zeros((6, 1)), np.cumsum(rows, axis=1)], axis=1)

    def line(self, first: NDArray[np.int64] | int, end: NDArray[np.int64] | int) -> tuple[Float, Float, Float]:
        """Slope, temperature at the mean time of all samples, and sum of squares that is left."""
        n, t, tt, y, ty, yy = self._sums[:, end] - self._sums[:, first]
        spread = np.maximum(tt - t * t / n, 1e-300)
        slope = (ty - t * y / n) / spread
        left = np.maximum(yy - y * y / n - slope * (ty - t * y / n), 0.0)
        return slope, (y - slope * t) / n, left

    def is_line(self, first: int, end: int, noise: float) -> bool:
        """Whether the samples are a line with noise: all of them, and the means of parts of them."""
        slope, level, _ = self.line(first, end)
        left = self._y[first:end] - (level + slope * self._t[first:end])
        count = len(left)
        if float(left @ left) > noise**2 * count * (1.0 + _FARTHEST * np.sqrt(2.0 / count)):
            return False
        means = [(part.mean(), len(part)) for part in np.array_split(left, min(_PARTS, max(count // 3, 1)))]
        return all(abs(mean) < _FARTHEST * noise / np.sqrt(size) for mean, size in means)

    def best_cut(self, first: int, end: int) -> int:
        """Where two lines follow the samples best."""
        cuts = np.arange(first + _FEWEST // 2, end - _FEWEST // 2 + 1)
        left = self.line(np.full(len(cuts), first), cuts)[2] + self.line(cuts, np.full(len(cuts), end))[2]
        return int(cuts[np.argmin(left)])

    def meeting_s(self, first: int, cut: int, end: int) -> float | None:
        """Time at which the lines before and after a cut meet; None for parallel ones."""
        slope, level, _ = self.line(first, cut)
        other, height, _ = self.line(cut, end)
        if slope == other:
            return None
        return float((level - height) / (other - slope) + self.time.mean())


def _meeting_s(sums: _Sums, first: int, cut: int, end: int) -> float:
    """Knot at a cut: where the lines beside it meet, if that is near; else between the samples."""
    here = 0.5 * (sums.time[cut - 1] + sums.time[cut])
    near = 0.1 * min(here - sums.time[first], sums.time[end - 1] - here)
    near = max(near, 2.0 * (sums.time[cut] - sums.time[cut - 1]))
    found = sums.meeting_s(first, cut, end)
    return found if found is not None and abs(found - here) <= near else float(here)


def _fitted(time: Float, measured: Float, at: Float) -> Float:
    """Temperatures at the times ``at`` of the broken line nearest to all samples."""
    from scipy.linalg import solveh_banded

    piece = np.clip(np.searchsorted(at, time, side="right") - 1, 0, len(at) - 2)
    share = (time - at[piece]) / (at[piece + 1] - at[piece])
    band, right = np.zeros((2, len(at))), np.zeros(len(at))
    np.add.at(band[1], piece, (1.0 - share) ** 2)
    np.add.at(band[1], piece + 1, share**2)
    np.add.at(band[0], piece + 1, share * (1.0 - share))
    np.add.at(right, piece, (1.0 - share) * measured)
    np.add.at(right, piece + 1, share * measured)
    band[1] += 1e-9 * band[1].max()
    return np.asarray(solveh_banded(band, right))
