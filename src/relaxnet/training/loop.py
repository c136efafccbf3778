"""Train a network: seeded, interruptible, resumable."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from relaxnet.core.backend import compile_option, is_out_of_memory
from relaxnet.core.errors import TrainingError
from relaxnet.datasets.source import Augment, Source, Stream
from relaxnet.datasets.split import Split
from relaxnet.datasets.targets import Scaling, Targets
from relaxnet.models.blocks.network import Network

from .batches import NotFiniteError, check_targets
from .checkpoints import Checkpoints, History, fingerprint
from .closed_form import solve
from .config import OptimizerConfig, TrainConfig
from .feed import Feed
from .losses import EstimateMae, TargetLoss

_SECONDS_BETWEEN_CHECKPOINTS = 20.0
MAX_DRAWS = 2**16  # batches of an epoch: no two epochs use the same random numbers


@dataclass(frozen=True)
class Trained:
    """Outcome of a training.

    Attributes
    ----------
    model : keras.Model
        From the inputs to the scaled outputs.
    scaling : Scaling
        Of the targets, fitted on the training part where they have no limits of their own.
    history : dict of lists
        ``loss``, ``mae``, ``val_loss``, ``val_mae`` (of scaled targets), one value an epoch.
    seconds : float
        All parts of an interrupted training together.
    n_parameters, n_trainable : int
        Weights of the network, and those of them that were trained.
    checkpoint : Path or None
        Folder of the last checkpoint; of no more use once the result is safe.
    """

    model: keras.Model
    scaling: Scaling
    history: History
    seconds: float
    n_parameters: int
    n_trainable: int
    checkpoint: Path | None


def train(
    network: Network,
    source: Source,
    parts: Split,
    targets: Targets,
    loss: TargetLoss,
    config: TrainConfig,
    *,
    stream: Stream | None = None,
    augment: Augment | None = None,
    started: bool = False,
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
        Freshly built, or with the weights of another (`relaxnet.training.start`); layers of its body may be frozen.
    source, parts, targets, loss, config
    stream : Stream, optional
        Train on as many new samples an epoch instead of those of the training part.
    augment : callable, optional
        Makes the inputs that are trained on, anew for every epoch, from those of the source or the stream; the
        validation part stays as it is.
    started : bool
        Whether the last layer has weights already; otherwise it begins at the mean of the targets.
    checkpoint : Path, optional
        Folder for the checkpoints of all trainings; each uses a folder in it named after what it depends on.
    identity : mapping, optional
        What the result depends on besides ``config`` and ``loss`` (the hash of the data): a checkpoint of anything
        else is never used.
    on_epoch : callable, optional
        Called after each epoch with its number and its metrics, the body of the network being as it is then; may raise
        to stop.
    label : str
        Of the progress bar.

    Raises
    ------
    TrainingError
        If data or loss are not finite: names which, batch and epoch; the last checkpoint, always a good one, stays.
        If the memory does not suffice.
    KeyboardInterrupt
        Once the last finished epoch is saved; the message says from which epoch the training will go on.
    """
    with _explained(label):
        check_targets(source, targets)
    scaling = targets.scaling(source.targets[parts.train])
    if network.adopt:
        network.adopt(scaling)
    if network.solve:
        begun = time.monotonic()
        with _explained(label):
            history = solve(network, network.solve, source, parts, scaling, loss, augment, [config.seed, 0])
        return Trained(network.whole(), scaling, history, time.monotonic() - begun, *_counts(network), None)
    checkpoints = Checkpoints(
        checkpoint / fingerprint(config, loss, identity or {}, network)[:16] if checkpoint else None
    )
    if not started:
        start_bias(network, scaling.normalise(source.targets[parts.train]).mean(axis=0))
    smaller = f"batch_size ({config.batch_size}) or the sizes of the network"
    with _explained(label):
        feed = Feed(network, source, parts, scaling, config.batch_size, stream, augment, config.precision)
    model, optimizer = feed.model, make_optimizer(config.optimizer, config.epochs * feed.steps)
    jit_compile = compile_option(config.xla)
    model.compile(optimizer, loss, metrics=[EstimateMae(name="mae")], jit_compile=jit_compile)
    history, seconds = checkpoints.resume(model, partial(tqdm.write, file=sys.stderr))
    done = checkpoints.epochs
    saved = time.monotonic()
    with (
        tqdm(total=config.epochs, initial=done, desc=label, unit="epoch", mininterval=2.0) as bar,
        _saved_when_interrupted(checkpoints, config.epochs),
    ):
        for epoch in range(done, config.epochs):
            begun = time.monotonic()
            reseed(model, config.seed, epoch)
            with _explained(label, f"epoch {epoch + 1} of {config.epochs}", checkpoints.epochs, smaller):
                logs = feed.run_epoch(model, [config.seed, epoch])
                seconds += time.monotonic() - begun
                for name, value in logs.items():
                    history.setdefault(name, []).append(value)
                checkpoints.keep(model, history, seconds)
                if time.monotonic() - saved > _SECONDS_BETWEEN_CHECKPOINTS or epoch == config.epochs - 1:
                    checkpoints.save()
                    saved = time.monotonic()
            bar.update()
            bar.set_postfix(loss=f"{logs['loss']:.2e}", val_loss=f"{logs['val_loss']:.2e}", refresh=False)
            if on_epoch:
                network.body.set_weights(model.get_weights())
                on_epoch(epoch, logs)
    # the body itself was never compiled, and is float32: estimating needs neither loss nor optimiser
    network.body.set_weights(model.get_weights())
    return Trained(network.whole(), scaling, history, seconds, *_counts(network), checkpoints.folder)


@contextmanager
def _saved_when_interrupted(checkpoints: Checkpoints, epochs: int) -> Iterator[None]:
    """Save the last finished epoch, and let the interrupt say from where the training will go on."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if checkpoints.folder:
            with suppress(KeyboardInterrupt, NotFiniteError):  # a second one: the checkpoint before is left
                checkpoints.save()
            kept = f"epoch {checkpoints.epochs} of {epochs} is kept, run again to go on"
            interrupt.args = (kept if checkpoints.epochs else f"no epoch of {epochs} was finished",)
        raise


@contextmanager
def _explained(label: str, epoch: str = "", kept: int = 0, smaller: str = "") -> Iterator[None]:
    """Say in one line what is not finite or does not fit into memory, where, and which checkpoint remains."""
    remains = f"; the checkpoint of epoch {kept} is kept" if kept else ""
    try:
        yield
    except NotFiniteError as error:
        where = f" in {', '.join(filter(None, (error.batch, epoch)))}" if epoch else ""
        raise TrainingError(f"{label}: {error}{where}{remains}") from None
    except Exception as error:
        if not smaller or not is_out_of_memory(error):
            raise
        raise TrainingError(f"{label}: not enough memory in {epoch}: make {smaller} smaller{remains}") from None


def _counts(network: Network) -> tuple[int, int]:
    """Weights of a network, and those that are trained."""
    trained = sum(int(np.prod(variable.shape)) for variable in network.body.trainable_variables)
    return network.preprocess.count_params() + network.body.count_params(), trained


def start_bias(network: Network, mean: NDArray[np.float64]) -> None:
    """Start the last layer, every block of its outputs, at the targets' mean: the first epochs need not learn it."""
    bias = getattr(network.body.layers[-1], "bias", None)
    if bias is None:
        return
    bias.assign(np.resize(np.asarray(mean, dtype=bias.dtype), bias.shape))


def reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Put the random generators of all layers (dropout) in a state of this epoch; saved models do not keep theirs."""
    states = [variable for variable in model.variables if variable.path.endswith("seed_generator_state")]
    for number, state in enumerate(states):
        state.assign([(seed + 1000 * number) % 2**32, epoch * MAX_DRAWS])


def make_optimizer(config: OptimizerConfig, steps: int) -> keras.optimizers.Optimizer:
    """Optimiser of a training of ``steps`` batches in all."""
    rate: Any = config.learning_rate
    if config.schedule == "cosine":
        rising = round(config.warmup * steps)
        warmup = {"warmup_target": rate, "warmup_steps": rising} if rising else {}
        rate = keras.optimizers.schedules.CosineDecay(0.0 if rising else rate, max(steps - rising, 1), **warmup)
    if config.name == "sgd":
        return keras.optimizers.SGD(rate)
    return keras.optimizers.Adam(rate, **({} if config.beta_2 is None else {"beta_2": config.beta_2}))
