"""Where training data come from: arrays in memory, or batches made on demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from ..config import SplitConfig
from ..errors import InvalidInputError

Index = NDArray[np.int64]
Float32 = NDArray[np.float32]


class Source(Protocol):
    """Samples by index; a study implements it."""

    @property
    def input_shape(self) -> tuple[int, int]:
        """Shape of one input, (points, channels)."""

    @property
    def targets(self) -> NDArray[np.float64]:
        """Targets in physical units, shape (n, targets)."""

    def inputs(self, index: Index) -> Float32:
        """Inputs of the samples ``index``, shape (len(index), points, channels)."""


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
    first = round(config.train * samples)
    second = first + round(config.validation * samples)
    parts = Split(order[:first], order[first:second], order[second:])
    if min(len(parts.train), len(parts.validation), len(parts.test)) == 0:
        raise InvalidInputError("samples", samples, "enough for a training, a validation and a test part")
    return parts


def in_blocks(
    function: Callable[[Float32], NDArray[np.floating]], source: Source, index: Index, block: int = 1024
) -> NDArray[np.float64]:
    """Apply ``function`` to the inputs of ``index``, a block at a time: never all inputs in memory at once."""
    parts = [function(source.inputs(index[start : start + block])) for start in range(0, len(index), block)]
    return np.concatenate(parts).astype(np.float64)


class Batches(keras.utils.PyDataset):
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

    def __init__(self, source: Source, index: Index, normalised: Float32, batch_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._source, self._index, self._normalised, self._batch_size = source, index, normalised, batch_size

    def __len__(self) -> int:
        return -(-len(self._index) // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[Float32, Float32]:
        index = self._index[batch * self._batch_size : (batch + 1) * self._batch_size]
        return self._source.inputs(index), self._normalised[index]


class DrawnBatches(keras.utils.PyDataset):
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
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._stream, self._normalise, self._seed = stream, normalise, seed
        self._samples, self._batch_size = samples, batch_size

    def __len__(self) -> int:
        return -(-self._samples // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[Float32, Float32]:
        count = min(self._batch_size, self._samples - batch * self._batch_size)
        inputs, targets = self._stream.draw(np.random.default_rng([*self._seed, batch]), count)
        return inputs, self._normalise(targets).astype(np.float32)
