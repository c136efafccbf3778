"""Stage *search*: hyper-parameters and loss weights, by trials on one subset, in one or several worker processes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from relaxnet.core.backend import load_keras
from relaxnet.core.errors import InvalidInputError, RelaxnetError, TrainingError
from relaxnet.core.executors import LocalProcesses
from relaxnet.core.notices import notice
from relaxnet.core.processes import usable_processors
from relaxnet.evaluation.figures import training_figure
from relaxnet.search.records import SearchResult
from relaxnet.search.run import Search
from relaxnet.search.space import settings
from relaxnet.search.trial import RunningTrial, TrialPruned
from relaxnet.tracking.run import Run
from relaxnet.tracking.tracker import Scalar, Tracker

from .experiment import SCORE, open_experiment, run_params
from .params import StudyParams
from .project import Project
from .recipe import changed
from .search_config import SCORE_OBJECTIVE
from .search_plan import RUN, Plan, make_plan
from .search_plan import evaluation_fingerprint as evaluation_fingerprint
from .search_report import write_search
from .study import Study
from .trial import Score, run_trial

TRIALS_A_PROCESS = 12  # TensorFlow keeps some 50 MB of each training until its process ends
THREADS = 1  # of a worker process: small networks train faster side by side
MAE, SECONDS = "mae", "seconds"  # notes of a trial
KEPT = "finished trials are kept, run again to go on"


@dataclass(frozen=True)
class Worker:
    """A worker process of a search, to be started by calling it."""

    plan: Plan
    parent_run_id: str
    until: float = math.inf  # in seconds since the epoch
    is_first: bool = True  # of the session: it runs a trial even if there is no time left
    most: float = math.inf

    def __call__(self) -> None:
        """Run trials until there are enough, or as many as one process should."""
        plan = self.plan
        if not self.is_first and time.time() >= self.until:
            return
        with open_experiment(plan.study, plan.project, plan.params) as tracker:
            search = plan.open(tracker)
            try:
                self.work(search, tracker)
            finally:
                search.close()

    def work(self, search: Search, tracker: Tracker) -> None:
        """Run trials of the study."""
        objective, timeout_s = partial(self._objective, tracker), self.until - time.time()
        search.work(objective, trials=self.plan.config.trials, timeout_s=timeout_s, most=self.most)

    def _objective(self, tracker: Tracker, trial: RunningTrial) -> tuple[float, ...]:
        plan, study = self.plan, self.plan.study
        label = f"{plan.name}-{trial.number}"
        try:
            recipe = changed(
                plan.base, plan.params, settings(plan.config.space, trial.params), label, f"{plan.place}.space"
            )
        except InvalidInputError as error:
            raise TrainingError(str(error)) from None
        facts, folder = run_params(study, plan.params, recipe), plan.project.data / recipe.model.subset
        tags = {"kind": "trial", "trial": str(trial.number), "study": plan.spec.study_name}
        with tracker.run(
            label, params=facts, tags=tags, parent_run_id=self.parent_run_id, regular_ends=(TrialPruned,)
        ) as run:
            trial.note(RUN, run.run_id)
            run.log_dataset(recipe.model.subset, plan.data_hash, str(folder), "training")
            single = plan.config.objectives == SCORE_OBJECTIVE

            def on_epoch(epoch: int, logs: Mapping[str, float], score: Score) -> None:
                run.log_metrics({**logs, **_metrics(score)}, step=epoch + 1)
                if single:
                    trial.report(epoch, score.relative_rmse)

            outcome = run_trial(study, plan.project, plan.params, recipe, plan.data_hash, on_epoch)
            run.lasted(outcome.seconds)
            run.log_metrics({**_metrics(outcome.score), "n_parameters": outcome.n_parameters})
            history = outcome.history
            run.log_figure(training_figure(history["loss"], history["val_loss"], label), "training.png")
            trial.note(MAE, dict(outcome.score.mae))
            trial.note(SECONDS, round(outcome.seconds, 2))
        values = (outcome.score.relative_rmse,) if single else tuple(outcome.score.mae.values())
        notice(f"{plan.name}: trial {trial.number}: {', '.join(f'{value:.4g}' for value in values)}")
        return values


def search(study: Study[Any], project: Project, params: StudyParams, name: str | None = None) -> None:
    """Run the trials, each a child run in MLflow, and write ``best_params.json``, ``trials.csv`` and ``index.html``.

    The objectives do not depend on the searched loss weights: they are taken on the study's tuning set, or else on
    validation data.  A process beside others joins the running study; what a dead one left is run again.

    Parameters
    ----------
    name : str, optional
        Of a search of ``pipelines/<study>/searches/params.yaml``; by default that of the params, ``search``.

    Raises
    ------
    InvalidInputError, ValidationFailedError
        Before any trial.
    DataFileError, SearchStorageError, TrackingError
        If the study's journal, its database or the tracking store cannot be used; finished trials are kept.
    ExecutionError
        If worker processes die again and again.
    """
    plan = make_plan(study, project, params, name)
    with open_experiment(study, project, params) as tracker:
        search = plan.open(tracker)
        try:
            with _parent_run(plan, search, tracker) as parent:
                parent.log_dataset(
                    plan.config.subset, plan.data_hash, str(project.data / plan.config.subset), "training"
                )
                _work(plan, search, tracker, parent.run_id)
                result = search.result()
                parent.log_metrics(_parent_metrics(plan, result))
                parent.set_tags({f"best.{key}": str(value) for key, value in result.best_params.items()})
            with search.exclusive():  # processes that share a study come to its end together
                write_search(plan, result, output_folder(project, name))
        finally:
            search.close()


def output_folder(project: Project, name: str | None) -> Path:
    """Where the outcome of a search is written."""
    return project.reports / "search" if name is None else project.reports / "searches" / name


def _work(plan: Plan, search: Search, tracker: Tracker, parent_run_id: str) -> None:
    """Let workers run trials; this process itself if there is one."""
    worker = Worker(plan, parent_run_id, until=time.time() + plan.config.timeout_s)
    wanted = plan.spec.trials(plan.config.trials)
    missing = wanted - len(search.records())
    count = min(plan.config.workers or usable_processors(), missing)
    if count <= 0:
        return
    if count == 1:
        worker.work(search, tracker)
        return
    pool = LocalProcesses(
        count,
        environment={"TQDM_DISABLE": "1"},
        initializer=partial(load_keras, THREADS),
        tasks_per_process=1,
        kept=KEPT,
        replacements=2 * count,
    )
    first = replace(worker, most=TRIALS_A_PROCESS)
    others = [replace(first, is_first=False)] * (count + missing // TRIALS_A_PROCESS)
    try:
        for _ in pool.run([first] * count + others):
            if len(search.records()) >= wanted:
                break
    except BaseException:
        with suppress(RelaxnetError):  # the first error is the one to report
            search.recover()
        raise


@contextmanager
def _parent_run(plan: Plan, search: Search, tracker: Tracker) -> Iterator[Run]:
    """Run of the study, the one that an earlier session began where the store has it."""
    config, spec = plan.config, plan.spec
    facts: dict[str, Scalar] = {
        "subset": config.subset,
        "architecture": config.architecture,
        "objectives": ", ".join(spec.objectives),
        "sampler": config.sampler.name,
        "pruner": config.pruning.name,
        "epochs": config.epochs,
    }
    tags = {"kind": "search", "data.md5": plan.data_hash, "study": plan.spec.study_name}
    with ExitStack() as stack:
        with search.exclusive():  # processes that start together find or make the same one
            known = search.notes.get(RUN)
            found = known if known and tracker.status(known) else None
            if known and not found:
                notice(
                    f"{plan.name}: its run {known} is not in this MLflow store: a new one has the trials from now on"
                )
            run = stack.enter_context(tracker.run(plan.name, params=facts, tags=tags, run_id=found))
            search.note(RUN, run.run_id)
        yield run


def _metrics(score: Score) -> dict[str, float]:
    return {SCORE: score.relative_rmse, **{f"validation.{name}.mae": value for name, value in score.mae.items()}}


def _parent_metrics(plan: Plan, result: SearchResult) -> dict[str, float]:
    names = (
        [SCORE] if plan.config.objectives == SCORE_OBJECTIVE else [f"validation.{n}.mae" for n in plan.spec.objectives]
    )
    return {**dict(zip(names, result.best.values, strict=True)), "trials": len(result.trials)}
