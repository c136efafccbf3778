"""A grid of trainings: every combination of some settings, trained and tested once, on equal terms.

Each training is a task of its own, done in one of several worker processes; what is finished is kept, so that an
interrupted grid goes on where it stopped.
"""

import shutil
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from relaxnet.core.backend import load_keras
from relaxnet.core.errors import DataFileError, InvalidInputError, within
from relaxnet.core.executors import LocalProcesses
from relaxnet.core.files import read_json, write_json
from relaxnet.datasets.targets import Targets
from relaxnet.reporting.grid import write_grid
from relaxnet.reporting.grid_errors import write_errors
from relaxnet.search.space import cells, settings
from relaxnet.tracking.tracker import Scalar, Tracker
from relaxnet.training.estimator import METADATA_FILE, Estimator

from .evaluate import check_facts
from .experiment import open_experiment, run_params
from .fit import checked_loss, start_folder
from .grid_cell import Cell, Outcome, cell_code, columns, errors_on_test_sets, foremost_sets
from .grid_config import GridConfig, read_grids
from .params import ModelConfig, StudyParams
from .project import Project
from .recipe import Recipe, changed, check_space, recipe, with_config
from .records import made_by
from .study import Study, training_stage
from .train import check_models
from .validate import ensure_tests_validated, ensure_validated

THREADS = 1  # small networks train faster side by side, on one core each, than one after the other on all of them
TRAININGS_A_PROCESS = 12  # TensorFlow keeps some 50 MB of each training until its process ends


def grid(study: Study[Any], project: Project, params: StudyParams, config: GridConfig, name: str) -> pd.DataFrame:
    """Do all trainings that are not done yet, each a child run in MLflow, and return one row a training.

    Returns
    -------
    DataFrame
        A column for each parameter of the space, ``n_parameters, seconds, epochs, validation.relative_rmse`` (to choose
        by) and, of the evaluated test samples (to report), ``relative_rmse`` and, for each target, ``<target>.mae``,
        ``<target>.skill`` and ``<target>.within_<threshold>``; of each of the study's foremost test sets ``<set>.`` and
        a target's ``mae``, ``baseline_mae`` (of the training mean) and ``within_<threshold>``.

    Raises
    ------
    DataFileError, InvalidInputError, ValidationFailedError
        Before any training.
    ExecutionError
        If a worker process dies, or the code changes meanwhile; finished trainings are kept.
    """
    planned = plan(study, project, params, config, name)
    kept = project.workspace / "grid"
    files = [kept / f"{cell.fingerprint()}.json" for cell in planned]
    names = columns(study, recipe(params, config.model))
    rows = {file: row for file in files if (row := _kept_row(file, names)) is not None}
    missing = {id(cell): file for cell, file in zip(planned, files, strict=True) if file not in rows}
    opened = open_experiment(study, project, params)
    pool = LocalProcesses(
        config.processes,
        environment={"TQDM_DISABLE": "1"},  # one bar, of the grid
        initializer=partial(load_keras, THREADS),
        tasks_per_process=TRAININGS_A_PROCESS,
        kept="finished trainings are kept, run again to go on",
    )
    bar = tqdm(total=len(files), initial=len(files) - len(missing), desc=name, unit="training")
    with bar, opened as tracker:
        if missing:
            shared: dict[str, Scalar] = {"trainings": len(missing), "profile": params.profile}
            with tracker.run(name, params=shared, tags={"kind": "grid"}) as parent:
                for cell, outcome in pool.run([cell for cell in planned if id(cell) in missing]):
                    _log(tracker, parent.run_id, cell, outcome)
                    write_json(missing[id(cell)], outcome.row)
                    rows[missing[id(cell)]] = outcome.row
                    if outcome.checkpoint:
                        shutil.rmtree(outcome.checkpoint, ignore_errors=True)
                    bar.update()
                    bar.set_postfix_str(cell.recipe.name, refresh=False)
    found = zip(planned, files, strict=True)
    return pd.DataFrame([{**config.shown(cell.values), **rows[file]} for cell, file in found])


def run_grid(study: Study[Any], project: Project, params: StudyParams, name: str) -> None:
    """Stage *grid*: one of ``pipelines/<study>/grids/params.yaml`` into ``reports/<study>/grids/<name>``.

    Raises
    ------
    InvalidInputError
        For an unknown name, and as `grid`.
    """
    grids = read_grids(project)
    if name not in grids:
        raise InvalidInputError("grid", name, f"one of {', '.join(grids)} of {project.grids}")
    config = grids[name]
    rows = grid(study, project, params, config, name)
    targets = study.targets(params.model(config.model))
    folder, axes = project.reports / "grids" / name, list(config.space)
    write_grid(rows, axes, targets, folder, config.measures)
    if study.tests:
        heads = {found.name: found.head for found in study.report.evidence}
        sets = {found: heads.get(found, found) for found in foremost_sets(study)}
        references = {found: _reference(study, project, params, config, found) for found in config.references}
        write_errors(rows, axes, study.report.ordered(targets), sets, folder, references)


def _reference(
    study: Study[Any], project: Project, params: StudyParams, config: GridConfig, name: str
) -> dict[str, float]:
    """Errors of a trained model on the test sets of the grid's own model, by the columns of a row."""
    with made_by(project, *training_stage(study, name)):
        estimator = Estimator.load(project.models / name, params.model(name).architecture)
    model = params.model(config.model)
    if study.tests:
        sets = study.tests.sets(study.tests.folder(project, model))
        for held in (sets[key] for key in foremost_sets(study)):
            check_facts(estimator, held.open(estimator.layout), held.folder, name)
    return errors_on_test_sets(study, project, params, model, estimator)


def plan(study: Study[Any], project: Project, params: StudyParams, config: GridConfig, name: str) -> list[Cell]:
    """All trainings of a grid, checked before any is done; ``name`` begins the fields of the errors."""
    check_models(study, params)
    base = changed_recipe(study, params, config, name)
    with within(name):
        combinations = cells(config.space)
    if "seed" in config.space:  # seed by seed
        order = config.space["seed"].choices or ()
        combinations.sort(key=lambda values: order.index(values["seed"]))
    recipes = [
        changed(base, params, settings(config.space, values), _label(config.shown(values)), f"{name}.space")
        for values in combinations
    ]
    hashes: dict[str, tuple[str, str]] = {}
    for found in recipes:
        with within(f"{name}.space"):
            checked_loss(study, found)
        start = start_folder(project, params, found)
        if start and not (start / METADATA_FILE).exists():
            raise DataFileError(f"{start}: no trained model to start from")
        subset = found.model.subset
        if subset not in hashes:
            hashes[subset] = ensure_validated(project, subset), ensure_tests_validated(study, project, found.model)
    return [
        Cell(study, project, params, values, found, *hashes[found.model.subset], cell_code(study, found))
        for values, found in zip(combinations, recipes, strict=True)
    ]


def changed_recipe(study: Study[Any], params: StudyParams, config: GridConfig, name: str) -> Recipe:
    """Recipe that the grid called ``name`` changes; its choices and measures are checked."""
    if config.model not in params.models:
        raise InvalidInputError(f"{name}.model", config.model, f"one of {', '.join(params.models)}")
    base = with_config(recipe(params, config.model), epochs=config.epochs, threads=THREADS)
    with within(name):
        _check_measures(study.targets(base.model), config)
        _check_references(params, config)
    check_space(base, params, config.space, f"{name}.space", partial(checked_loss, study))
    return base


def _check_measures(targets: Targets, config: GridConfig) -> None:
    for number, (name, threshold) in enumerate(config.measures or ()):
        possible = {target.name: target.thresholds for target in targets.items}
        if name not in possible:
            raise InvalidInputError(f"measures.{number}.0", name, f"one of {', '.join(possible)}")
        if threshold not in possible[name]:
            listed = ", ".join(f"{value:g}" for value in possible[name])
            raise InvalidInputError(f"measures.{number}.1", threshold, f"a threshold of {name}: {listed}")


def _check_references(params: StudyParams, config: GridConfig) -> None:
    for number, name in enumerate(config.references):
        if name not in params.models:
            raise InvalidInputError(f"references.{number}", name, f"one of {', '.join(params.models)}")
    if config.references and any("subset" in parameter.paths(name) for name, parameter in config.space.items()):
        raise InvalidInputError("references", list(config.references), "absent where the subset varies")


def _kept_row(file: Path, names: Sequence[str]) -> dict[str, Any] | None:
    """Row of a training that is done, with numbers of these names; None, with a line, where the file is damaged."""
    if not file.exists():
        return None
    try:
        row = read_json(file)
        if isinstance(row, dict) and all(isinstance(row.get(name, ""), int | float | None) for name in names):
            return row
        reason = "not the row of a training"
    except DataFileError as error:
        reason = str(error).removeprefix(f"{file}: ")
    print(f"relaxnet: {file}: damaged ({reason}), trained again", file=sys.stderr)
    return None


def _label(values: Mapping[str, Any]) -> str:
    """For people: progress and runs."""
    names = [str(value) for key, value in values.items() if key in ModelConfig.model_fields]
    return " ".join(names + [f"{key}={value}" for key, value in values.items() if key not in ModelConfig.model_fields])


def _log(tracker: Tracker, parent_run_id: str, cell: Cell, outcome: Outcome) -> None:
    params = run_params(cell.study, cell.params, cell.recipe)
    seconds, tags = float(outcome.row["seconds"] or 0.0), {"kind": "cell"}
    with tracker.run(
        cell.recipe.name, params=params, tags=tags, parent_run_id=parent_run_id, seconds_ago=seconds
    ) as run:
        run.lasted(seconds)
        run.log_history(outcome.history)
        row = {key: value for key, value in outcome.row.items() if value is not None}  # the skill of a constant target
        own = {"training_seconds": row.pop("seconds"), "epochs": row.pop("epochs")}
        own |= {key: row.pop(key) for key in ("n_parameters", "validation.relative_rmse")}
        run.log_metrics(own | {f"test.{key}": value for key, value in row.items()})
