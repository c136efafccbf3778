"""Stage *train*: one model, and all about it in MLflow."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from relaxnet.core.backend import prepare_backend
from relaxnet.core.fingerprint import code_fingerprint
from relaxnet.core.config import project_root
from relaxnet.evaluation.figures import training_figure
from relaxnet.core.files import atomic_path, write_json
from relaxnet.models.zoo import build
from relaxnet.studies.relaxation.params import Params, SignalTrainConfig, SubsetModelConfig
from relaxnet.tracking import ModelRef, Run, dvc_hash
from relaxnet.training.data import split_hash
from relaxnet.training.estimator import Estimator
from relaxnet.training.loop import Trained, train
from .experiment import model_description, open_experiment, run_params
from relaxnet.studies.relaxation.samples.stream import EmulatedStream, project_emulator
from relaxnet.studies.relaxation.samples.targets import TARGETS
from .tasks import Paths, Task, check_models, ensure_validated

CODE = (
    "backend.py", "dataset/reader.py", "dataset/schema.py", "dataset/state_space.py", "emulator", "models",
    "physics/signals.py", "relaxation/source.py", "relaxation/stream.py", "relaxation/targets.py",
    "relaxation/tasks.py", "relaxation/train.py", "training",
)  # fmt: skip


def fit(
    name: str, model: SubsetModelConfig, task: Task, config: SignalTrainConfig, *, data_hash: str, **options: Any
) -> tuple[Estimator, Trained]:
    """Build and train one model; ``options`` go to `relaxnet.training.loop.train`."""
    prepare_backend(config.seed)
    network = build(model.architecture, config.network, task.source.input_shape, len(TARGETS))
    identity = {
        "architecture": model.architecture,
        "code": code_fingerprint(*CODE),
        "data": data_hash,
        "split": split_hash(task.parts),
    }
    trained = train(
        network, task.source, task.parts, TARGETS, TARGETS.weights(model.weights), config,
        stream=_stream(model, task) if config.stream else None, identity=identity, label=name, **options,
    )  # fmt: skip
    metadata = task.dataset.metadata
    estimator = Estimator.from_normalised(
        trained.model,
        TARGETS,
        axis_name="temperature_k",
        axis=task.source.grid_k,
        train_mean=task.source.targets[task.parts.train].mean(axis=0),
        metadata={
            "model": name,
            "architecture": model.architecture,
            "subset": model.subset,
            "weights": model.weights,
            "cooling_rates_k_per_min": list(metadata.cooling_rates_k_per_min),
            "heating_rate_k_per_min": metadata.heating_rate_k_per_min,
            "data_md5": data_hash,
            "split": split_hash(task.parts),
        },
    )
    return estimator, trained


def _stream(model: SubsetModelConfig, task: Task) -> EmulatedStream:
    return EmulatedStream(project_emulator(project_root()), model.subset, task.source.grid_k)


def train_model(name: str, params: Params, paths: Paths) -> None:
    """Stage *train*: ``data/<subset>`` to ``models/<name>`` and a run in MLflow.

    Raises
    ------
    ValidationFailedError
        If the subset's data did not pass their validation.
    TrackingError
        If the tracking store cannot be used; found out before the training.
    """
    check_models(params)
    model = params.model(name)
    folder, report = paths.data / model.subset, paths.validation / f"{model.subset}.json"
    ensure_validated(model.subset, paths)
    config = params.training(model.architecture)
    task = Task.prepare(folder, params, config)
    lineage = _lineage(folder, report)
    output = paths.models / name
    tracker = open_experiment(paths, params)
    with (
        tracker,
        tracker.run(name, params=run_params(name, model, params, config), tags={"kind": "train", **lineage}) as run,
    ):
        run.describe(model_description(name, model, params, len(task.parts.train)))
        run.log_dataset(model.subset, lineage["data.md5"], str(folder), "training")
        estimator, trained = fit(name, model, task, config, data_hash=lineage["data.md5"], checkpoint=paths.checkpoints)
        estimator.save(output)
        history = pd.DataFrame(trained.history).rename_axis("epoch").reset_index()
        history["epoch"] += 1
        with atomic_path(output / "history.csv") as part:
            history.to_csv(part, index=False)
        run.log_history(trained.history)
        run.log_metrics({"training_seconds": trained.seconds, "trainable_weights": trained.weights})
        run.log_figure(training_figure(trained.history["loss"], trained.history["val_loss"], name), "training.png")
        logged = log_estimator(run, estimator, task)
        write_json(
            output / "run.json",
            {
                "run_id": run.run_id,
                "run_url": tracker.run_url(run.run_id),
                "model_uri": logged.uri,
                "lineage": lineage,
                "training": {
                    "epochs": len(trained.history["loss"]),
                    "seconds": round(trained.seconds, 1),
                    "parameters": trained.weights,
                    "quartets": len(task.parts.train),
                },
            },
        )
    if trained.checkpoint:
        shutil.rmtree(trained.checkpoint, ignore_errors=True)


def log_estimator(run: Run, estimator: Estimator, task: Task) -> ModelRef:
    """Log a network with all that its user must know: units and order of the outputs, axis and rates of the inputs."""
    axis = estimator.axis
    return run.log_model(
        estimator.network,
        name=estimator.metadata["model"],
        input_example=task.source.inputs(task.parts.test[:1]),
        targets={target.name: target.unit for target in TARGETS.items},
        metadata={
            **estimator.metadata,
            "axis": {
                "name": estimator.axis_name,
                "first": float(axis[0]),
                "last": float(axis[-1]),
                "points": len(axis),
            },
            "train_mean": estimator.train_mean.tolist(),
        },
    )


def _lineage(folder: Path, report: Path) -> dict[str, str]:
    here = Path.cwd()
    return {
        "data.path": str(folder),
        "data.md5": dvc_hash(folder, here),
        "validation.path": str(report),
        "validation.md5": dvc_hash(report, here),
    }
