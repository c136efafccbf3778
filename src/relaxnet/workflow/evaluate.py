"""Stage *evaluate*: test one model; the metrics join its run in MLflow."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import atomic_path, write_json
from relaxnet.datasets.source import Source
from relaxnet.datasets.split import Split, split_source
from relaxnet.evaluation.headline import headline
from relaxnet.evaluation.paired import SampleErrors
from relaxnet.reporting.model_figures import write_figures
from relaxnet.reporting.spec import ReportSpec
from relaxnet.tracking.lineage import dvc_hash
from relaxnet.training.estimator import Estimator

from .experiment import open_experiment
from .heldout import HeldOut, chosen_by, headline_sets, judged_on
from .judged import write_judged
from .logged import ensure_logged
from .measure import Evaluation, measure, measure_set
from .params import StudyParams
from .project import Project
from .recipe import recipe
from .records import as_json, made_by, read_run
from .score import relative_rmse
from .study import Study, training_stage
from .validate import ensure_tests_validated


def evaluate(study: Study[Any], project: Project, params: StudyParams, name: str) -> None:
    """Test ``models/<study>/<name>`` into ``reports/<study>/evaluation/<name>``; the metrics join the model's run.

    The main measures, figures and maps are of the test part of the model's own data; under ``tests`` the metrics hold
    its errors on each of the study's test sets, of which ``reports/<study>/headline/<name>.json`` has the foremost.

    A model that the MLflow store has lost, or never had, is logged anew.

    Raises
    ------
    DataFileError
        If the model is missing or damaged, or was trained on other data, facts or split; if a test set is missing,
        damaged or of other facts.
    ValidationFailedError
        If a test set did not pass its validation.
    """
    chosen = recipe(params, name)
    model, spec = chosen.model, study.report
    with made_by(project, *training_stage(study, name)):
        estimator = Estimator.load(project.models / name, model.architecture)
    origin = read_run(project, name, training_stage(study, name))
    folder = project.data / model.subset
    source = study.source(folder, chosen, estimator.layout)
    check_facts(estimator, source, folder, name)
    parts, digest = split_source(source, params.split), dvc_hash(folder)
    check_data(estimator, digest, parts, name)
    tests_md5 = ensure_tests_validated(study, project, model)
    held = (study, project, model, source, parts)
    tests, errors = measure_tests(study, params, estimator, judged_on(*held), name)
    if study.fits:
        for key, fit in study.fits(project, model).items():
            tests[key]["fit"] = as_json(fit)
    with open_experiment(study, project, params) as tracker:
        run = tracker.join(ensure_logged(study, project, tracker, name, origin).run_id)
        count = len(study.kept(source, parts.test, params))
        with tqdm(total=count, desc=f"{name}: test", unit=spec.sample, mininterval=2.0) as bar:
            outcome = measure(study, params, estimator, source, parts.test, bar.update)
        score = relative_rmse(study, params, estimator, chosen_by(*held))
        output = project.evaluation / name
        record = {
            "model": name,
            "architecture": model.architecture,
            "subset": model.subset,
            "region": study.question_of(model),
            "loss": model.loss.text,
            "loss_weights": model.loss_weights,
            "profile": params.profile,
            **outcome.metrics,
            "tests": tests,
            "validation": {"relative_rmse": score if np.isfinite(score) else None},
            "training": as_json(origin.training),
            "run_id": run.run_id,
            "run_url": tracker.run_url(run.run_id),
        }
        write_json(output / "metrics.json", record)
        write_json(project.headline / f"{name}.json", headline(tests, headline_sets(study)))
        _write_tables(outcome, output)
        md5 = {key: found["md5"] for key, found in tests.items()}
        write_judged(study, output, origin.run_id, estimator.targets, errors, md5, tests_md5)
        run.log_dataset(f"{model.subset}-test", digest, str(folder), "test")
        for key, found in tests.items():
            run.log_dataset(f"{model.subset}-{key}", found["md5"], found["folder"], "test")
        run.log_metrics(flat_metrics(outcome.metrics, spec) | flat_tests(tests))
        if np.isfinite(score):
            run.log_metrics({"validation.relative_rmse": score})
        for file in write_figures(outcome.estimates, outcome.curves, estimator.targets, spec, name, output / "figures"):
            run.log_file(output / "figures" / file, str(Path(file).parent) if "/" in file else None)
        run.log_file(output / "estimates.csv", "estimates")


def measure_tests(
    study: Study[Any], params: StudyParams, estimator: Estimator, sets: Mapping[str, HeldOut], name: str
) -> tuple[dict[str, dict[str, Any]], dict[str, SampleErrors]]:
    """Errors of a model on each of its test sets, with what the set is: its folder and the hash of its files.

    Also returns the errors of each sample, by test set.

    Raises
    ------
    DataFileError
        If a set is of other facts than the model was trained with.
    """
    found, errors = {}, {}
    for key, held in sets.items():
        source = held.open(estimator.layout)
        check_facts(estimator, source, held.folder, name)
        origin = {"folder": str(held.folder), "md5": dvc_hash(held.folder)}
        metrics, errors[key] = measure_set(study, params, estimator, source, held.samples(source))
        found[key] = {**origin, **metrics}
    return found, errors


def flat_tests(tests: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Metrics of the test sets as ``test.<set>.<target>.<metric>``, for MLflow."""
    return {
        f"test.{name}.{target}.{metric}": value
        for name, found in tests.items()
        for target, values in found["targets"].items()
        for metric, value in _shown(values).items()
    }


def _shown(values: Mapping[str, Any]) -> dict[str, float]:
    shown = {key: values[key] for key in ("mae", "median_ae", "rmse", "baseline_mae", "skill")}
    shown |= {f"within_{threshold}": share for threshold, share in values["within"].items()}
    return {key: float(value) for key, value in shown.items() if value is not None}


def _write_tables(outcome: Evaluation, output: Path) -> None:
    tables = {"estimates": outcome.estimates} | {f"curves/{name}": table for name, table in outcome.curves.items()}
    for name, table in tables.items():
        with atomic_path(output / f"{name}.csv") as part:
            table.to_csv(part, index=False, float_format="%.9g")


def check_facts(estimator: Estimator, source: Source, data: Path, name: str) -> None:
    """Refuse data of other facts than the model was trained with: another program, say.

    Raises
    ------
    DataFileError
    """
    facts = estimator.metadata.get("facts") or {}
    for field, found in source.facts.items():
        if json.dumps(found) != json.dumps(facts.get(field)):  # a tuple comes back as a list
            raise DataFileError(f"{data}: {field} = {found}: model {name} was trained with {facts.get(field)}")


def check_data(estimator: Estimator, data_hash: str, parts: Split, name: str) -> None:
    """Refuse other data, or another split of them, than the model was trained with: its test part must be unseen.

    Raises
    ------
    DataFileError
    """
    for field, found in (("data_md5", data_hash), ("split", parts.fingerprint())):
        trained = estimator.metadata.get(field)
        if found != trained:
            raise DataFileError(f"model {name}: {field} = {found}: must be {trained}, as in its training; train again")


def flat_metrics(metrics: Mapping[str, Any], spec: ReportSpec) -> dict[str, float]:
    """Test metrics as ``test.<target>.<metric>``, for MLflow."""
    flat = {f"test.{spec.samples}.{key}": float(value) for key, value in metrics[spec.samples].items()}
    for target, values in metrics["targets"].items():
        for key, value in values.items():
            if key == "within":
                flat |= {f"test.{target}.within_{threshold}": share for threshold, share in value.items()}
            elif key == "quantiles":
                flat |= {f"test.{target}.ae_{percent}": error for percent, error in value.items()}
            elif isinstance(value, int | float) and not isinstance(value, bool):
                flat[f"test.{target}.{key}"] = float(value)
    for name in (*(column.name for column in spec.sse), *(pair.sse for pair in spec.pairs)):
        flat |= {f"test.{name}.{key}": value for key, value in metrics[name].items()}
    flat |= {f"test.{name}": mean for name, mean in metrics.get("means", {}).items() if mean is not None}
    for group, found in metrics["edges"].items():
        ratios = {name: values["ratio"] for name, values in found.items() if name != "counts"}
        flat |= {f"test.{group}.{name}.ratio": ratio for name, ratio in ratios.items() if ratio is not None}
    return {key: value for key, value in flat.items() if np.isfinite(value)}
