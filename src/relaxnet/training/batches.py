"""Batches of training data: from a source, from memory, or drawn from a stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxnet.datasets.source import Float32, Index, Inputs, Source, Stream
from relaxnet.datasets.targets import Scaling, Targets

Batch = tuple[Any, Float32]  # what the model takes (inputs or views), scaled targets


class Batches(Sequence[tuple[Inputs, Float32]]):
    """Batches of a `Source`, made on demand: for data larger than the memory.

    Parameters
    ----------
    source : Source
    index : ndarray of int
        Samples in the order of their use.
    scaled : ndarray, shape (n, width)
        Scaled targets of all samples of the source.
    batch_size : int
    """

    def __init__(self, source: Source, index: Index, scaled: Float32, batch_size: int) -> None:
        self._source, self._index, self._scaled, self._batch_size = source, index, scaled, batch_size

    def __len__(self) -> int:
        return -(-len(self._index) // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[Inputs, Float32]:  # type: ignore[override]  # no slices
        index = self._index[_rows(batch, len(self), self._batch_size)]
        inputs = self._source.inputs(index)
        check_inputs(inputs, [f"sample {sample}" for sample in index])
        return inputs, self._scaled[index]


class StoredBatches(Sequence[tuple[list[Float32], Float32]]):
    """Batches of arrays in memory.

    Parameters
    ----------
    views : list of ndarray
        Inputs of the network's body, one row a sample.
    scaled : ndarray, shape (rows, width)
    batch_size : int
    order : ndarray of int, optional
        Rows in the order of their use.
    """

    def __init__(self, views: Sequence[Float32], scaled: Float32, batch_size: int, order: Index | None = None) -> None:
        self._views, self._scaled, self._batch_size, self._order = views, scaled, batch_size, order

    def __len__(self) -> int:
        return -(-len(self._scaled) // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[list[Float32], Float32]:  # type: ignore[override]
        rows: slice | Index = _rows(batch, len(self), self._batch_size)
        if self._order is not None:
            rows = self._order[rows]
        return [view[rows] for view in self._views], self._scaled[rows]


class DrawnBatches(Sequence[tuple[Inputs, Float32]]):
    """Batches of a `Stream`, made on demand.

    Parameters
    ----------
    stream : Stream
    scaling : Scaling
    samples, batch_size : int
    seed : sequence of int
        With the number of a batch it seeds what is drawn.
    """

    def __init__(self, stream: Stream, scaling: Scaling, samples: int, batch_size: int, seed: Sequence[int]) -> None:
        self._stream, self._scaling, self._seed = stream, scaling, seed
        self._samples, self._batch_size = samples, batch_size

    def __len__(self) -> int:
        return -(-self._samples // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[Inputs, Float32]:  # type: ignore[override]
        rows = _rows(batch, len(self), self._batch_size)
        count = min(rows.stop, self._samples) - rows.start
        return draw(self._stream, self._scaling, [*self._seed, batch], count)


def draw(stream: Stream, scaling: Scaling, seed: Sequence[int], count: int) -> tuple[Inputs, Float32]:
    """New inputs and their scaled targets, found finite."""
    inputs, targets = stream.draw(np.random.default_rng(seed), count)
    rows = [f"drawn sample {row}" for row in range(count)]
    check_inputs(inputs, rows)
    check_finite(targets, rows, "target")
    return inputs, scaling.normalise(targets).astype(np.float32)


class NotFiniteError(ValueError):
    """NaN or infinity in data, loss or weights; the message says in which.

    Attributes
    ----------
    batch : str
        The batch in words, where known.
    """

    batch = ""


def check_inputs(inputs: Mapping[str, NDArray[np.floating]], rows: Sequence[object]) -> None:
    """`check_finite` for every input; a single one needs no name."""
    for name, values in inputs.items():
        check_finite(values, rows, "input" if len(inputs) == 1 else f"input {name}")


def check_targets(source: Source, targets: Targets) -> None:
    """`check_finite` for every target of a source."""
    for name in targets.names:
        values = source.targets[:, targets.columns(name)]
        check_finite(values, [f"sample {sample}" for sample in range(len(values))], f"target {name}")


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
