"""One training of the benchmark, named by all it depends on, and done in any process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cells import parts_of
from .trainings import FINE_RATE, HEAD_RATE, SOLVED, TRAININGS

if TYPE_CHECKING:
    from relaxnet.studies.elasticity.samples.source import CellSource
    from relaxnet.training.config import TrainConfig
    from relaxnet.training.estimator import Estimator
    from relaxnet.training.loop import Trained

BATCH = 32
POINTS = 12  # of the course of the validation loss of a stage
UNIT = 2 * POINTS  # steps of a training are a multiple of it: both stages of one have as many, in whole epochs
ALL = 10**9  # images: as many as there are
HEAD = ("dense", "estimate")  # layers behind a backbone


@dataclass(frozen=True)
class Run:
    """A training.

    ``way`` is ``all``, ``head`` (the rest frozen), or ``head+all``, half of the ``steps`` each; ``weights`` is what it
    begins with, ``images`` the number of those trained on.  ``data`` are the cells of the course's phases, ``cells``,
    or those that networks are pre-trained on, ``others``; ``settings`` are those of a search.
    """

    model: str
    way: str
    weights: str
    images: int
    seed: int
    steps: int
    data: str = "cells"
    settings: tuple[tuple[str, float], ...] = ()

    @property
    def name(self) -> str:
        """For people and for files."""
        *parts, settings = asdict(self).values()
        return "-".join(map(str, [*parts, *(f"{key}={value:g}" for key, value in settings)]))

    def stages(self) -> Iterator[tuple[str, int]]:
        """What is trained in turn, and the steps of each."""
        if self.way == "head+all":
            yield "head", self.steps // 2
            yield "all", self.steps - self.steps // 2
        else:
            yield self.way, self.steps


class Parts(NamedTuple):
    """Indices of the cells trained on, all different, of those that follow the training, and of those to test."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True)
class Task:
    """A run with the folder of the benchmark; call it to do it."""

    run: Run
    folder: Path

    def __call__(self) -> dict[str, Any]:
        """Train, test, and give a row; a network for others to start from is kept."""
        from relaxnet.studies.elasticity.dataset.reader import read
        from relaxnet.studies.elasticity.samples.source import CellSource

        return carry_out(self.run, CellSource(read(self.folder / self.run.data)), self.folder)


def epoch_steps(part: str, steps: int, images: int) -> int:
    """Steps of an epoch, of which ``steps`` is a whole multiple.

    A frozen backbone is computed once for the samples of an epoch: they are few, but all images.  Others draw anew for
    every epoch.
    """
    if part == "head":
        return next((n for n in range(1, steps) if steps % n == 0 and n * BATCH >= images), steps)
    return steps // POINTS


def carry_out(run: Run, source: CellSource, folder: Path, parts: Parts | None = None) -> dict[str, Any]:
    """Train in one or two stages, test, and give a row; a network for others to start from is kept in ``folder``."""
    import keras

    from relaxnet.core.backend import prepare_backend
    from relaxnet.evaluation.metrics import target_metrics

    parts = parts or Parts(*parts_of(len(source.targets), run.images))
    # other cells have other means and spreads: a head that knows those would have to forget them first
    start, new = (folder / "models" / source_run(run).name, HEAD) if run.weights == "pretrained" else (None, ())
    curve: list[tuple[int, float]] = []
    taken, seconds = 0, 0.0
    prepare_backend(run.seed)
    with TemporaryDirectory() as work:
        for part, steps in run.stages():
            of_epoch = epoch_steps(part, steps, len(parts.train)) if steps else 0
            estimator, trained = _stage(run, part, steps, of_epoch, source, parts, start, new)
            for loss in trained.history["val_loss"]:
                taken += of_epoch
                curve.append((taken, loss))
            seconds += trained.seconds
            start, new = Path(work), ()
            estimator.save(start)
    if run.data == "others":
        (folder / "models" / run.name).mkdir(parents=True, exist_ok=True)
        estimator.save(folder / "models" / run.name)
    began = time.monotonic()
    rows = [parts.test[first : first + 256] for first in range(0, len(parts.test), 256)]
    estimate = np.concatenate([estimator.estimate(source.inputs(some)) for some in rows])
    estimate_s = (time.monotonic() - began) / len(parts.test)
    true, mean = source.targets[parts.test], estimator.train_mean
    metrics = {
        name: target_metrics(true[:, column], estimate[:, column], mean[column], [1.0])
        for column, name in enumerate(estimator.targets.names)
    }
    keras.backend.clear_session()
    return {
        **asdict(run), "taken": taken, "trained_on": len(parts.train), "seconds": round(seconds, 1),
        "estimate_ms": 1e3 * estimate_s, "n_parameters": trained.n_parameters, "n_trainable": trained.n_trainable,
        "nrmse": {name: found["nrmse"] for name, found in metrics.items()},
        "r2": {name: found["r2"] for name, found in metrics.items()},
        "curve": curve,
    }  # fmt: skip


def source_run(run: Run) -> Run:
    """The training on other cells that a pre-trained network comes from."""
    return Run(run.model, "all", "none", ALL, 1, run.steps, "others")


def is_kept(source: Run, folder: Path) -> bool:
    """Whether the network of a training on other cells is there; its metadata are written last."""
    from relaxnet.training.estimator import METADATA_FILE

    return (folder / "models" / source.name / METADATA_FILE).exists()


def _stage(
    run: Run, part: str, steps: int, of_epoch: int, source: CellSource, parts: Parts, start: Path | None,
    new: tuple[str, ...],
) -> tuple[Estimator, Trained]:  # fmt: skip
    from relaxnet.datasets.source import Part
    from relaxnet.datasets.split import Split
    from relaxnet.models.blocks.architectures import build
    from relaxnet.studies.elasticity.params import SymmetryConfig
    from relaxnet.studies.elasticity.samples.symmetries import SymmetricCopies
    from relaxnet.studies.elasticity.samples.targets import constants
    from relaxnet.training.estimator import Estimator
    from relaxnet.training.loop import train
    from relaxnet.training.losses import TargetLoss
    from relaxnet.training.start import start_from

    training, targets, loss = TRAININGS[run.model], constants(), TargetLoss([1.0] * 9)
    settings = dict(run.settings)
    rate = settings.pop("learning_rate", None)
    options = {**training.options, **settings, **({"frozen": True} if part == "head" else {})}
    if run.weights == "imagenet" and start is None:
        options["weights"] = "imagenet"
    network = build(training.architecture, options, source.input_shapes, 9)
    # of an epoch; a stream draws as many
    index = parts.train if run.model in SOLVED else np.resize(parts.train, of_epoch * BATCH)
    scaling = targets.scaling(source.targets[index])
    started = start is not None and start_from(network, start, (), scaling, new)
    if part == "head" or (run.way == "head+all"):
        rate = HEAD_RATE if part == "head" else FINE_RATE
    symmetries = SymmetryConfig(**dict.fromkeys(("translations", "turns", "mirrors"), training.copies))
    drawn = part == "all" and run.model not in SOLVED
    trained = train(
        network, source, Split(index, parts.validation, parts.test), targets, loss,
        _config(run, rate, steps // of_epoch if of_epoch else 1), started=started, label=f"{run.name} {part}",
        stream=SymmetricCopies(Part(source, parts.train), symmetries) if drawn else None,
    )  # fmt: skip
    estimator = Estimator.from_scaled(
        trained.model, targets, trained.scaling, loss, layout=source.layout,
        train_mean=source.targets[parts.train].mean(axis=0), metadata={"architecture": training.architecture},
    )  # fmt: skip
    return estimator, trained


def _config(run: Run, rate: float | None, epochs: int) -> TrainConfig:
    from relaxnet.training.config import TrainConfig

    optimizer = TRAININGS[run.model].optimizer(rate)
    return TrainConfig(optimizer=optimizer, batch_size=BATCH, epochs=epochs, seed=run.seed, threads=1)
