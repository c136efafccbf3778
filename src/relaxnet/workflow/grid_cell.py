"""One training of a grid: trained and tested by its recipe, in any process, and named by all it depends on."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from relaxnet.core.errors import ExecutionError
from relaxnet.core.fingerprint import code_fingerprint
from relaxnet.datasets.source import in_blocks
from relaxnet.evaluation.metrics import mean_relative_rmse, target_metrics
from relaxnet.search.space import settings
from relaxnet.training.estimator import Estimator

from .fit import Task, fit, recipe_identity, result_code, start_folder
from .heldout import chosen_by
from .measure import measure_set
from .params import ModelConfig, StudyParams
from .project import Project
from .recipe import Recipe, changed
from .score import relative_rmse
from .search import evaluation_fingerprint
from .study import Study

OWN_COLUMNS = ("n_parameters", "seconds", "epochs", "validation.relative_rmse", "relative_rmse")
SET_ERRORS = ("mae", "baseline_mae")


@dataclass(frozen=True)
class Outcome:
    """What a training gives: one flat row of metrics, its course, and its last checkpoint."""

    row: dict[str, Any]
    history: dict[str, list[float]]
    checkpoint: Path | None


@dataclass(frozen=True)
class Cell:
    """One training of the grid, to be done by calling it in any process."""

    study: Study[Any]
    project: Project
    params: StudyParams
    values: dict[str, Any]
    recipe: Recipe
    data_hash: str
    tuning_hash: str
    code: str

    def __call__(self) -> Outcome:
        """Train and test, by the code of this fingerprint only."""
        if cell_code(self.study, self.recipe) != self.code:
            raise ExecutionError("the code changed during the grid; finished trainings are kept, run again")
        study, params = self.study, self.params
        task = Task.prepare(study, self.project, params, self.recipe, self.data_hash)
        estimator, trained = fit(study, task, self.project.workspace, checkpoint=self.project.checkpoints)
        test = study.kept(task.source, task.parts.test, params)
        true, estimate = task.source.targets[test], in_blocks(estimator.estimate, task.source, test)
        held = chosen_by(study, self.project, self.recipe.model, task.source, task.parts)
        row: dict[str, Any] = {
            "n_parameters": trained.n_parameters,
            "seconds": round(trained.seconds, 1),
            "epochs": len(trained.history["loss"]),
            "validation.relative_rmse": relative_rmse(study, params, estimator, held),
            "relative_rmse": mean_relative_rmse(true, estimate, estimator.train_mean, task.targets),
        }
        mean = np.broadcast_to(estimator.train_mean, true.shape)
        for target in task.targets.items:
            values = [task.targets.values(target.name, array) for array in (true, estimate, mean)]
            found = target_metrics(values[0], values[1], values[2], target.thresholds)
            row |= {f"{target.name}.{key}": found[key] for key in ("mae", "skill")}
            row |= {f"{target.name}.within_{key}": share for key, share in found["within"].items()}
        row |= errors_on_test_sets(study, self.project, params, self.recipe.model, estimator)
        return Outcome(row, trained.history, trained.checkpoint)

    def fingerprint(self) -> str:
        """Name of all that the outcome depends on."""
        content = [
            recipe_identity(self.study, self.recipe, start_folder(self.project, self.params, self.recipe)),
            self.recipe.config.model_dump(mode="json"),
            self.params.split.model_dump(mode="json"),
            evaluation_fingerprint(self.study, self.params),
            self.data_hash,
            self.tuning_hash,
            self.code,
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:20]


def cell_code(study: Study[Any], recipe: Recipe) -> str:
    """Fingerprint of all code that an outcome depends on."""
    used = [target_metrics, relative_rmse, changed, settings, measure_set, *([study.tests.sets] if study.tests else [])]
    others = tuple(function.__module__ for function in used)
    return f"{result_code(study, recipe.model.architecture)}-{code_fingerprint(*others, alone=(__name__,))}"


def errors_on_test_sets(
    study: Study[Any], project: Project, params: StudyParams, model: ModelConfig, estimator: Estimator
) -> dict[str, float]:
    """Errors of any estimator on a model's foremost test sets by column, none where the study has no test sets."""
    row: dict[str, float] = {}
    if study.tests is None:
        return row
    sets = study.tests.sets(study.tests.folder(project, model))
    for name in study.tests.headline:
        source = sets[name].open(estimator.layout)
        found, _ = measure_set(study, params, estimator, source, sets[name].samples(source))
        for target, errors in found["targets"].items():
            row |= {f"{name}.{target}.{key}": errors[key] for key in SET_ERRORS}
            row |= {f"{name}.{target}.within_{key}": share for key, share in errors["within"].items()}
    return row


def foremost_sets(study: Study[Any]) -> tuple[str, ...]:
    """Test sets whose errors a row has: none where a study has no others than the test part of a model's data."""
    return study.tests.headline if study.tests else ()


def columns(study: Study[Any], recipe: Recipe) -> list[str]:
    """Numbers that each row has, beside shares within thresholds."""
    names = study.targets(recipe.model).names
    own = [*OWN_COLUMNS, *(f"{target}.{key}" for target in names for key in ("mae", "skill"))]
    return own + [f"{held}.{target}.{key}" for held in foremost_sets(study) for target in names for key in SET_ERRORS]
