"""Stage *search*: look for better sizes, learning rate and loss weights on one subset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from relaxnet.core.fingerprint import code_fingerprint
from relaxnet.core.errors import InvalidInputError
from relaxnet.evaluation.figures import training_figure
from relaxnet.evaluation.metrics import mean_relative_rmse
from relaxnet.core.files import atomic_path, write_json
from relaxnet.models.zoo import ARCHITECTURES
from relaxnet.studies.relaxation.params import Params, SignalTrainConfig, SubsetModelConfig
from relaxnet.search import Choice, Float, SearchResult, Space, TrialPruned, run_search
from relaxnet.tracking import dvc_hash
from relaxnet.training.data import in_blocks
from .experiment import open_experiment, run_params
from relaxnet.studies.relaxation.samples.targets import TARGETS
from .tasks import Paths, Task, check_models, ensure_validated
from .train import CODE, fit, log_estimator

SPACE = Space(
    {
        "dense": Choice((16, 32, 64)),
        "width": Choice((0.5, 1.0, 2.0)),
        "dropout": Float(0.0, 0.3),
        "learning_rate": Float(1e-3, 1e-2, log=True),
        "w_lnA": Float(0.05, 2.0, log=True),
        "w_shape": Float(1.0, 10.0, log=True),
    }
)


def search(params: Params, paths: Paths, output: Path) -> None:
    """Run the trials, each a child run in MLflow, and write ``best_params.json`` and ``trials.csv``.

    The objective does not depend on the searched loss weights: it is the mean over the four targets of the validation
    RMSE divided by that of predicting the mean.
    """
    check_models(params)
    check_searched(params)
    subset, model = params.search.subset, _searched_model(params)
    folder = paths.data / subset
    ensure_validated(subset, paths)
    data_hash = dvc_hash(folder, Path.cwd())
    config = params.training(model.architecture).model_copy(update={"epochs": params.search.epochs})
    task = Task.prepare(folder, params, config)
    tracker = open_experiment(paths, params)
    name = f"search-{subset}"
    parent_params: dict[str, str | int] = {
        "subset": subset,
        "architecture": model.architecture,
        "trials": params.search.trials,
    }
    with tracker, tracker.run(name, params=parent_params, tags={"kind": "search", "data.md5": data_hash}) as parent:
        parent.log_dataset(subset, data_hash, str(folder), "training")
        usual = task.usual(task.parts.validation, params.evaluate.largest_cp_n_max)
        numbers = iter(range(1, params.search.trials + 1))

        def objective(values: Mapping[str, Any], report: Callable[[int, float], None]) -> float:
            trial_model, trial_config = apply(values, model, config)
            label = f"{name}-{next(numbers)}"
            with tracker.run(
                label,
                params=run_params(label, trial_model, params, trial_config),
                tags={"kind": "trial"},
                parent_run_id=parent.run_id,
                regular_ends=(TrialPruned,),
            ) as run:
                run.log_dataset(subset, data_hash, str(folder), "training")

                def on_epoch(epoch: int, logs: Mapping[str, float]) -> None:
                    run.log_metrics(dict(logs), step=epoch + 1)
                    report(epoch, logs["val_mae"])

                estimator, trained = fit(
                    label, trial_model, task, trial_config, data_hash=data_hash,
                    on_epoch=on_epoch,
                )  # fmt: skip
                estimate = in_blocks(estimator.estimate, task.source, usual)
                score = mean_relative_rmse(task.source.targets[usual], estimate, estimator.train_mean)
                run.log_metrics({"validation.relative_rmse": score})
                history = trained.history
                run.log_figure(training_figure(history["loss"], history["val_loss"], label), "training.png")
                log_estimator(run, estimator, task)
            return score

        result = run_search(
            objective,
            SPACE,
            study_name=name,
            fingerprint=f"{data_hash}|{config.model_dump_json()}|{params.split.model_dump_json()}|{model.architecture}|{code_fingerprint(*CODE)}",
            storage=paths.root / ".relaxnet" / "optuna-journal.log",
            trials=params.search.trials,
            timeout_s=params.search.timeout_s,
            sampler_seed=params.search.sampler_seed,
            startup_trials=2,
        )
        parent.log_metrics({"validation.relative_rmse": result.best_value})
        parent.log_params({f"best_{key}": value for key, value in result.best_params.items()})
    _write(result, output)


def check_searched(params: Params) -> None:
    """Refuse an architecture without the sizes that are searched.

    Raises
    ------
    InvalidInputError
    """
    sizes = {"filters", "dense", "dropout"}
    allowed = [name for name, entry in ARCHITECTURES.items() if sizes <= set(entry.options.model_fields)]
    if params.search.architecture not in allowed:
        raise InvalidInputError("search.architecture", params.search.architecture, f"one of {', '.join(allowed)}")


def apply(
    values: Mapping[str, Any], model: SubsetModelConfig, config: SignalTrainConfig
) -> tuple[SubsetModelConfig, SignalTrainConfig]:
    """Model and training configuration with a trial's values in place."""
    filters = [max(1, round(count * values["width"])) for count in config.network["filters"]]
    network = {**config.network, "filters": filters, "dense": values["dense"], "dropout": values["dropout"]}
    optimizer = config.optimizer.model_copy(update={"learning_rate": values["learning_rate"]})
    shape = values["w_shape"]
    weights = {"dh_j_per_mol": 1.0, "ln_a": values["w_lnA"], "x": shape, "beta": shape}
    return (
        model.model_copy(update={"weights": weights}),
        config.model_copy(update={"network": network, "optimizer": optimizer}),
    )


def _searched_model(params: Params) -> SubsetModelConfig:
    weights = dict.fromkeys(TARGETS.names, 1.0)  # each trial brings its own
    return SubsetModelConfig(subset=params.search.subset, architecture=params.search.architecture, weights=weights)


def _write(result: SearchResult, output: Path) -> None:
    write_json(
        output / "best_params.json",
        {"value": result.best_value, "trials": len(result.trials), "params": dict(result.best_params)},
    )
    rows = [
        {"number": trial.number, "state": trial.state, "value": trial.value, **trial.params} for trial in result.trials
    ]
    with atomic_path(output / "trials.csv") as part:
        pd.DataFrame(rows).to_csv(part, index=False, float_format="%.9g")
