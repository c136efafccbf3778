"""A trained model in MLflow: logged by its training, and anew where the store has lost it or is another one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import check_exists, write_json
from relaxnet.core.notices import notice
from relaxnet.evaluation.figures import training_figure
from relaxnet.models.blocks.network import arguments
from relaxnet.training.estimator import Estimator

from .heldout import chosen_by
from .packing import FACTS_FILE, Samples, log_packed, read_facts
from .project import Project
from .records import RunRecord, made_by
from .study import training_stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from relaxnet.tracking.logged import LoggedModel
    from relaxnet.tracking.run import Run
    from relaxnet.tracking.tracker import Tracker

    from .fit import Task
    from .params import StudyParams
    from .records import Lineage, TrainingFacts
    from .study import Study

HISTORY_FILE, EXAMPLE_FILE = "history.csv", "example.npz"


class Result(NamedTuple):
    """What there is to log of a training."""

    estimator: Estimator
    history: Mapping[str, list[float]]
    example: Mapping[str, NDArray[np.float32]]
    training: TrainingFacts
    predictor: Mapping[str, Any] | None = None  # what the study's predictor must know


def ensure_logged(study: Study[Any], project: Project, tracker: Tracker, name: str, record: RunRecord) -> LoggedModel:
    """Find a trained model in the store, or log it anew from ``models/<study>/<name>``, with its origin in the tags.

    Raises
    ------
    DataFileError
        If it must be logged anew, and a file of the model is damaged.
    """
    from relaxnet.tracking.logged import LoggedModel, origin_tag  # MLflow, which the tracker has prepared

    found = tracker.find_logged(record.run_id)
    if found:
        return found
    folder = project.models / name
    with made_by(project, *training_stage(study, name)):
        result = _read(study, folder, record)
    # not today's commit, for a model that was trained without any
    tags = {"git.commit": "", "mlflow.source.git.commit": "", **record.tags, **origin_tag(record.run_id)}
    seconds = record.training.seconds
    with tracker.run(name, params=record.params, tags=tags, seconds_ago=seconds) as run:
        origin = f"Logged anew from `models/{project.study}/{name}`, which run {record.run_id} trained."
        run.describe(f"{record.note}\n\n{origin}")
        uri = log_result(study, run, record.subset, record.lineage, result)
    notice(f"model {name}: its run {record.run_id} is not whole in this MLflow store: logged anew as {run.run_id}")
    return LoggedModel(run.run_id, uri)


def log_result(study: Study[Any], run: Run, subset: str, lineage: Lineage, result: Result) -> str:
    """Log all that came out of a training, and return the URI of the model; the run lasts as long as the training."""
    facts, history = result.training, result.history
    run.lasted(facts.seconds)
    run.log_dataset(subset, lineage.data_md5, lineage.data_path, "training")
    run.log_history(history)
    run.log_metrics(
        {"training_seconds": facts.seconds, "n_parameters": facts.n_parameters, "n_trainable": facts.n_trainable}
    )
    name = result.estimator.metadata["model"]
    run.log_figure(training_figure(history["loss"], history["val_loss"], name), "training.png")
    return _log_model(study, run, result.estimator, result.example, result.predictor)


def log_estimator(
    study: Study[Any], project: Project, params: StudyParams, run: Run, estimator: Estimator, task: Task
) -> str:
    """Log the network of a task, as its study packs it."""
    facts = predictor_facts(study, project, params, estimator, task)
    return _log_model(study, run, estimator, example(task), facts)


def predictor_facts(
    study: Study[Any], project: Project, params: StudyParams, estimator: Estimator, task: Task
) -> dict[str, Any] | None:
    """What the predictor of a trained network must know; None for a study that has none."""
    if study.packing is None:
        return None
    held = chosen_by(study, project, task.recipe.model, task.source, task.parts)
    source = held.open(estimator.layout)
    index = study.kept(source, held.samples(source), params)
    return study.packing.describe(estimator, Samples(task.source, task.parts.train), Samples(source, index))


def _log_model(
    study: Study[Any],
    run: Run,
    estimator: Estimator,
    inputs: Mapping[str, NDArray[np.float32]],
    facts: Mapping[str, Any] | None,
) -> str:
    """Log a network with all that its user must know: units and order of the outputs, layout of the inputs."""
    name, units = estimator.metadata["model"], {target.name: target.unit for target in estimator.targets.items}
    metadata = {**estimator.metadata, "layout": dict(estimator.layout), "train_mean": estimator.train_mean.tolist()}
    if study.packing is None or facts is None:
        return run.log_model(
            estimator.network, name=name, input_example=arguments(inputs), targets=units, metadata=metadata
        )
    return log_packed(run, study.packing, estimator, facts, name=name, targets=units, metadata=metadata)


def example(task: Task) -> Mapping[str, Any]:
    """Inputs of one sample, from the test part."""
    return task.source.inputs(task.parts.test[:1])


def save_result(folder: Path, result: Result) -> None:
    """Write estimator, history and example into ``folder``."""
    result.estimator.save(folder)
    history = pd.DataFrame(result.history).rename_axis("epoch").reset_index()
    history["epoch"] += 1
    history.to_csv(folder / HISTORY_FILE, index=False)
    arrays: dict[str, Any] = dict(result.example)
    np.savez(folder / EXAMPLE_FILE, **arrays)
    if result.predictor is not None:
        write_json(folder / FACTS_FILE, dict(result.predictor))


def _read(study: Study[Any], folder: Path, record: RunRecord) -> Result:
    estimator = Estimator.load(folder)
    for name in (HISTORY_FILE, EXAMPLE_FILE):
        check_exists(folder / name)
    try:
        file = folder / HISTORY_FILE
        table = pd.read_csv(file, index_col="epoch", float_precision="round_trip").astype(float)
        if len(table) != record.training.epochs or not file.read_text().endswith("\n"):
            raise ValueError("cut short")  # noqa: TRY301
        history = {str(name): table[name].tolist() for name in ("loss", "val_loss", *table)}
        file = folder / EXAMPLE_FILE
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            inputs = {name: arrays[name] for name in estimator.input_shapes}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise DataFileError(f"{file}: missing or damaged ({error})") from None
    facts = read_facts(folder) if study.packing else None
    return Result(estimator, history, inputs, record.training, facts)
