"""Stage *train*: one model, and all about it in MLflow."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from relaxnet.core.errors import within
from relaxnet.core.files import atomic_path, write_json
from relaxnet.evaluation.figures import training_figure
from relaxnet.models.blocks.network import arguments
from relaxnet.tracking.lineage import dvc_hash
from relaxnet.training.estimator import Estimator

from .experiment import model_note, open_experiment, run_params
from .fit import Task, checked_loss, fit
from .params import StudyParams
from .project import Project
from .recipe import check_sizes, recipe
from .study import Study
from .validate import ensure_validated

if TYPE_CHECKING:
    from relaxnet.tracking.run import Run


def train(study: Study[Any], project: Project, params: StudyParams, name: str) -> None:
    """Train a model of the params into ``models/<study>/<name>``, with a run in MLflow.

    Raises
    ------
    InvalidInputError
        If any model of the params has an architecture, an option or loss weights that do not exist.
    ValidationFailedError
        If the subset's data did not pass their validation.
    TrackingError
        If the tracking store cannot be used; found out before the training.
    """
    params.model(name)
    check_models(study, params)
    chosen = recipe(params, name)
    subset = chosen.model.subset
    ensure_validated(project, subset)
    lineage = _lineage(project, subset)
    data_hash = lineage["data.md5"]
    task = Task.prepare(study, project, params, chosen, data_hash)
    output, samples = project.models / name, len(task.parts.train)
    tracker = open_experiment(study, project, params)
    with tracker, tracker.run(name, params=run_params(study, params, chosen), tags={"kind": "train", **lineage}) as run:
        run.describe(model_note(study, project, params, chosen, samples))
        run.log_dataset(subset, data_hash, lineage["data.path"], "training")
        estimator, trained = fit(study, task, project.workspace, checkpoint=project.checkpoints)
        estimator.save(output)
        history = pd.DataFrame(trained.history).rename_axis("epoch").reset_index()
        history["epoch"] += 1
        with atomic_path(output / "history.csv") as part:
            history.to_csv(part, index=False)
        run.log_history(trained.history)
        run.log_metrics(
            {
                "training_seconds": trained.seconds,
                "n_parameters": trained.n_parameters,
                "n_trainable": trained.n_trainable,
            }
        )
        run.log_figure(training_figure(trained.history["loss"], trained.history["val_loss"], name), "training.png")
        model_uri = log_estimator(run, estimator, task)
        write_json(
            output / "run.json",
            {
                "run_id": run.run_id,
                "run_url": tracker.run_url(run.run_id),
                "model_uri": model_uri,
                "lineage": lineage,
                "training": {
                    "epochs": len(trained.history["loss"]),
                    "seconds": round(trained.seconds, 1),
                    "n_parameters": trained.n_parameters,
                    "n_trainable": trained.n_trainable,
                    study.report.samples: samples,
                },
            },
        )
    if trained.checkpoint:
        shutil.rmtree(trained.checkpoint, ignore_errors=True)


def check_models(study: Study[Any], params: StudyParams) -> None:
    """Refuse params with a mistake in any model, or in the sizes of any profile, before anything long begins.

    Raises
    ------
    InvalidInputError
        If a model has an architecture, an option or loss weights that do not exist.
    """
    for name in params.models:
        found = recipe(params, name)
        with within(f"models.{name}"):
            checked_loss(study, found)
    for profile in params.all_profiles():
        for architecture in profile.networks:
            check_sizes(profile, architecture)


def log_estimator(run: Run, estimator: Estimator, task: Task) -> str:
    """Log a network with all that its user must know: units and order of the outputs, layout of the inputs."""
    return run.log_model(
        estimator.network,
        name=estimator.metadata["model"],
        input_example=arguments(task.source.inputs(task.parts.test[:1])),
        targets={target.name: target.unit for target in task.targets.items},
        metadata={**estimator.metadata, "layout": dict(estimator.layout), "train_mean": estimator.train_mean.tolist()},
    )


def _lineage(project: Project, subset: str) -> dict[str, str]:
    folder, report = project.data / subset, project.validation / f"{subset}.json"

    def entry(path: Path) -> str:
        return dvc_hash(path, project.folder)

    return {
        "data.path": str(folder),
        "data.md5": entry(folder),
        "validation.path": str(report),
        "validation.md5": entry(report),
    }
