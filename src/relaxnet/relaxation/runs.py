"""Train and evaluate one model of the study, and tell MLflow all about it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray
from tqdm import tqdm

from ..backend import prepare_backend
from ..code import code_fingerprint
from ..config import parse, project_root
from ..dataset.reader import Dataset
from ..errors import DataFileError, InvalidInputError, ValidationFailedError
from ..evaluation.figures import ScatterPanel, scatter_figure, training_figure
from ..evaluation.metrics import mean_relative_rmse
from ..files import atomic_path, read_json, write_json
from ..models.zoo import ARCHITECTURES, build
from ..params import Params, SignalTrainConfig, SubsetModelConfig
from ..tracking import ModelRef, Run, Tracker, dvc_hash
from ..training.data import Split, in_blocks, split
from ..training.estimator import Estimator
from ..training.loop import Trained, train
from .evaluate import evaluate
from .source import SignalSource, temperature_grid_k
from .stream import EmulatedStream, project_emulator
from .targets import TARGETS

EXPERIMENT = "relaxation"
CODE = (
    "models", "training", "emulator", "relaxation/runs.py", "relaxation/source.py", "relaxation/stream.py",
    "relaxation/targets.py",
)  # fmt: skip


@dataclass(frozen=True)
class Paths:
    """Folders of the project, relative to where the stages run.

    Attributes
    ----------
    root : Path
        The project itself, absolute: stores and checkpoints are kept there.
    """

    root: Path
    data: Path = Path("data")
    models: Path = Path("models")
    validation: Path = Path("reports/validation")
    evaluation: Path = Path("reports/evaluation")

    @property
    def checkpoints(self) -> Path:
        """Where interrupted trainings wait."""
        return self.root / ".relaxnet" / "checkpoints"


@dataclass(frozen=True)
class Task:
    """Data of one subset made ready for one training configuration."""

    dataset: Dataset
    source: SignalSource
    parts: Split

    def usual(self, index: NDArray[np.int64], largest_cp_n_max: float) -> NDArray[np.int64]:
        """Those of the quartets ``index`` that the evaluation does not leave out."""
        cp_n_max = self.dataset.scalars()["cp_n_max"].to_numpy()
        return index[cp_n_max[index] <= largest_cp_n_max]

    @classmethod
    def prepare(cls, folder: Path, params: Params, config: SignalTrainConfig) -> Task:
        """Open a subset's dataset and lay its grid and its split."""
        dataset = Dataset(folder)
        source = SignalSource(dataset, temperature_grid_k(dataset, config.grid))
        return cls(dataset, source, split(len(dataset), params.split))


def check_models(params: Params) -> None:
    """Refuse an architecture, option or weight that does not exist before any work is done.

    Raises
    ------
    InvalidInputError
    """
    for name, model in params.models.items():
        if model.architecture not in ARCHITECTURES:
            allowed = f"one of {', '.join(ARCHITECTURES)}"
            raise InvalidInputError(f"models.{name}.architecture", model.architecture, allowed)
        parse(ARCHITECTURES[model.architecture].options, params.train.network, "train.network")
        TARGETS.weights(model.weights)


def ensure_validated(subset: str, paths: Paths) -> None:
    """Raise `ValidationFailedError` unless the subset's data passed their validation."""
    report = paths.validation / f"{subset}.json"
    if not read_json(report)["success"]:
        raise ValidationFailedError(f"{report}: the data of subset {subset} did not pass their validation")


def run_params(name: str, model: SubsetModelConfig, params: Params, config: SignalTrainConfig) -> dict[str, Any]:
    """Flat parameters of a run, as the compare page of MLflow groups by them."""
    short = {"dh_j_per_mol": "dh", "ln_a": "lnA", "x": "x", "beta": "beta"}
    return {
        "model": name,
        "architecture": model.architecture,
        "subset": model.subset,
        **{f"w_{short[target]}": weight for target, weight in model.weights.items()},
        "loss": "weighted_mean_square",
        "profile": params.profile,
        "quartets": params.simulate.quartets_per_subset,
        "data_seed": params.simulate.seed,
        **{f"split_{key}": value for key, value in params.split.model_dump().items()},
        **{f"grid_{key}": value for key, value in config.grid.model_dump().items()},
        "stream": config.stream,
        **config.network,
        "optimizer": config.optimizer.name,
        "learning_rate": config.optimizer.learning_rate,
        "schedule": config.optimizer.schedule,
        "batch_size": config.batch_size,
        "epochs": config.epochs,
        "seed": config.seed,
    }


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
        "split": [int(part[0]) for part in vars(task.parts).values()] + [len(task.parts.train)],
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
    task = Task.prepare(folder, params, params.train)
    lineage = _lineage(folder, report)
    output = paths.models / name
    tracker = Tracker(paths.root, EXPERIMENT, profile=params.profile)
    with tracker, tracker.run(name, params=run_params(name, model, params, params.train), tags=lineage) as run:
        run.log_dataset(model.subset, lineage["data.md5"], str(folder), "training")
        estimator, trained = fit(
            name, model, task, params.train, data_hash=lineage["data.md5"], checkpoint=paths.checkpoints
        )
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
                "model_uri": logged.uri,
                "lineage": lineage,
                "training": {
                    "epochs": params.train.epochs,
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


def evaluate_model(name: str, params: Params, paths: Paths) -> None:
    """Stage *evaluate*: ``models/<name>`` to ``reports/evaluation/<name>``; the metrics join the model's run."""
    model = params.model(name)
    estimator = Estimator.load(paths.models / name)
    origin = read_json(paths.models / name / "run.json")
    dataset = Dataset(paths.data / model.subset)
    program = dataset.metadata.program
    if estimator.metadata["cooling_rates_k_per_min"] != list(program.cooling_rates_k_per_min):
        raise DataFileError(f"{dataset.path}: its cooling rates are not those that model {name} was trained with")
    task = Task(dataset, SignalSource(dataset, estimator.axis), split(len(dataset), params.split))
    test = task.parts.test
    tracker = Tracker(paths.root, EXPERIMENT, profile=params.profile)
    with tracker, tracker.run(name, run_id=origin["run_id"]) as run:
        with tqdm(total=len(test), desc=f"{name}: signals", unit="quartet", mininterval=2.0) as bar:
            outcome = evaluate(
                estimator,
                task.source,
                test,
                dataset.scalars()["cp_n_max"].to_numpy(),
                program,
                params.evaluate,
                workers=os.cpu_count() or 1,
                progress=bar.update,
            )
        usual = task.usual(task.parts.validation, params.evaluate.largest_cp_n_max)
        estimate = in_blocks(estimator.estimate, task.source, usual)
        score = mean_relative_rmse(task.source.targets[usual], estimate, estimator.train_mean)
        output = paths.evaluation / name
        write_json(
            output / "metrics.json",
            {
                "model": name,
                "architecture": model.architecture,
                "subset": model.subset,
                "weights": model.weights,
                "profile": params.profile,
                **outcome.metrics,
                "validation": {"relative_rmse": score},
                "training": origin["training"],
                "run_id": origin["run_id"],
            },
        )
        with atomic_path(output / "estimates.csv") as part:
            outcome.estimates.to_csv(part, index=False, float_format="%.9g")
        digest = dvc_hash(dataset.path, Path.cwd())
        run.log_dataset(f"{model.subset}-test", digest, str(dataset.path), "test")
        run.log_metrics({**flat_metrics(outcome.metrics), "validation.relative_rmse": score})
        run.log_figure(_scatter(outcome.estimates, name), "estimates.png")
        run.log_file(output / "estimates.csv", "estimates")


def flat_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Test metrics as ``test.<target>.<metric>``, for MLflow."""
    flat = {f"test.quartets.{key}": float(value) for key, value in metrics["quartets"].items()}
    for target, values in metrics["targets"].items():
        for key, value in values.items():
            if key == "within":
                flat |= {f"test.{target}.within_{threshold}": share for threshold, share in value.items()}
            elif isinstance(value, int | float):
                flat[f"test.{target}.{key}"] = float(value)
    for name in ("sse_parameters", "sse_signals"):
        flat |= {f"test.{name}.{key}": value for key, value in metrics[name].items()}
    return {key: value for key, value in flat.items() if np.isfinite(value)}


def _scatter(estimates: pd.DataFrame, title: str) -> Figure:
    kept = estimates[~estimates["left_out"]]
    panels = [
        ScatterPanel(f"{target.name} ({target.unit})", kept[f"true_{target.name}"], kept[f"estimate_{target.name}"])
        for target in TARGETS.items
    ]
    return scatter_figure(panels, title)


def _lineage(folder: Path, report: Path) -> dict[str, str]:
    here = Path.cwd()
    return {
        "data.path": str(folder),
        "data.md5": dvc_hash(folder, here),
        "validation.path": str(report),
        "validation.md5": dvc_hash(report, here),
    }
