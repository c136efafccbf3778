"""The study of architectures: every one of the zoo, on several subsets, with several weights of ln A and seeds.

Each training is a job of its own, done in one of several worker processes; what is finished is kept, so that an
interrupted study goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, PositiveInt
from tqdm import tqdm

from relaxnet.core.fingerprint import code_fingerprint
from relaxnet.core.config import Config, Positive, Seed
from relaxnet.core.environment import environment
from relaxnet.core.errors import ExecutionError
from relaxnet.core.files import read_json, write_json
from relaxnet.studies.relaxation.params import Params, SubsetModelConfig, SubsetName
from relaxnet.core.processes import end_with_parent
from relaxnet.tracking import Run, Tracker, dvc_hash
from .experiment import open_experiment, run_params
from .tasks import Paths, Task, check_models, ensure_validated

# Small networks train faster side by side, on one core each, than one after the other on all of them.
ONE_THREAD = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TQDM_DISABLE": "1",  # one bar, of the study
}
TRAININGS_A_PROCESS = 12  # TensorFlow keeps some 50 MB of each training until its process ends
SHAPE_WEIGHTS = {"dh_j_per_mol": 1.0, "x": 3.0, "beta": 3.0}
"""Weights of the other targets, as the paper keeps them (Table 3)."""


class ArchitecturesConfig(Config):
    """What is compared, with how many epochs, and how many trainings run side by side (which changes no result)."""

    architectures: Annotated[tuple[str, ...], Field(min_length=1)]
    subsets: Annotated[tuple[SubsetName, ...], Field(min_length=1)]
    w_ln_a: Annotated[tuple[Positive, ...], Field(min_length=1)]
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)]
    epochs: PositiveInt
    processes: PositiveInt | None = None


@dataclass(frozen=True)
class Job:
    """One training: a cell of the study."""

    architecture: str
    subset: str
    w_ln_a: float
    seed: int

    @property
    def name(self) -> str:
        """For people: progress and runs."""
        return f"{self.architecture} {self.subset} w_lnA={self.w_ln_a:g} seed={self.seed}"

    @property
    def model(self) -> SubsetModelConfig:
        """As an entry of ``models`` in the params."""
        return SubsetModelConfig.model_validate(
            {
                "subset": self.subset,
                "architecture": self.architecture,
                "weights": {**SHAPE_WEIGHTS, "ln_a": self.w_ln_a},
            }
        )


@dataclass(frozen=True)
class Outcome:
    """What a job gives: one flat row of metrics, the course of its training, and its last checkpoint."""

    row: dict[str, float]
    history: dict[str, list[float]]
    checkpoint: Path | None


def study(config: ArchitecturesConfig, params: Params, paths: Paths) -> pd.DataFrame:
    """Do all jobs that are not done yet, log each to MLflow as a child run, and return one row a job.

    Returns
    -------
    DataFrame
        Columns ``architecture, subset, w_ln_a, seed, weights, seconds, epochs, validation.relative_rmse`` (to choose
        by) and, of the evaluated test quartets (to report), ``relative_rmse`` and, for each target, ``<target>.mae``,
        ``<target>.skill`` and ``<target>.within_<threshold>``.

    Raises
    ------
    InvalidInputError, ValidationFailedError
        Before any training.
    ExecutionError
        If a worker process dies, or the code changes meanwhile; finished jobs are kept.
    """
    params = params.model_copy(update={"train": params.train.model_copy(update={"epochs": config.epochs})})
    # seed by seed: what is done so far always covers all cells alike
    cells = product(config.seeds, config.architectures, config.subsets, config.w_ln_a)
    jobs = [Job(architecture, subset, w_ln_a, seed) for seed, architecture, subset, w_ln_a in cells]
    check_models(params.model_copy(update={"models": {job.name: job.model for job in jobs}}))
    hashes: dict[str, str] = {}
    for subset in config.subsets:
        ensure_validated(subset, paths)
        hashes[subset] = dvc_hash(paths.data / subset, Path.cwd())
    kept = paths.root / ".relaxnet" / "architectures"
    files = {job: kept / f"{_fingerprint(job, params, hashes[job.subset])}.json" for job in jobs}
    missing = [job for job in jobs if not files[job].exists()]
    tracker = open_experiment(paths, params)
    with tqdm(total=len(jobs), initial=len(jobs) - len(missing), desc="architectures", unit="training") as bar, tracker:
        if missing:
            shared: dict[str, Any] = {"trainings": len(missing), "profile": params.profile}
            with tracker.run("architectures", params=shared, tags={"kind": "architectures"}) as parent:
                for job, outcome in _outcomes(missing, params, paths, hashes, config.processes or os.cpu_count() or 1):
                    _log(tracker, parent, job, outcome, params)
                    write_json(files[job], outcome.row)
                    if outcome.checkpoint:
                        shutil.rmtree(outcome.checkpoint, ignore_errors=True)
                    bar.update()
                    bar.set_postfix_str(job.name, refresh=False)
    return pd.DataFrame([{**asdict(job), **read_json(files[job])} for job in jobs])


def run_job(job: Job, params: Params, paths: Paths, data_hash: str, code: str) -> Outcome:
    """Train and test one cell, by the code of this fingerprint only."""
    from relaxnet.evaluation.metrics import mean_relative_rmse, target_metrics
    from relaxnet.training.data import in_blocks
    from relaxnet.studies.relaxation.samples.targets import TARGETS
    from .train import fit

    if _code() != code:
        raise ExecutionError("the code changed during the study; finished trainings are kept, run again")
    config = params.training(job.architecture).model_copy(update={"seed": job.seed})
    task = Task.prepare(paths.data / job.subset, params, config)
    estimator, trained = fit(job.name, job.model, task, config, data_hash=data_hash, checkpoint=paths.checkpoints)

    def estimated(part: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        usual = task.usual(part, params.evaluate.largest_cp_n_max)
        return task.source.targets[usual], in_blocks(estimator.estimate, task.source, usual)

    true, estimate = estimated(task.parts.test)
    row = {
        "weights": trained.weights,
        "seconds": round(trained.seconds, 1),
        "epochs": len(trained.history["loss"]),
        "validation.relative_rmse": mean_relative_rmse(*estimated(task.parts.validation), estimator.train_mean),
        "relative_rmse": mean_relative_rmse(true, estimate, estimator.train_mean),
    }
    for column, target in enumerate(TARGETS.items):
        found = target_metrics(
            true[:, column], estimate[:, column], np.float64(estimator.train_mean[column]), target.thresholds
        )
        row |= {f"{target.name}.{key}": found[key] for key in ("mae", "skill")}
        row |= {f"{target.name}.within_{key}": share for key, share in found["within"].items()}
    return Outcome(row, trained.history, trained.checkpoint)


def _outcomes(
    jobs: list[Job], params: Params, paths: Paths, hashes: dict[str, str], processes: int
) -> Iterator[tuple[Job, Outcome]]:
    """Outcomes as they come, from new processes now and then; workers are killed when this ends early."""
    context, code, wave = multiprocessing.get_context("spawn"), _code(), processes * TRAININGS_A_PROCESS
    for start in range(0, len(jobs), wave):
        yield from _wave(jobs[start : start + wave], params, paths, hashes, code, processes, context)


def _wave(
    jobs: list[Job], params: Params, paths: Paths, hashes: dict[str, str], code: str, processes: int, context: Any
) -> Iterator[tuple[Job, Outcome]]:
    # not max_tasks_per_child: Python before 3.13.x hangs where all jobs are submitted at once (gh-115634)
    with environment(ONE_THREAD):
        pool = ProcessPoolExecutor(min(processes, len(jobs)), mp_context=context, initializer=_obey_parent)
        try:
            futures = {pool.submit(run_job, job, params, paths, hashes[job.subset], code): job for job in jobs}
            for future in as_completed(futures):
                yield futures.pop(future), future.result()
        except BrokenProcessPool:
            raise ExecutionError("a worker process died; finished trainings are kept, run again to go on") from None
        except BaseException:
            for child in multiprocessing.active_children():
                child.kill()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _obey_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    end_with_parent()


def _log(tracker: Tracker, parent: Run, job: Job, outcome: Outcome, params: Params) -> None:
    config = params.training(job.architecture).model_copy(update={"seed": job.seed})
    with tracker.run(
        job.name,
        params=run_params(job.name, job.model, params, config),
        tags={"kind": "architecture"},
        parent_run_id=parent.run_id,
    ) as run:
        run.log_history(outcome.history)
        run.log_metrics(
            {
                "training_seconds": outcome.row["seconds"],
                "trainable_weights": outcome.row["weights"],
                "validation.relative_rmse": outcome.row["validation.relative_rmse"],
                "test.relative_rmse": outcome.row["relative_rmse"],
                **{f"test.{k}": v for k, v in outcome.row.items() if "." in k and not k.startswith("validation.")},
            }
        )


def _fingerprint(job: Job, params: Params, data_hash: str) -> str:
    content = [
        asdict(job),
        params.training(job.architecture).model_dump(mode="json"),
        params.split.model_dump(),
        params.evaluate.largest_cp_n_max,
        data_hash,
        _code(),
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:20]


def _code() -> str:
    """Fingerprint of all code that a row depends on."""
    from .train import CODE

    return code_fingerprint(*CODE, "evaluation/metrics.py", "relaxation/architectures.py")
