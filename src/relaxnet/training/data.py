"""Where training data come from: samples by index, samples without end, and their batches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.config import SplitConfig
from relaxnet.core.errors import InvalidInputError

Index = NDArray[np.int64]
Float32 = NDArray[np.float32]
Batch = tuple[Float32 | list[Float32], Float32]  # inputs or views, normalised targets


class Source(Protocol):
    """Samples by index; a study implements it."""

    @property
    def input_shape(self) -> tuple[int, int]:
        """Shape of one input, (points, channels)."""

    @property
    def targets(self) -> NDArray[np.float64]:
        """Targets in physical units, shape (n, targets)."""

    def inputs(self, index: Index) -> Float32:
        """Inputs of the samples ``index``, shape (len(index), points, channels); called from several threads."""


class Stream(Protocol):
    """Samples without end; a study may implement it."""

    def draw(self, generator: np.random.Generator, count: int) -> tuple[Float32, NDArray[np.float64]]:
        """New inputs, shape (count, points, channels), and their targets in physical units, shape (count, targets)."""


@dataclass(frozen=True)
class Split:
    """Indices of the training, validation and test samples."""

    train: Index
    validation: Index
    test: Index


def split(samples: int, config: SplitConfig) -> Split:
    """Shuffle and cut ``samples`` into the shares of ``config``.

    Raises
    ------
    InvalidInputError
        If a part would be empty.
    """
    order = np.random.default_rng(config.seed).permutation(samples)
    first, second = _cuts(samples, config)
    if not 0 < first < second < samples:
        shares = f"{config.train:g} : {config.validation:g} : {config.test:g}"
        allowed = f"at least {_fewest(config)}, for a training, a validation and a test part of {shares}"
        raise InvalidInputError("samples", samples, allowed)
    return Split(order[:first], order[first:second], order[second:])


def _cuts(samples: int, config: SplitConfig) -> tuple[int, int]:
    first = round(config.train * samples)
    return first, first + round(config.validation * samples)


def _fewest(config: SplitConfig) -> int:
    """Number of samples from which on no part is empty."""
    # a part's share is at least the smallest one's, and rounding takes at most one sample off
    enough = int(2 / min(config.train, config.validation, config.test)) + 2
    cuts = [(samples, *_cuts(samples, config)) for samples in range(enough)]
    return 1 + max(samples for samples, first, second in cuts if not 0 < first < second < samples)


def in_blocks(
    function: Callable[[Float32], NDArray[np.floating]], source: Source, index: Index, block: int = 1024
) -> NDArray[np.float64]:
    """Apply ``function`` to the inputs of ``index``, a block at a time: never all inputs in memory at once."""
    parts = [function(source.inputs(index[start : start + block])) for start in range(0, len(index), block)]
    return np.concatenate(parts).astype(np.float64)


class Batches(Sequence[Batch]):
    """Batches of a `Source`, made on demand: for data larger than the memory.

    Parameters
    ----------
    source : Source
    index : ndarray of int
        Samples in the order of their use.
    normalised : ndarray, shape (n, targets)
        Normalised targets of all samples of the source.
    batch_size : int
    """

    def __init__(self, source: Source, index: Index, normalised: Float32, batch_size: int) -> None:
        self._source, self._index, self._normalised, self._batch_size = source, index, normalised, batch_size

    def __len__(self) -> int:
        return -(-len(self._index) // self._batch_size)

    def __getitem__(self, batch: int) -> Batch:  # type: ignore[override]  # no slices
        index = self._index[_rows(batch, len(self), self._batch_size)]
        inputs = self._source.inputs(index)
        check_finite(inputs, [f"sample {sample}" for sample in index])
        return inputs, self._normalised[index]


class StoredBatches(Sequence[Batch]):
    """Batches of arrays in memory.

    Parameters
    ----------
    views : list of ndarray
        Inputs of the network's body, one row a sample.
    normalised : ndarray, shape (rows, targets)
    batch_size : int
    order : ndarray of int, optional
        Rows in the order of their use.
    """

    def __init__(
        self, views: Sequence[Float32], normalised: Float32, batch_size: int, order: Index | None = None
    ) -> None:
        self._views, self._normalised, self._batch_size, self._order = views, normalised, batch_size, order

    def __len__(self) -> int:
        return -(-len(self._normalised) // self._batch_size)

    def __getitem__(self, batch: int) -> Batch:  # type: ignore[override]
        rows: slice | Index = _rows(batch, len(self), self._batch_size)
        if self._order is not None:
            rows = self._order[rows]
        return [view[rows] for view in self._views], self._normalised[rows]


class DrawnBatches(Sequence[Batch]):
    """Batches of a `Stream`, made on demand.

    Parameters
    ----------
    stream : Stream
    normalise : callable
        From physical to normalised targets.
    samples, batch_size : int
    seed : sequence of int
        With the number of a batch it seeds what is drawn.
    """

    def __init__(
        self,
        stream: Stream,
        normalise: Callable[[NDArray[np.float64]], NDArray[np.float64]],
        samples: int,
        batch_size: int,
        seed: Sequence[int],
    ) -> None:
        self._stream, self._normalise, self._seed = stream, normalise, seed
        self._samples, self._batch_size = samples, batch_size

    def __len__(self) -> int:
        return -(-self._samples // self._batch_size)

    def __getitem__(self, batch: int) -> Batch:  # type: ignore[override]
        rows = _rows(batch, len(self), self._batch_size)
        count = min(rows.stop, self._samples) - rows.start
        inputs, normalised = draw(self._stream, self._normalise, [*self._seed, batch], count)
        return inputs, normalised


def draw(
    stream: Stream,
    normalise: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    seed: Sequence[int],
    count: int,
) -> tuple[Float32, Float32]:
    """New inputs and their normalised targets, found finite."""
    inputs, targets = stream.draw(np.random.default_rng(seed), count)
    rows = [f"drawn sample {row}" for row in range(count)]
    check_finite(inputs, rows)
    check_finite(targets, rows, "target")
    return inputs, normalise(targets).astype(np.float32)


def split_hash(parts: Split) -> str:
    """Fingerprint of which samples are in which part: sixteen hexadecimal digits."""
    digest = hashlib.sha256()
    for part in (parts.train, parts.validation, parts.test):
        digest.update(np.ascontiguousarray(part, dtype="<i8").tobytes() + b"|")
    return digest.hexdigest()[:16]


class NotFiniteError(ValueError):
    """NaN or infinity in data, loss or weights; the message says in which.

    Attributes
    ----------
    batch : str
        The batch in words, where known.
    """

    batch = ""


def check_finite(values: NDArray[np.floating], rows: Sequence[object], what: str = "input") -> None:
    """Find NaN and infinity at the price of one sum.

    Parameters
    ----------
    values : ndarray, shape (rows, ...)
    rows : sequence
        What each row is, in words.
    what : str

    Raises
    ------
    NotFiniteError
        Naming the first row that is not finite.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum()):
            return
    for row, value in zip(rows, values, strict=True):
        if not np.isfinite(value).all():
            raise NotFiniteError(f"the {what} of {row} is not finite")


def _rows(batch: int, batches: int, batch_size: int) -> slice:
    if not 0 <= batch < batches:
        raise IndexError(batch)
    return slice(batch * batch_size, (batch + 1) * batch_size)
