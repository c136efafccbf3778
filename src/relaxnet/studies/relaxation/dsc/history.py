"""Measured histories made smooth: what a thermocouple adds to the temperature would be read as heating and cooling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..physics import History, Program

Float = NDArray[np.float64]

_EXACT_K = 1e-3  # noise below which samples are only joined where they lie on a line
_NEAR = 1.15  # rms distance of the samples from the pieces, in standard deviations of their noise, that is enough
_FARTHEST = 5.0  # a stretch averages as far away: in standard deviations of its mean
_MOST_PIECES = 400
_RUNS = 16  # samples of the stretches whose means are judged


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

    Knots are added where the samples lie farthest from the pieces, until what is left looks like the noise; their
    temperatures are then fitted to all samples together, so that rates, which the model feels, are means over hundreds
    of samples.

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
        knots = _knots(time, measured, noise)
        value = _fitted(time, measured, knots)
        if number == 0:
            start_k = float(value[0])
        else:  # what goes before says where it begins, and its own samples where it ends
            value[0] = measured[0]
        if number + 1 < len(segments):
            value[-1] = measured[-1]
        segments[number] = History(time[knots], value)  # type: ignore[arg-type]  # it makes tuples of them
        noises.append(noise)
        largest = max(largest, float(np.abs(np.interp(time, time[knots], value) - measured).max()))
        pieces += len(knots) - 1
    return Smoothed(Program(start_k, tuple(segments)), max(noises), largest, pieces)


def _noise(measured: Float) -> float:
    """Standard deviation of white noise, from second differences."""
    if len(measured) < 5:
        return 0.0
    return float(np.median(np.abs(np.diff(measured, 2))) / (0.6745 * np.sqrt(6.0)))


def _knots(time: Float, measured: Float, noise: float) -> NDArray[np.intp]:
    """Indices of the samples between the pieces."""
    knots = [0, len(time) - 1]
    while len(knots) <= _MOST_PIECES:
        here = np.array(knots)
        left = measured - np.interp(time, time[here], _fitted(time, measured, here))
        new = _worst(left, here, noise)
        if new is None:
            break
        knots = sorted({*knots, new})
    return np.array(knots)


def _worst(left: Float, knots: NDArray[np.intp], noise: float) -> int | None:
    """Sample in whose stretch the means are farthest from the pieces; None where all look like noise."""
    if noise < _EXACT_K:
        worst = int(np.argmax(np.abs(left)))
        return worst if abs(left[worst]) > _EXACT_K and worst not in knots else None
    width = min(_RUNS, max(len(left) // 8, 1))
    mean = np.convolve(left, np.full(width, 1.0 / width), "same")
    mean[knots] = 0.0
    edge = width // 2  # half of a stretch is beyond the ends
    mean[:edge], mean[len(mean) - edge :] = mean[:edge] * 0.5, mean[len(mean) - edge :] * 0.5
    for knot in knots[1:-1]:
        mean[max(knot - edge // 2, 0) : knot + edge // 2 + 1] = 0.0
    worst = int(np.argmax(np.abs(mean)))
    return worst if abs(mean[worst]) > _FARTHEST * noise / np.sqrt(width) else None


def _fitted(time: Float, measured: Float, knots: NDArray[np.intp]) -> Float:
    """Temperatures at the knots of the broken line nearest to all samples."""
    from scipy.linalg import solveh_banded

    at = time[knots]
    piece = np.clip(np.searchsorted(at, time, side="right") - 1, 0, len(at) - 2)
    share = (time - at[piece]) / (at[piece + 1] - at[piece])
    count, band, right = len(at), np.zeros((2, len(at))), np.zeros(len(at))
    np.add.at(band[1], piece, (1.0 - share) ** 2)
    np.add.at(band[1], piece + 1, share**2)
    np.add.at(band[0], piece + 1, share * (1.0 - share))
    np.add.at(right, piece, (1.0 - share) * measured)
    np.add.at(right, piece + 1, share * measured)
    band[1] += 1e-9 * band[1].max()
    return np.asarray(solveh_banded(band, right)) if count > 1 else right
