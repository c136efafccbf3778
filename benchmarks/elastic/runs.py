"""One training of the benchmark, named by all it depends on, and done in any process."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .cells import TEST, parts_of

NETWORKS = "relaxnet.studies.elasticity.networks"
PHOTOGRAPHS = ("vgg16", "resnet50", "densenet121")
BATCH, EPOCH_STEPS = 32, 50

ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "baseline": (f"{NETWORKS}.cnn:baseline", {}),
    "tuned": (f"{NETWORKS}.cnn:flexible", {"filters": 32, "kernel": 5, "dropout": 0.2}),
    **{name: (f"{NETWORKS}.backbones:{name}", {}) for name in PHOTOGRAPHS},
    "equivariant": (f"{NETWORKS}.equivariant:equivariant", {"filters": [16, 32, 64], "dense": 64}),
    "boosting": (f"{NETWORKS}.boosting:boosting", {"trees": 300, "leaves": 15}),
    "bounds": (f"{NETWORKS}.voigt_reuss:voigt_reuss", {}),
}
SOLVED = ("boosting", "bounds")


@dataclass(frozen=True)
class Run:
    """A training: ``part`` is ``all`` or ``head``; ``weights`` what it begins with; ``images`` those it is trained on.

    ``data`` are the cells of the course's phases, ``cells``, or those that networks are pre-trained on, ``others``.
    """

    model: str
    part: str
    weights: str
    images: int
    seed: int
    steps: int
    data: str = "cells"

    @property
    def name(self) -> str:
        """For people and for files."""
        return "-".join(str(value) for value in asdict(self).values())


@dataclass(frozen=True)
class Task:
    """A run with the folder of the benchmark; call it to do it."""

    run: Run
    folder: Path

    def __call__(self) -> dict[str, Any]:
        """Train, test, and give a row; a network for others to start from is kept."""
        import keras

        from relaxnet.core.backend import prepare_backend
        from relaxnet.datasets.split import Split
        from relaxnet.evaluation.metrics import target_metrics
        from relaxnet.models.blocks.architectures import build
        from relaxnet.studies.elasticity.dataset.reader import read
        from relaxnet.studies.elasticity.samples.source import CellSource
        from relaxnet.studies.elasticity.samples.targets import constants
        from relaxnet.training.estimator import Estimator
        from relaxnet.training.loop import train
        from relaxnet.training.losses import TargetLoss
        from relaxnet.training.start import start_from

        run = self.run
        source, targets, loss = CellSource(read(self.folder / run.data)), constants(), TargetLoss([1.0] * 9)
        used, validation, test = parts_of(len(source.targets), run.images)
        repeated = np.resize(used, max(len(used), EPOCH_STEPS * BATCH)) if run.model not in SOLVED else used
        parts = Split(repeated, validation, test)
        architecture, options = ARCHITECTURES[run.model]
        if run.part == "head":
            options = {**options, "frozen": True}
        if run.weights == "imagenet":
            options = {**options, "weights": "imagenet"}
        prepare_backend(run.seed)
        network, started = build(architecture, options, source.input_shapes, 9), False
        if run.weights == "pretrained":
            start = Run(run.model, "all", "none", 10**9, 1, run.steps, "others")
            if run.part == "all":
                start = Run(run.model, "head", "pretrained", run.images, run.seed, run.steps)
            scaling = targets.scaling(source.targets[parts.train])
            started = start_from(network, self.folder / "models" / start.name, (), scaling)
        epochs = max(1, round(run.steps * BATCH / len(repeated)))
        trained = train(network, source, parts, targets, loss, _config(run, epochs), started=started, label=run.name)
        true = source.targets[parts.test]
        estimator = Estimator.from_scaled(
            trained.model, targets, trained.scaling, loss, layout=source.layout,
            train_mean=source.targets[used].mean(axis=0), metadata={"architecture": architecture},
        )  # fmt: skip
        began = time.monotonic()
        estimate = np.concatenate(
            [estimator.estimate(source.inputs(parts.test[i : i + 256])) for i in range(0, TEST, 256)]
        )
        seconds = (time.monotonic() - began) / TEST
        if run.data == "others" or run.part == "head":
            folder = self.folder / "models" / run.name
            folder.mkdir(parents=True, exist_ok=True)
            estimator.save(folder)
        metrics = {
            name: target_metrics(true[:, column], estimate[:, column], estimator.train_mean[column], [1.0])
            for column, name in enumerate(targets.names)
        }
        keras.backend.clear_session()
        return {
            **asdict(run), "epochs": epochs, "seconds": round(trained.seconds, 1), "estimate_ms": 1e3 * seconds,
            "n_parameters": trained.n_parameters, "n_trainable": trained.n_trainable,
            "nrmse": {name: found["nrmse"] for name, found in metrics.items()},
            "r2": {name: found["r2"] for name, found in metrics.items()},
            "val_loss": trained.history["val_loss"], "loss": trained.history["loss"],
        }  # fmt: skip


def _config(run: Run, epochs: int) -> Any:
    """The course's optimiser for its networks, a cosine course for our own."""
    from relaxnet.training.config import OptimizerConfig, TrainConfig

    # VGG16, without normalisation, stays at the mean at a larger rate
    slow = run.model in PHOTOGRAPHS and run.part == "all" and (run.data == "cells" or run.model == "vgg16")
    rate = 1e-4 if slow else 1e-3
    optimizer = OptimizerConfig(name="adam", learning_rate=rate, schedule="constant")
    if run.model == "equivariant":
        optimizer = OptimizerConfig(name="adam", learning_rate=3e-3, schedule="cosine", warmup=0.1)
    return TrainConfig(optimizer=optimizer, batch_size=BATCH, epochs=epochs, seed=run.seed, threads=1)
