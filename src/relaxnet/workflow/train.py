"""Stage *train*: one model, and all about it in MLflow."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from typing import Any

from relaxnet.core.errors import within
from relaxnet.core.files import atomic_folder, write_json
from relaxnet.core.notices import notice
from relaxnet.tracking.lineage import dvc_hash, git_commit

from .experiment import model_note, open_experiment, run_params
from .fit import Task, checked_loss, fit
from .logged import Result, example, log_result, predictor_facts, save_result
from .params import StudyParams
from .project import Project
from .recipe import check_sizes, recipe
from .records import Lineage, RunRecord, TrainingFacts, as_json
from .study import Study
from .unfinished import unfinished
from .validate import ensure_tests_validated, ensure_validated


def train(study: Study[Any], project: Project, params: StudyParams, name: str) -> None:
    """Train a model of the params into ``models/<study>/<name>``, with a run in MLflow.

    A training that was interrupted, or whose store failed, goes on from its checkpoint in the run that it began.

    Raises
    ------
    DataFileError
        If another process is training the same model.
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
    lineage = _lineage(project, subset, ensure_validated(project, subset))
    if study.packing:
        ensure_tests_validated(study, project, chosen.model)  # whose errors a predictor gives
    task = Task.prepare(study, project, params, chosen, lineage.data_md5)
    facts, samples = run_params(study, params, chosen), task.parts.n_train
    note = model_note(study, project, params, chosen, samples)
    if git_commit(project.folder) is None:
        notice("no git, or no commit here: the lineage of this model will have no commit")
    tags = {"kind": "train", **lineage.tags()}
    opened = open_experiment(study, project, params)
    with unfinished(project.workspace, name, _identity(study, task, facts)) as begun, opened as tracker:
        with tracker.run(name, params=facts, tags=tags, run_id=begun.run_id(tracker)) as run:
            begun.begin(run.run_id)
            run.describe(note)
            estimator, trained = fit(study, task, project.workspace, checkpoint=project.checkpoints)
            cost = TrainingFacts(
                epochs=len(trained.history["loss"]),
                seconds=round(trained.seconds, 1),
                n_parameters=trained.n_parameters,
                n_trainable=trained.n_trainable,
                **{study.report.samples: samples},
            )
            result = Result(
                estimator,
                trained.history,
                example(task),
                cost,
                predictor_facts(study, project, params, estimator, task),
            )
            with atomic_folder(project.models / name) as folder:  # the model and its record, or neither
                save_result(folder, result)
                model_uri = log_result(study, run, subset, lineage, result)
                record = RunRecord(
                    run_id=run.run_id,
                    run_url=tracker.run_url(run.run_id),
                    model_uri=model_uri,
                    subset=subset,
                    params=run.params,
                    tags=run.tags,
                    note=note,
                    lineage=lineage,
                    training=cost,
                )
                write_json(folder / "run.json", as_json(record))
        if trained.checkpoint:
            shutil.rmtree(trained.checkpoint, ignore_errors=True)
        begun.finish()


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


def _identity(study: Study[Any], task: Task, facts: Mapping[str, Any]) -> str:
    """Name of a training: equal parameters, data, split and code are the same one."""
    content = [task.identity(study), {key: str(value) for key, value in facts.items()}]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _lineage(project: Project, subset: str, data_hash: str) -> Lineage:
    report = project.validation / f"{subset}.json"
    entries = {"data.path": str(project.data / subset), "data.md5": data_hash}
    return Lineage(**entries, **{"validation.path": str(report), "validation.md5": dvc_hash(report)})
