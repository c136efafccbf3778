"""The trainer's input: views in memory where they fit, else batches that threads make ahead of it."""

import math
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from relaxnet.core.processes import usable_processors
from relaxnet.datasets.source import Augment, Inputs, Source, Stream
from relaxnet.datasets.split import Split
from relaxnet.datasets.targets import Scaling
from relaxnet.models.blocks.network import Network, arguments

from .batches import Batch, NotFiniteError, augmented, check_inputs, draw, from_memory, from_source, from_stream
from .precision import in_precision

MAX_IN_MEMORY_BYTES = 4e9
WORKERS = min(4, usable_processors())


class Feed:
    """Gives a model its training and validation batches.

    ``model`` is what is to be trained: the body on views in memory, or the whole network; ``steps`` are the batches of
    an epoch; ``waited`` and ``seconds`` the time that the trainer has waited for batches, and that all epochs took.

    Raises
    ------
    NotFiniteError
        If an input kept in memory is not finite.
    """

    def __init__(
        self,
        network: Network,
        source: Source,
        parts: Split,
        scaling: Scaling,
        batch_size: int,
        stream: Stream | None = None,
        augment: Augment | None = None,
        precision: str = "float32",
    ) -> None:
        self._network, self._source, self._parts, self._stream = network, source, parts, stream
        self._augment, self._batch_size, self._scaling = augment, batch_size, scaling
        self._scaled = scaling.normalise(source.targets).astype(np.float32)
        self.steps = -(-len(parts.train) // batch_size)
        self.waited = self.seconds = 0.0
        samples = len(parts.train) + len(parts.validation)
        numbers = sum(math.prod(shape) for shape in source.input_shapes.values())
        self._in_memory = samples * numbers * 4 * 3 < MAX_IN_MEMORY_BYTES
        self._validation: Sequence[Batch]
        if self._in_memory:
            body = in_precision(network.body, precision)
            self.model = keras.Model(body.inputs, body.outputs, name=body.name)
            # inputs that change from epoch to epoch are kept as they are, of others their views
            self._inputs = {} if stream else self._stored(parts.train)
            self._train = [] if stream or augment else network.views(self._inputs)
            self._inputs = self._inputs if augment else {}
            views, scaled = network.views(self._stored(parts.validation)), self._scaled[parts.validation]
            self._validation = from_memory(views, scaled, max(256, batch_size))
        else:
            self.model = Network(network.preprocess, in_precision(network.body, precision)).whole()
            self._validation = from_source(source, parts.validation, self._scaled, batch_size)

    def run_epoch(self, model: keras.Model, seed: Sequence[int]) -> dict[str, float]:
        """Train on all batches of an epoch, then validate: means of ``loss``, ``mae``, ``val_loss`` and ``val_mae``.

        Raises
        ------
        NotFiniteError
            For the first batch, of training or validation, whose data or loss is not finite.
        """
        begun = time.monotonic()
        means = _Means()
        batches = iter(self._in_order(self._epoch(seed)))
        for number in range(self.steps):
            try:
                asked = time.monotonic()
                inputs, scaled = next(batches)
                self.waited += time.monotonic() - asked
                means.add(model.train_on_batch(_taken(inputs), scaled, return_dict=True), len(scaled))
                _check_losses(means.last)
            except NotFiniteError as error:
                error.batch = f"batch {number + 1} of {self.steps}"
                raise
        validation = self._validate(model)
        self.seconds += time.monotonic() - begun
        return means.values() | validation

    def _validate(self, model: keras.Model) -> dict[str, float]:
        means = _Means("val_")
        batches = iter(self._in_order(self._validation))
        for number in range(len(self._validation)):
            try:
                inputs, scaled = next(batches)
                means.add(model.test_on_batch(_taken(inputs), scaled, return_dict=True), len(scaled))
                _check_losses(means.last)
            except NotFiniteError as error:
                error.batch = f"validation batch {number + 1} of {len(self._validation)}"
                raise
        return means.values()

    def _in_order(self, batches: Sequence[Batch]) -> Iterator[Batch]:
        """Batches in memory as they are; others are made ahead."""
        return prefetched(batches, 0 if self._in_memory else WORKERS)

    def _epoch(self, seed: Sequence[int]) -> Sequence[Batch]:
        count = len(self._parts.train)
        if self._stream and self._in_memory:
            inputs, scaled = draw(self._stream, self._scaling, seed, count, self._augment)
            return from_memory(self._network.views(inputs), scaled, self._batch_size)
        if self._stream:
            return from_stream(self._stream, self._scaling, count, self._batch_size, seed, self._augment)
        order = np.random.default_rng(seed).permutation(count)
        if self._in_memory:
            views = self._train or self._network.views(augmented(self._inputs, self._augment, seed))
            return from_memory(views, self._scaled[self._parts.train], self._batch_size, order)
        rows = self._parts.train[order]
        return from_source(self._source, rows, self._scaled, self._batch_size, self._augment, seed)

    def _stored(self, index: NDArray[np.int64]) -> Inputs:
        inputs = self._source.inputs(index)
        check_inputs(inputs, [f"sample {sample}" for sample in index])
        return inputs


class _Means:
    """Means of the metrics of batches over their samples: Keras 3 resets its own with every batch."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix, self._sums, self._samples = prefix, dict[str, float](), 0
        self.last: dict[str, float] = {}

    def add(self, metrics: Mapping[str, Any], samples: int) -> None:
        """Take a batch in."""
        self.last = {f"{self._prefix}{name}": float(value) for name, value in metrics.items()}
        for name, value in self.last.items():
            self._sums[name] = self._sums.get(name, 0.0) + value * samples
        self._samples += samples

    def values(self) -> dict[str, float]:
        """Means of all batches so far."""
        return {name: total / self._samples for name, total in self._sums.items()}


def _taken(inputs: Any) -> Any:
    """Views as they are, inputs of a source by name."""
    return arguments(inputs) if isinstance(inputs, dict) else inputs


def _check_losses(logs: Mapping[str, float]) -> None:
    for name, words in (("loss", "the loss"), ("val_loss", "the validation loss")):
        if not math.isfinite(logs.get(name, 0.0)):
            raise NotFiniteError(f"{words} is not finite")


def prefetched(batches: Sequence[Batch], workers: int) -> Iterator[Batch]:
    """Batches in order, at most ``workers + 2`` made ahead of their use by as many threads (0: when asked for)."""
    if workers == 0:
        yield from batches
        return
    waiting: deque[Future[Batch]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="batches")
    try:
        for number in range(len(batches)):
            waiting.append(pool.submit(batches.__getitem__, number))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
