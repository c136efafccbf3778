"""Stage *universal*: train the universal network, log it, and judge it as the other models are."""

from __future__ import annotations

import hashlib
import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from relaxnet.core.backend import prepare_backend
from relaxnet.core.files import atomic_folder, atomic_path, write_json
from relaxnet.core.fingerprint import code_fingerprint
from relaxnet.core.processes import usable_processors
from relaxnet.evaluation.headline import headline
from relaxnet.tracking.lineage import dvc_hash
from relaxnet.workflow.evaluate import flat_metrics, flat_tests
from relaxnet.workflow.experiment import SCORE, open_experiment
from relaxnet.workflow.heldout import HeldOut
from relaxnet.workflow.judged import write_judged
from relaxnet.workflow.measure import measure, measure_set
from relaxnet.workflow.records import Lineage, RunRecord, TrainingFacts, as_json
from relaxnet.workflow.score import relative_rmse
from relaxnet.workflow.unfinished import unfinished
from relaxnet.workflow.validate import ensure_validated

from ..dataset.measured import NOISY
from ..dataset.regions import BETWEEN, PLANE, TUNING, draw
from ..fits import fits_to
from ..heldout import FOLDER, TESTS
from ..scan_source import SampleSource
from .estimator import UniversalEstimator
from .predictor import pack
from .store import save
from .testing import Tester
from .training import Trained, train

if TYPE_CHECKING:
    from relaxnet.tracking.run import Run
    from relaxnet.workflow.project import Project
    from relaxnet.workflow.study import Study

    from ..params import RelaxationParams

NAME = "universal"
DATA = f"{FOLDER}G"  # the test sets of the whole plane
NOTE = (
    "Model **universal**: any glass of the whole plane from up to six measured scans at any rates, with a covariance: "
    "one network guesses, another emulates scans, least squares refine.  Trained on {glasses} freshly "
    "simulated glasses, profile {profile}."
)


def write_universal(study: Study[Any], project: Project, params: RelaxationParams) -> None:
    """Train into ``models/<study>/universal``, judge into ``reports/<study>/evaluation/universal``, log both in a run.

    Raises
    ------
    DataFileError
        If another process is at it, or a test set is missing or damaged.
    TrackingError
        If the tracking store cannot be used; found out before the training.
    """
    config = params.universal
    prepare_backend(config.seed)
    lineage = _lineage(project, params)
    facts = {"model": NAME, "architecture": NAME, "subset": PLANE, "profile": params.profile, **_flat(config)}
    tags = {"kind": "train", **lineage.tags()}
    opened = open_experiment(study, project, params)
    with unfinished(project.workspace, NAME, lineage.data_md5[:16]) as begun, opened as tracker:
        with tracker.run(NAME, params=facts, tags=tags, run_id=begun.run_id(tracker)) as run:
            begun.begin(run.run_id)
            note = NOTE.format(glasses=config.glasses, profile=params.profile)
            run.describe(note)
            started_s = time.monotonic()
            trained = train(config, partial(draw, PLANE), usable_processors())
            cost = _cost(study, params, trained, time.monotonic() - started_s)
            with atomic_folder(project.models / NAME) as folder:
                save(trained, folder, {**run.tags, **{key: str(value) for key, value in facts.items()}})
                record = RunRecord(
                    run_id=run.run_id,
                    run_url=tracker.run_url(run.run_id),
                    model_uri=run.log_predictor(pack(folder, trained.mean), name=NAME),
                    subset=PLANE,
                    params=run.params,
                    tags=run.tags,
                    note=note,
                    lineage=lineage,
                    training=cost,
                )
                write_json(folder / "run.json", as_json(record))
            run.lasted(cost.seconds)
            run.log_metrics({"training_seconds": cost.seconds, "model_error": trained.model_error})
            _judge(study, project, params, run, record)
        begun.finish()


def _judge(study: Study[Any], project: Project, params: RelaxationParams, run: Run, record: RunRecord) -> None:
    folder = project.data / DATA
    network = UniversalEstimator.load(project.models / NAME)
    tester: Any = Tester(network, np.array(network.facts["mean"]))
    tests, errors, fitted = {}, {}, fits_to(project, "G")
    for name in (BETWEEN, BETWEEN + NOISY):
        source = SampleSource(folder, name)
        found, errors[name] = measure_set(study, params, tester, source, np.arange(len(source.targets)))
        fits = {"fit": as_json(fitted[name])} if name in fitted else {}
        tests[name] = {"folder": str(folder / name), "md5": dvc_hash(folder / name), **found, **fits}
    source = SampleSource(folder, BETWEEN)
    outcome = measure(study, params, tester, source, np.arange(len(source.targets)))
    tuning = HeldOut(folder / (TUNING + NOISY), lambda _layout: SampleSource(folder, TUNING + NOISY))
    score = relative_rmse(study, params, tester, tuning)
    output = project.evaluation / NAME
    content = {
        "model": NAME,
        "architecture": NAME,
        "subset": PLANE,
        "region": PLANE,
        "loss": "likelihood",
        "loss_weights": {},
        "profile": params.profile,
        **outcome.metrics,
        "tests": tests,
        "validation": {"relative_rmse": score},
        "training": as_json(record.training),
        "run_id": record.run_id,
        "run_url": record.run_url,
    }
    write_json(output / "metrics.json", content)
    md5 = {name: found["md5"] for name, found in tests.items()}
    write_judged(study, output, record.run_id, tester.targets, errors, md5, ensure_validated(project, DATA))
    write_json(project.headline / f"{NAME}.json", headline(tests, [name for name in TESTS.headline if name in tests]))
    with atomic_path(output / "estimates.csv") as part:
        outcome.estimates.to_csv(part, index=False, float_format="%.9g")
    run.log_metrics(flat_metrics(outcome.metrics, study.report) | flat_tests(tests) | {SCORE: score})
    run.log_file(output / "estimates.csv", "estimates")


def _lineage(project: Project, params: RelaxationParams) -> Lineage:
    """Code and config of the training, which simulates its own data, and the report on the data it is judged by."""
    content = json.dumps([code_fingerprint(f"{__package__}.training"), params.universal.model_dump()])
    report = project.validation / f"{DATA}.json"
    return Lineage(
        **{
            "data.path": "simulated while training",
            "data.md5": hashlib.md5(content.encode(), usedforsecurity=False).hexdigest(),
            "validation.path": str(report),
            "validation.md5": dvc_hash(report),
        }
    )


def _cost(study: Study[Any], params: RelaxationParams, trained: Trained, seconds: float) -> TrainingFacts:
    weights = [model.count_params() for model in (trained.scan, trained.guess)]
    free = [sum(int(np.prod(w.shape)) for w in model.trainable_weights) for model in (trained.scan, trained.guess)]
    return TrainingFacts(
        epochs=params.universal.scan.epochs,
        seconds=round(seconds, 1),
        n_parameters=sum(weights),
        n_trainable=sum(free),
        **{study.report.samples: params.universal.glasses},
    )


def _flat(config: Any) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in config.model_dump().items():
        flat |= {f"{key}_{name}": v for name, v in value.items()} if isinstance(value, dict) else {key: value}
    return flat
