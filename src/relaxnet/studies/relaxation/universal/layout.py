"""Measured scans as the networks take them: place and scale on the axis of temperature, averages, a coarse picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.threads import in_threads

from ..estimation.levels import levels
from ..estimation.scans import MeasuredScans
from .reduced import REFERENCE_RATE_K_PER_MIN

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]

MOST_SCANS = 6
BINS = 128  # of a scan: measured points that are closer are averaged
PICTURE_POINTS = 48  # of a scan, for the first guess
LEAST_NOISE = 5e-4  # taken from data: beside less, the networks' own error would count as signal
_FILLED = "noise", "temperature_k", "spread_k2", "cp_n", "count", "picture", "centre_k", "width_k", "usable"
_PLACES = np.arange(MOST_SCANS)
_COOLING, _HEATING = attrgetter("cooling_rate_k_per_min"), attrgetter("heating_rate_k_per_min")
_TEMPERATURE, _SIGNAL = attrgetter("temperature_k"), attrgetter("cp_n")
_CHUNK = 64
_WHITE = 0.6745 * np.sqrt(6.0)  # median of |second difference| of white noise, in standard deviations


@dataclass(frozen=True, eq=False)
class Layout:
    """Samples laid out for the networks: n samples, up to 6 scans each in rising order of the cooling rate.

    Attributes
    ----------
    temperature_k, spread_k2, cp_n, count : ndarray, shape (n, 6, bins)
        Mean and variance of the temperature of the points in each bin, the mean of their signal, and their number, 0
        for an empty bin or scan.
    picture : ndarray, shape (n, 6, points)
        The signal at places fixed relative to ``centre_k`` and ``width_k``.
    cooling, heating : ndarray, shape (n, 6)
        ln of the ratio of cooling and heating rate; ln of the heating rate over 10 K/min.
    centre_k, width_k : ndarray, shape (n,)
        Equal-area fictive temperature, and breadth, of the scan after the fastest cooling.
    noise : ndarray, shape (n,)
        Standard deviation of the noise of a point.
    usable : ndarray of bool, shape (n,)
        Whether the scan after the fastest cooling goes from 0 to 1, so that ``centre_k`` lies within it.
    """

    temperature_k: Float
    spread_k2: Float
    cp_n: Float
    count: Float
    picture: Float
    cooling: Float
    heating: Float
    centre_k: Float
    width_k: Float
    noise: Float
    usable: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.noise)

    def take(self, part: slice | NDArray[np.intp]) -> Layout:
        """Some of the samples."""
        return Layout(**{name: getattr(self, name)[part] for name in self.__dataclass_fields__})

    def guess_inputs(self) -> Float32:
        """Input of the first guess, shape (n, 6 * (points + 3) + 2)."""
        there = (self.count.max(axis=2) > 0).astype(np.float64)
        levels = np.log(self.noise + 1e-3) / 2.0 + 3.0, np.log(self.width_k / self.centre_k) / 2.0 + 2.0
        flat = self.picture.reshape(len(self), -1)
        return np.column_stack([flat, there * self.cooling, there * self.heating, there, *levels]).astype(np.float32)


def check_samples(samples: Sequence[MeasuredScans]) -> None:
    """Raise `InvalidInputError` for no samples, and one with more than six scans."""
    if not len(samples):
        raise InvalidInputError("samples", "none", "at least one")
    for number, sample in enumerate(samples):
        if len(sample) > MOST_SCANS:
            raise InvalidInputError(f"scans of sample {number}", len(sample), f"at most {MOST_SCANS}")


def lay_out(samples: Sequence[MeasuredScans], noise: ArrayLike | None = None, *, workers: int = 1) -> Layout:
    """Lay out measured samples; ``noise``, of one point, shape () or (n,), is by default taken from the data.

    Raises
    ------
    InvalidInputError
        As `check_samples`, and for noise below 0.
    """
    from . import _layout_kernels as kernels

    check_samples(samples)
    ordered = [sorted(sample.scans, key=_COOLING) for sample in samples]
    sigma = np.array([_noise(scans) for scans in ordered]) if noise is None else levels("noise", noise, len(samples))
    n, shape = len(samples), (len(samples), MOST_SCANS)
    binned = (*shape, BINS)
    found = Layout(
        temperature_k=np.zeros(binned),
        spread_k2=np.zeros(binned),
        cp_n=np.zeros(binned),
        count=np.zeros(binned),
        picture=np.zeros((*shape, PICTURE_POINTS)),
        cooling=np.zeros(shape),
        heating=np.zeros(shape),
        centre_k=np.zeros(n),
        width_k=np.zeros(n),
        noise=sigma,
        usable=np.ones(n, dtype=np.bool_),
    )

    def run(part: slice) -> None:
        scans = list(chain.from_iterable(ordered[part]))
        number = [len(row) for row in ordered[part]]
        rows = np.repeat(np.arange(part.start, part.stop), number)
        columns = np.concatenate([_PLACES[:count] for count in number])
        cooling = np.fromiter(map(_COOLING, scans), np.float64, len(scans))
        heating = np.fromiter(map(_HEATING, scans), np.float64, len(scans))
        found.cooling[rows, columns] = np.log(cooling / heating)
        found.heating[rows, columns] = np.log(heating / REFERENCE_RATE_K_PER_MIN)
        sizes = np.zeros((part.stop - part.start, MOST_SCANS), dtype=np.int64)
        signals = list(map(_SIGNAL, scans))
        sizes[rows - part.start, columns] = list(map(len, signals))
        stops = np.cumsum(sizes).reshape(sizes.shape)
        kernels.lay_out_all(
            np.column_stack([stops[:, 0] - sizes[:, 0], stops]),
            np.concatenate(list(map(_TEMPERATURE, scans))),
            np.concatenate(signals),
            *(getattr(found, name)[part] for name in _FILLED),
        )

    for _ in in_threads(run, n, _CHUNK, workers):
        pass
    return found


def _noise(scans: Sequence) -> float:
    """Standard deviation of white noise, from second differences of all scans, which a smooth signal leaves small."""
    bends = [np.abs(np.diff(scan.cp_n, 2)) for scan in scans]
    return max(float(np.median(np.concatenate(bends)) / _WHITE), LEAST_NOISE)
