"""Stage *register*: the best of the trained models becomes a version in the registry."""

import math
from typing import Any

from relaxnet.core.files import write_json
from relaxnet.registry.register import Candidate, best_label, register_model

from .experiment import SCORE, open_experiment
from .logged import ensure_logged
from .params import StudyParams
from .project import Project
from .records import EvaluationRecord, RegisteredRecord, as_json, made_by, read_record, read_run
from .study import Study


def register(study: Study[Any], project: Project, params: StudyParams) -> None:
    """Register the best candidate under ``register.alias`` and write ``reports/<study>/registered.json``.

    The best has the lowest mean over the targets of RMSE / RMSE of the training mean, on the validation part of its own
    subset: the test part reports, it does not choose.  A model that the MLflow store has lost, or never had, is logged
    anew.

    Raises
    ------
    DataFileError
        If an evaluation, or the best model, is missing or damaged.
    """
    scores: dict[str, float] = {}
    evaluations = {}
    for name in params.models:
        with made_by(project, "evaluate", name):
            evaluations[name] = read_record(EvaluationRecord, project.evaluation / name / "metrics.json")
        score = evaluations[name].validation.relative_rmse
        scores[name] = math.nan if score is None else score
    best = best_label(scores, SCORE)
    record, evaluation = read_run(project, best), evaluations[best]
    with open_experiment(study, project, params) as tracker:
        logged = ensure_logged(study, project, tracker, best, record)
        lineage = {
            **record.lineage.tags(),
            "study": study.name,
            "subset": evaluation.subset,
            "architecture": evaluation.architecture,
            "profile": params.profile,
        }
        registered = register_model(
            tracker,
            Candidate(logged.run_id, logged.model_uri, scores[best], best, lineage),
            name=params.register_.name,
            alias=params.register_.alias,
            metric=SCORE,
            description=study.model_description,
        )
    content = RegisteredRecord(
        name=registered.name,
        version=registered.version,
        alias=registered.alias,
        model=registered.label,
        run_id=registered.run_id,
        model_uri=registered.model_uri,
        scores={name: score if math.isfinite(score) else None for name, score in scores.items()},
    )
    write_json(project.registered, as_json(content))
