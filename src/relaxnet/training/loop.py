"""Train a network: seeded, interruptible, resumable."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ..config import OptimizerConfig, TrainConfig
from ..errors import RelaxnetError, TrainingError
from ..files import read_json, write_json
from ..models.network import Network, Solve, save_model
from .data import Batches, DrawnBatches, Source, Split, Stream
from .losses import WeightedMeanSquare
from .targets import Targets

LARGEST_IN_MEMORY_BYTES = 4e9
_SECONDS_BETWEEN_CHECKPOINTS = 20.0
History = dict[str, list[float]]


@dataclass(frozen=True)
class Trained:
    """Outcome of a training.

    Attributes
    ----------
    model : keras.Model
        From the input to the normalised targets.
    history : dict of lists
        ``loss``, ``mae``, ``val_loss``, ``val_mae`` (of normalised targets), one value an epoch.
    seconds : float
        Spent in training, all parts of an interrupted training together.
    weights : int
        Number of trainable weights.
    checkpoint : Path or None
        Folder that holds the last checkpoint; of no more use once the result is safe.
    """

    model: keras.Model
    history: History
    seconds: float
    weights: int
    checkpoint: Path | None


def train(
    network: Network,
    source: Source,
    parts: Split,
    targets: Targets,
    weights: Sequence[float],
    config: TrainConfig,
    *,
    stream: Stream | None = None,
    checkpoint: Path | None = None,
    identity: Mapping[str, Any] | None = None,
    on_epoch: Callable[[int, Mapping[str, float]], None] | None = None,
    label: str = "train",
) -> Trained:
    """Train a network on the training part and watch the validation part.

    The samples of every epoch are shuffled by a generator seeded with (seed, epoch), so that a training resumed from
    a checkpoint goes on as if it had not been interrupted.

    Parameters
    ----------
    network : Network
        Freshly built.
    source : Source
    parts : Split
    targets : Targets
    weights : sequence of float
        Loss weights in column order.
    config : TrainConfig
    stream : Stream, optional
        Train on as many new samples an epoch instead of those of the training part.
    checkpoint : Path, optional
        Folder for the checkpoints of all trainings; each uses a folder in it named after what it depends on.
    identity : mapping, optional
        What the result depends on besides ``config`` and ``weights`` (the hash of the data): a checkpoint of
        anything else is never used.
    on_epoch : callable, optional
        Called after each epoch with its number and its metrics; may raise to stop.
    label : str
        Of the progress bar.

    Raises
    ------
    TrainingError
        If the loss is no longer finite; the last good checkpoint stays.
    """
    if network.solve:
        return _solved(network, network.solve, source, parts, targets, weights, config.batch_size)
    fingerprint = _fingerprint(config, weights, identity or {}, network)
    start_bias(network, targets.normalise(source.targets[parts.train]).mean(axis=0))
    data = _Data(network, source, parts, targets, config.batch_size, stream)
    checkpoint = checkpoint / fingerprint[:16] if checkpoint else None
    model, history, seconds = _resume(checkpoint)
    if model is None:
        model = data.model
        steps = config.epochs * data.steps
        model.compile(_optimizer(config.optimizer, steps), WeightedMeanSquare(weights), metrics=["mae"])
    done = len(history["loss"]) if history else 0
    saved = time.monotonic()
    with tqdm(total=config.epochs, initial=done, desc=label, unit="epoch", mininterval=2.0) as bar:
        for epoch in range(done, config.epochs):
            begun = time.monotonic()
            reseed(model, config.seed, epoch)
            logs = data.run_epoch(model, [config.seed, epoch])
            seconds += time.monotonic() - begun
            if not all(math.isfinite(value) for value in logs.values()):
                raise TrainingError(f"{label}: the loss is not finite in epoch {epoch + 1} of {config.epochs}")
            for name, value in logs.items():
                history.setdefault(name, []).append(float(value))
            if checkpoint and (time.monotonic() - saved > _SECONDS_BETWEEN_CHECKPOINTS or epoch == config.epochs - 1):
                _save(checkpoint, model, {"history": history, "seconds": seconds})
                saved = time.monotonic()
            bar.update()
            bar.set_postfix(loss=f"{logs['loss']:.2e}", val_loss=f"{logs['val_loss']:.2e}", refresh=False)
            if on_epoch:
                on_epoch(epoch, logs)
    # the body itself was never compiled: estimating needs neither loss nor optimiser
    network.body.set_weights(model.get_weights())
    return Trained(network.whole(), history, seconds, model.count_params(), checkpoint)


def _solved(
    network: Network,
    solve: Solve,
    source: Source,
    parts: Split,
    targets: Targets,
    weights: Sequence[float],
    batch_size: int,
) -> Trained:
    """Fit a network without gradient steps; its history has one epoch."""
    begun = time.monotonic()
    normalised = targets.normalise(source.targets).astype(np.float32)

    def views(index: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        # a block at a time: the views of such networks are small, the inputs may not be
        blocks = [network.views(source.inputs(index[start : start + 1024])) for start in range(0, len(index), 1024)]
        return [np.concatenate(view) for view in zip(*blocks, strict=True)]

    samples = {"": (views(parts.train), normalised[parts.train])}
    samples["val_"] = (views(parts.validation), normalised[parts.validation])
    solve(*samples[""])
    model = keras.Model(network.body.inputs, network.body.outputs, name=network.body.name)
    model.compile(loss=WeightedMeanSquare(weights), metrics=["mae"])
    history: History = {}
    for prefix, (inputs, expected) in samples.items():
        logs = model.evaluate(inputs, expected, batch_size=batch_size, verbose=0, return_dict=True)
        history |= {f"{prefix}{name}": [float(value)] for name, value in logs.items()}
    return Trained(network.whole(), history, time.monotonic() - begun, model.count_params(), None)


def start_bias(network: Network, mean: NDArray[np.float64]) -> None:
    """Start the last layer at the mean of the targets: the first epochs need not learn it."""
    bias = network.body.layers[-1].bias
    bias.assign(np.asarray(mean, dtype=bias.dtype))


def reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Put the random generators of all layers (dropout) in a state of this epoch; saved models do not keep theirs."""
    for number, layer in enumerate(model.layers):
        if isinstance(layer, keras.Model):
            reseed(layer, seed + number, epoch)
        elif hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign([seed + 1000 * number, epoch])


class _Data:
    """Views in memory where they fit, else batches on demand."""

    def __init__(
        self,
        network: Network,
        source: Source,
        parts: Split,
        targets: Targets,
        batch_size: int,
        stream: Stream | None,
    ) -> None:
        self._network, self._parts, self._batch_size, self._stream = network, parts, batch_size, stream
        self._normalise = targets.normalise
        self._normalised = targets.normalise(source.targets).astype(np.float32)
        self._source = source
        self.steps = -(-len(parts.train) // batch_size)
        samples = len(parts.train) + len(parts.validation)
        self._in_memory = samples * math.prod(source.input_shape) * 4 * 3 < LARGEST_IN_MEMORY_BYTES
        if self._in_memory:
            self.model = keras.Model(network.body.inputs, network.body.outputs, name=network.body.name)
            self._train = [] if stream else self._network.views(source.inputs(parts.train))
            self._validation = (
                self._network.views(source.inputs(parts.validation)),
                self._normalised[parts.validation],
            )
        else:
            self.model = network.whole()
            self._validation = Batches(source, parts.validation, self._normalised, batch_size)

    def run_epoch(self, model: keras.Model, seed: Sequence[int]) -> dict[str, float]:
        common = {"epochs": 1, "verbose": 0, "shuffle": False, "validation_data": self._validation}
        if self._in_memory:
            common |= {"batch_size": self._batch_size, "validation_batch_size": max(256, self._batch_size)}
            result = model.fit(*self._epoch_in_memory(np.random.default_rng(seed)), **common)
        else:
            result = model.fit(self._epoch_in_batches(seed), **common)
        return {name: values[-1] for name, values in result.history.items()}

    def _epoch_in_memory(self, generator: np.random.Generator) -> tuple[list[NDArray[np.float32]], NDArray]:
        if self._stream:
            inputs, targets = self._stream.draw(generator, len(self._parts.train))
            return self._network.views(inputs), self._normalise(targets).astype(np.float32)
        order = generator.permutation(len(self._parts.train))
        return [view[order] for view in self._train], self._normalised[self._parts.train[order]]

    def _epoch_in_batches(self, seed: Sequence[int]) -> keras.utils.PyDataset:
        if self._stream:
            return DrawnBatches(self._stream, self._normalise, len(self._parts.train), self._batch_size, seed)
        order = np.random.default_rng(seed).permutation(len(self._parts.train))
        return Batches(self._source, self._parts.train[order], self._normalised, self._batch_size)


def _optimizer(config: OptimizerConfig, steps: int) -> keras.optimizers.Optimizer:
    rate: Any = config.learning_rate
    if config.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(config.learning_rate, steps)
    kind = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}[config.name]
    return kind(rate)


def _fingerprint(config: TrainConfig, weights: Sequence[float], identity: Mapping[str, Any], network: Network) -> str:
    layers = network.body.get_config()["name"], network.body.count_params()
    content = [config.model_dump(mode="json"), list(weights), dict(identity), layers, keras.backend.backend()]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _save(folder: Path, model: keras.Model, state: dict[str, Any]) -> None:
    """Model first, state last: a state always has its model."""
    number = len(state["history"]["loss"])
    save_model(model, folder / f"epoch-{number}.keras")
    write_json(folder / "state.json", {**state, "model": f"epoch-{number}.keras"})
    for old in folder.glob("epoch-*.keras"):
        if old.name != f"epoch-{number}.keras":
            old.unlink()


def _resume(folder: Path | None) -> tuple[keras.Model | None, History, float]:
    if folder is None or not (folder / "state.json").exists():
        return None, {}, 0.0
    try:
        state = read_json(folder / "state.json")
        return keras.models.load_model(folder / state["model"]), state["history"], state["seconds"]
    except (RelaxnetError, OSError, ValueError, TypeError, KeyError):
        return None, {}, 0.0  # a damaged checkpoint: start anew
