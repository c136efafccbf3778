"""Stage *search*: hyper-parameters and loss weights, by trials on one subset."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import atomic_path, write_json
from relaxnet.core.fingerprint import code_fingerprint
from relaxnet.evaluation.figures import training_figure
from relaxnet.models.blocks.architectures import architecture_names, find_architecture
from relaxnet.search.records import SearchResult
from relaxnet.search.run import TrialPruned, run_search
from relaxnet.search.space import settings
from relaxnet.tracking.tracker import Scalar

from .experiment import open_experiment, run_params
from .fit import Task, fit, recipe_identity, result_code
from .heldout import chosen_by
from .logged import log_estimator
from .params import StudyParams
from .project import Project
from .recipe import Recipe, changed, check_space, with_config
from .score import relative_rmse
from .study import Study
from .train import check_models
from .validate import ensure_tests_validated, ensure_validated

FIELD = "search.space"


def search(study: Study[Any], project: Project, params: StudyParams) -> None:
    """Run the trials, each a child run in MLflow, and write ``best_params.json`` and ``trials.csv``.

    The objective does not depend on the searched loss weights: it is the mean over the targets of the RMSE divided by
    that of predicting the training mean, on the study's tuning set or else on validation data.
    """
    config = params.search
    check_models(study, params)
    base = searched_recipe(study, params)
    subset = config.subset
    data_hash = ensure_validated(project, subset)
    tuning_hash = ensure_tests_validated(study, project, base.model)
    folder = project.data / subset
    opened = open_experiment(study, project, params)
    name = f"search-{subset}"
    parent_params: dict[str, Scalar] = {"subset": subset, "architecture": config.architecture, "trials": config.trials}
    tags = {"kind": "search", "data.md5": data_hash}
    with opened as tracker, tracker.run(name, params=parent_params, tags=tags) as parent:
        parent.log_dataset(subset, data_hash, str(folder), "training")
        numbers = iter(range(1, config.trials + 1))

        def objective(values: Mapping[str, Any], report: Callable[[int, float], None]) -> float:
            label = f"{name}-{next(numbers)}"
            recipe = changed(base, params, settings(config.space, values), label, FIELD)
            task = Task.prepare(study, project, params, recipe, data_hash)
            with tracker.run(
                label,
                params=run_params(study, params, recipe),
                tags={"kind": "trial"},
                parent_run_id=parent.run_id,
                regular_ends=(TrialPruned,),
            ) as run:
                run.log_dataset(subset, data_hash, str(folder), "training")

                def on_epoch(epoch: int, logs: Mapping[str, float]) -> None:
                    run.log_metrics(dict(logs), step=epoch + 1)
                    report(epoch, logs["val_mae"])

                estimator, trained = fit(study, task, project.workspace, on_epoch=on_epoch)
                run.lasted(trained.seconds)
                held = chosen_by(study, project, recipe.model, task.source, task.parts)
                score = relative_rmse(study, params, estimator, held)
                run.log_metrics({"validation.relative_rmse": score})
                history = trained.history
                run.log_figure(training_figure(history["loss"], history["val_loss"], label), "training.png")
                log_estimator(study, project, params, run, estimator, task)
            return score

        result = run_search(
            objective,
            config.space,
            study_name=name,
            fingerprint=value_fingerprint(study, params, base, f"{data_hash} {tuning_hash}"),
            storage=project.workspace / "optuna-journal.log",
            trials=config.trials,
            timeout_s=config.timeout_s,
            sampler_seed=config.sampler_seed,
            startup_trials=2,
        )
        parent.log_metrics({"validation.relative_rmse": result.best_value})
        parent.log_params({f"best_{key}": value for key, value in result.best_params.items()})
    _write(result, project.reports / "search")


def searched_recipe(study: Study[Any], params: StudyParams) -> Recipe:
    """Recipe that the trials change.

    Raises
    ------
    InvalidInputError
        For an architecture without the sizes that are searched, or a space with a setting that does not exist.
    """
    config = params.search
    paths = [path for name, parameter in config.space.items() for path in parameter.paths(name)]
    sizes = {path.removeprefix("network.") for path in paths if path.startswith("network.")}

    def searchable(name: str) -> bool:
        return sizes <= set(find_architecture(name, "search.architecture").options.model_fields)

    if not searchable(config.architecture):
        allowed = ", ".join(filter(searchable, architecture_names()))
        raise InvalidInputError("search.architecture", config.architecture, f"one of {allowed}")
    models = params.models.values()
    model = next((model for model in models if model.subset == config.subset), next(iter(models)))
    weights = dict.fromkeys(study.targets(model).names, 1.0)
    own = {"subset": config.subset, "architecture": config.architecture, "loss_weights": weights, "start": None}
    base = Recipe("search", model.model_copy(update=own), params.training(config.architecture))
    base = with_config(base, epochs=config.epochs)
    check_space(base, params, config.space, FIELD)
    return base


def value_fingerprint(study: Study[Any], params: StudyParams, base: Recipe, data_hash: str) -> str:
    """Everything but the searched values that the value of a trial depends on."""
    space = params.search.space
    chosen = [p.choices or () for name, p in space.items() if "architecture" in p.paths(name)]
    architectures = dict.fromkeys([base.model.architecture, *(str(name) for names in chosen for name in names)])
    content = [
        data_hash,
        recipe_identity(study, base, None),
        [[name, params.networks.get(name), result_code(study, name)] for name in architectures],
        code_fingerprint(changed.__module__, run_search.__module__, alone=(__name__,)),
        base.config.model_dump(mode="json"),
        params.split.model_dump(mode="json"),
        evaluation_fingerprint(study, params),
    ]
    return json.dumps(content, sort_keys=True)


def evaluation_fingerprint(study: Study[Any], params: StudyParams) -> str:
    """Which samples a score is taken over, and how it is computed."""
    own = set(type(params).model_fields) - set(StudyParams.model_fields) - {"simulate"}
    sections = params.model_dump(mode="json", include=own)
    rule = (study.evaluated.__module__,) if study.evaluated else ()
    code = code_fingerprint(relative_rmse.__module__, chosen_by.__module__, *rule, alone=(Study.__module__,))
    return f"{json.dumps(sections, sort_keys=True)}|{code}"


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
