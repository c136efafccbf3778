"""Stage *evaluate*: test one model; the metrics join its run in MLflow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from relaxnet.studies.relaxation.dataset.reader import Dataset
from relaxnet.core.errors import DataFileError
from relaxnet.evaluation.metrics import mean_relative_rmse
from relaxnet.core.files import atomic_path, read_json, write_json
from relaxnet.studies.relaxation.params import Params
from relaxnet.tracking import dvc_hash
from relaxnet.training.data import Split, in_blocks, split, split_hash
from relaxnet.training.estimator import Estimator
from .experiment import open_experiment
from relaxnet.studies.relaxation.measures import measure
from relaxnet.reporting.model_figures import write_figures
from relaxnet.studies.relaxation.samples.source import SignalSource
from relaxnet.studies.relaxation.samples.targets import PAIRS
from .tasks import Paths, Task


def evaluate_model(name: str, params: Params, paths: Paths) -> None:
    """Stage *evaluate*: ``models/<name>`` to ``reports/evaluation/<name>``; the metrics join the model's run."""
    model = params.model(name)
    estimator = Estimator.load(paths.models / name, model.architecture)
    origin = read_json(paths.models / name / "run.json")
    dataset = Dataset(paths.data / model.subset)
    check_program(estimator, dataset, name)
    task = Task(dataset, SignalSource(dataset, estimator.axis), split(len(dataset), params.split))
    digest = dvc_hash(dataset.path, Path.cwd())
    check_data(estimator, digest, task.parts, name)
    test = task.parts.test
    tracker = open_experiment(paths, params)
    with tracker, tracker.run(name, run_id=origin["run_id"]) as run:
        kept = len(task.usual(test, params.evaluate.largest_cp_n_max))
        with tqdm(total=kept, desc=f"{name}: signals", unit="quartet", mininterval=2.0) as bar:
            outcome = measure(
                estimator,
                task.source,
                test,
                dataset,
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
                "run_url": origin["run_url"],
            },
        )
        with atomic_path(output / "estimates.csv") as part:
            outcome.estimates.to_csv(part, index=False, float_format="%.9g")
        run.log_dataset(f"{model.subset}-test", digest, str(dataset.path), "test")
        run.log_metrics({**flat_metrics(outcome.metrics), "validation.relative_rmse": score})
        for file in write_figures(outcome.estimates, name, output / "figures"):
            run.log_file(output / "figures" / file, str(Path(file).parent) if "/" in file else None)
        run.log_file(output / "estimates.csv", "estimates")


def check_program(estimator: Estimator, dataset: Dataset, name: str) -> None:
    """Refuse a dataset of another temperature program than the model was trained with.

    Raises
    ------
    DataFileError
    """
    for field in ("cooling_rates_k_per_min", "heating_rate_k_per_min"):
        found, trained = getattr(dataset.metadata, field), estimator.metadata[field]
        if np.atleast_1d(found).tolist() != np.atleast_1d(trained).tolist():
            raise DataFileError(f"{dataset.path}: {field} = {found}: model {name} was trained with {trained}")


def check_data(estimator: Estimator, data_hash: str, parts: Split, name: str) -> None:
    """Refuse other data, or another split of them, than the model was trained with: its test part must be unseen.

    Raises
    ------
    DataFileError
    """
    for field, found in (("data_md5", data_hash), ("split", split_hash(parts))):
        trained = estimator.metadata.get(field)
        if found != trained:
            raise DataFileError(f"model {name}: {field} = {found}: must be {trained}, as in its training; train again")


def flat_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Test metrics as ``test.<target>.<metric>``, for MLflow."""
    flat = {f"test.quartets.{key}": float(value) for key, value in metrics["quartets"].items()}
    for target, values in metrics["targets"].items():
        for key, value in values.items():
            if key == "within":
                flat |= {f"test.{target}.within_{threshold}": share for threshold, share in value.items()}
            elif key == "quantiles":
                flat |= {f"test.{target}.ae_{percent}": error for percent, error in value.items()}
            elif isinstance(value, int | float):
                flat[f"test.{target}.{key}"] = float(value)
    for name in ("sse_parameters", "sse_signals", *PAIRS):
        flat |= {f"test.{name}.{key}": value for key, value in metrics[name].items()}
    for edge, found in metrics["edges"].items():
        ratios = {name: values["ratio"] for name, values in found.items() if name != "counts"}
        flat |= {f"test.{edge}.{name}.ratio": ratio for name, ratio in ratios.items() if ratio is not None}
    return {key: value for key, value in flat.items() if np.isfinite(value)}
