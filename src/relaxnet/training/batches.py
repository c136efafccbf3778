"""Batches of training data, made when they are asked for: from a source, from memory, or drawn from a stream."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxnet.datasets.source import Augment, Float32, Index, Inputs, Source, Stream
from relaxnet.datasets.targets import Scaling, Targets

Batch = tuple[Any, Float32]  # what the model takes (inputs by name, or views), scaled targets
_AUGMENT = 2**17  # ends the seed of what changes a batch: no number of a batch, which may end that of what is drawn


class Batches(Sequence[Batch]):
    """Batches of ``samples`` samples; ``make(rows, number)`` makes one."""

    def __init__(self, samples: int, batch_size: int, make: Callable[[slice, int], Batch]) -> None:
        self._samples, self._batch_size, self._make = samples, batch_size, make

    def __len__(self) -> int:
        return -(-self._samples // self._batch_size)

    def __getitem__(self, number: int) -> Batch:  # type: ignore[override]  # no slices
        if not 0 <= number < len(self):
            raise IndexError(number)
        start = number * self._batch_size
        return self._make(slice(start, min(start + self._batch_size, self._samples)), number)


def from_source(
    source: Source, index: Index, scaled: Float32, batch_size: int, augment: Augment | None = None,
    seed: Sequence[int] = (0,),
) -> Batches:  # fmt: skip
    """Batches of the samples ``index``, for data larger than the memory; ``scaled`` are targets of the whole source.

    The seed and the number of a batch decide how ``augment`` changes its inputs.
    """

    def make(rows: slice, number: int) -> Batch:
        chosen = index[rows]
        inputs = source.inputs(chosen)
        check_inputs(inputs, [f"sample {sample}" for sample in chosen])
        return augmented(inputs, augment, [*seed, number]), scaled[chosen]

    return Batches(len(index), batch_size, make)


def from_memory(views: Sequence[Float32], scaled: Float32, batch_size: int, order: Index | None = None) -> Batches:
    """Batches of views, one row a sample, in the order given."""

    def make(rows: slice, _: int) -> Batch:
        chosen = rows if order is None else order[rows]
        return [view[chosen] for view in views], scaled[chosen]

    return Batches(len(scaled), batch_size, make)


def from_stream(
    stream: Stream, scaling: Scaling, samples: int, batch_size: int, seed: Sequence[int], augment: Augment | None = None
) -> Batches:
    """Batches of new samples; the seed and the number of a batch decide what is drawn."""

    def make(rows: slice, number: int) -> Batch:
        return draw(stream, scaling, [*seed, number], rows.stop - rows.start, augment)

    return Batches(samples, batch_size, make)


def draw(
    stream: Stream, scaling: Scaling, seed: Sequence[int], count: int, augment: Augment | None = None
) -> tuple[Inputs, Float32]:
    """New inputs, changed by ``augment``, and their scaled targets, found finite."""
    inputs, targets = stream.draw(np.random.default_rng(seed), count)
    rows = [f"drawn sample {row}" for row in range(count)]
    check_inputs(inputs, rows)
    check_finite(targets, rows, "target")
    return augmented(inputs, augment, seed), scaling.normalise(targets).astype(np.float32)


def augmented(inputs: Inputs, augment: Augment | None, seed: Sequence[int]) -> Inputs:
    """Inputs that are trained on: changed by ``augment``, if there is one, as the seed decides."""
    return augment(inputs, np.random.default_rng([*seed, _AUGMENT])) if augment else inputs


class NotFiniteError(ValueError):
    """NaN or infinity in data, loss or weights; the message says in which, ``batch`` in which batch, where known."""

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

    Raises
    ------
    NotFiniteError
        Naming the first of the ``rows`` that is not finite.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum()):
            return
    for row, value in zip(rows, values, strict=True):
        if not np.isfinite(value).all():
            raise NotFiniteError(f"the {what} of {row} is not finite")
