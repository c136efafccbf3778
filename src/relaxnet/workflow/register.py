"""Stage *register*: the best trained model for each question becomes a version in the registry."""

import math
import os
from typing import Any

from relaxnet.core.errors import DataFileError, within
from relaxnet.core.files import write_json
from relaxnet.core.notices import notice
from relaxnet.registry.champions import CHAMPION, find_entry
from relaxnet.registry.register import Candidate, best_label, register_model, tag_version
from relaxnet.tracking.logged import LoggedModel
from relaxnet.tracking.tracker import Tracker

from .experiment import SCORE, open_experiment
from .judged import log_judged
from .logged import ensure_logged
from .params import StudyParams
from .project import Project
from .records import EvaluationRecord, RegisteredRecord, RunRecord, as_json, made_by, read_record, read_run
from .study import Study, evaluating, further, training_stage


def register(study: Study[Any], project: Project, params: StudyParams) -> None:
    """Register the best model for each question under ``register.alias`` and write ``reports/<study>/registered.json``.

    Within an experiment of DVC (``dvc exp run``) the alias stays where it is: others rely on it.

    The name in the registry is ``register.name`` with the question at its end.  The best has the lowest mean over the
    targets of RMSE / RMSE of the training mean, on the set that the study tunes by, or else on the validation part of
    its own subset: what tests a model does not choose it.  Models that answer other questions are never compared.  A
    model that the MLflow store has lost, or never had, is logged anew.

    Raises
    ------
    DataFileError
        If an evaluation, or one of the best models, is missing or damaged.
    InvalidInputError
        If no model for a question has a finite score.
    """
    evaluations = {}
    questions: dict[str, dict[str, float]] = {}
    candidates = {name: study.question_of(model) for name, model in params.models.items()}
    for name, question in (candidates | further(study, project)).items():
        with made_by(project, *evaluating(study, name)):
            evaluations[name] = read_record(EvaluationRecord, project.evaluation / name / "metrics.json")
        score = evaluations[name].validation.relative_rmse
        questions.setdefault(question, {})[name] = math.nan if score is None else score
    bests = {}
    for question, scores in questions.items():
        with within(f"register.{question}"):
            bests[question] = best_label(scores, SCORE)
    runs = {best: _run(study, project, best) for best in bests.values()}
    content, in_experiment = {}, is_experiment(project)
    if in_experiment:
        notice(f"an experiment of DVC: the alias {params.register_.alias} stays where it is")
    with open_experiment(study, project, params) as tracker:
        for question, best in bests.items():
            logged = _logged(study, project, tracker, best, runs[best])
            with made_by(project, *evaluating(study, best)):
                judged = log_judged(study, project, params, tracker.join(logged.run_id), best, runs[best])
            lineage = {
                **runs[best].lineage.tags(),
                **judged,
                "study": study.name,
                "question": question,
                "subset": evaluations[best].subset,
                "architecture": evaluations[best].architecture,
                "profile": params.profile,
            }
            scores = questions[question]
            registered = register_model(
                tracker,
                Candidate(logged.run_id, logged.model_uri, scores[best], best, lineage),
                name=f"{params.register_.name}-{question}",
                alias=None if in_experiment else params.register_.alias,
                metric=SCORE,
                description=study.model_description,
            )
            if in_experiment:
                notice(f"{registered.name}: version {registered.version} ({best})")
            else:
                _judge_champion_again(study, project, params, tracker, registered.name, list(scores))
            content[question] = RegisteredRecord(
                name=registered.name,
                version=registered.version,
                alias=params.register_.alias,
                model=registered.label,
                run_id=registered.run_id,
                model_uri=registered.model_uri,
                scores={name: score if math.isfinite(score) else None for name, score in scores.items()},
            )
    write_json(project.registered, {question: as_json(record) for question, record in content.items()})


def _judge_champion_again(
    study: Study[Any], project: Project, params: StudyParams, tracker: Tracker, name: str, known: list[str]
) -> None:
    """Give a champion that is still among the models its present evaluation: the test sets may have changed since."""
    champion = find_entry(tracker, name).by_alias(CHAMPION)
    if champion is None or champion.label not in known:
        return
    record = _run(study, project, champion.label)
    logged = tracker.find_logged(record.run_id)
    if logged is None or logged.run_id != champion.run_id:
        return  # trained anew since
    with made_by(project, *evaluating(study, champion.label)):
        judged = log_judged(study, project, params, tracker.join(logged.run_id), champion.label, record)
    tag_version(tracker, name, champion.version, judged)


def is_experiment(project: Project) -> bool:
    """Whether this is ``dvc exp run``, in the workspace or in a copy of the project."""
    return bool(os.environ.get("DVC_EXP_NAME")) or ".dvc" in project.folder.resolve().parts


def _run(study: Study[Any], project: Project, name: str) -> RunRecord:
    """Read the run of a model, whose evaluation must be of the same one."""
    stages = dict.fromkeys([training_stage(study, name), evaluating(study, name)])
    return read_run(project, name, *stages)


def _logged(study: Study[Any], project: Project, tracker: Tracker, name: str, record: RunRecord) -> LoggedModel:
    """Find a model in the store; one of the params is logged anew if it is not there."""
    if name not in study.further:
        return ensure_logged(study, project, tracker, name, record)
    found = tracker.find_logged(record.run_id)
    if found is None:
        with made_by(project, name):
            raise DataFileError(f"model {name}: its run {record.run_id} is not whole in this MLflow store")
    return found
