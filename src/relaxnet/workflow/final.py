"""Stage *final*: what a search found, trained in full and tested."""

from __future__ import annotations

import shutil
from typing import Any

import pandas as pd

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import atomic_folder, atomic_path, read_json, write_json
from relaxnet.evaluation.figures import training_figure
from relaxnet.search.space import is_active, settings
from relaxnet.tracking.run import Run
from relaxnet.training.estimator import Estimator

from .experiment import SCORE, open_experiment, run_params
from .fit import Task, fit
from .heldout import chosen_by, judged_on
from .measure import measure_set
from .params import StudyParams
from .project import Project
from .recipe import Recipe, changed, with_config
from .score import relative_rmse
from .search import output_folder
from .search_plan import Plan, make_plan
from .study import Study


def final(study: Study[Any], project: Project, params: StudyParams, name: str) -> None:
    """Train the best parameters of a search of ``pipelines/<study>/searches/params.yaml``, with the profile's epochs.

    Writes the estimator, ``metrics.json`` and ``errors.csv`` into ``reports/<study>/searches/<name>/final``: mean
    absolute errors of the targets, in their units, on every test set.

    Raises
    ------
    DataFileError
        If the search has no result yet, or one of another space.
    """
    plan = make_plan(study, project, params, name)
    output = output_folder(project, name)
    best = read_json(output / "best_params.json")
    recipe = best_recipe(plan, best)
    task = Task.prepare(study, project, params, recipe, plan.data_hash)
    tags = {"kind": "final", "study": plan.spec.study_name, "data.md5": plan.data_hash}
    with open_experiment(study, project, params) as tracker:
        with tracker.run(f"{name}-final", params=run_params(study, params, recipe), tags=tags) as run:
            run.log_dataset(recipe.model.subset, plan.data_hash, str(project.data / recipe.model.subset), "training")
            estimator, trained = fit(study, task, project.workspace, checkpoint=project.checkpoints)
            run.lasted(trained.seconds)
            run.log_history(trained.history)
            history = trained.history
            run.log_figure(training_figure(history["loss"], history["val_loss"], recipe.name), "training.png")
            metrics = judge(plan, task, estimator)
            _log(run, metrics)
        with atomic_folder(output / "final") as folder:
            estimator.save(folder)
            write_json(folder / "metrics.json", {"params": best["params"], **metrics})
            with atomic_path(folder / "errors.csv") as part:
                pd.DataFrame(error_rows(metrics)).to_csv(part, index=False, float_format="%.6g")
    if trained.checkpoint:
        shutil.rmtree(trained.checkpoint, ignore_errors=True)


def best_recipe(plan: Plan, best: Any) -> Recipe:
    """Recipe of the best parameters, with the epochs of a training.

    Raises
    ------
    DataFileError
        If they are not those of the search as it is configured.
    """
    space = plan.config.space
    found = best if isinstance(best, dict) else {}
    values = found.get("params")
    if (
        not isinstance(values, dict)
        or set(values) != {name for name, parameter in space.items() if is_active(parameter, values)}
        or found.get("study") != plan.spec.study_name
    ):
        raise DataFileError(
            f"{output_folder(plan.project, plan.name)}: not the result of the search as it is now; "
            f"run it again: python pipelines/search.py {plan.study.name} {plan.name}"
        )
    base = with_config(plan.base, epochs=plan.params.train.epochs)
    return changed(base, plan.params, settings(space, values), f"{plan.name}-final", f"{plan.place}.space")


def judge(plan: Plan, task: Task, estimator: Estimator) -> dict[str, Any]:
    """Score on the tuning set, and errors on every test set, by its name under ``tests``."""
    study, project, params, model = plan.study, plan.project, plan.params, task.recipe.model
    tests = {}
    for name, held in judged_on(study, project, model, task.source, task.parts).items():
        source = held.open(estimator.layout)
        tests[name], _ = measure_set(study, params, estimator, source, held.samples(source))
    held = chosen_by(study, project, model, task.source, task.parts)
    return {SCORE: relative_rmse(study, params, estimator, held), "tests": tests}


def error_rows(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each test set and target: its mean absolute error, its unit, and the error of predicting the mean."""
    return [
        {"test": name, "target": target, "unit": m["unit"], "mae": m["mae"], "mae_of_the_mean": m["baseline_mae"]}
        for name, found in metrics["tests"].items()
        for target, m in found["targets"].items()
    ]


def _log(run: Run, metrics: dict[str, Any]) -> None:
    errors = {f"test.{row['test']}.{row['target']}.mae": row["mae"] for row in error_rows(metrics)}
    run.log_metrics({SCORE: metrics[SCORE], **errors})
