"""One trial of a search: a training, and its score on the tuning set after every epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError, TrainingError
from relaxnet.datasets.source import in_blocks
from relaxnet.evaluation.metrics import mean_relative_rmse, target_metrics

from .fit import Task, fit
from .heldout import chosen_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from relaxnet.datasets.targets import Scaling
    from relaxnet.models.blocks.network import Network

    from .params import StudyParams
    from .project import Project
    from .recipe import Recipe
    from .study import Study

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """How good a network is on the tuning set.

    Attributes
    ----------
    relative_rmse : float
        Mean over the targets of RMSE / RMSE of the training mean; it knows nothing of the weights of the loss.
    mae : mapping of str to float
        Mean absolute error of each target, in its unit.
    """

    relative_rmse: float
    mae: Mapping[str, float]


class Tuning:
    """The tuning set of a task, all of it: its samples as the networks of the task read them.

    They are laid out once; a score then takes one pass of the body, without its noise and its dropout.
    """

    def __init__(self, study: Study[Any], project: Project, params: StudyParams, task: Task) -> None:
        held = chosen_by(study, project, task.recipe.model, task.source, task.parts)
        self._source = held.open(task.source.layout)
        self._index = study.kept(self._source, held.samples(self._source), params)
        self._targets, training = task.targets, task.source.targets[task.parts.train]
        self._scaling: Scaling = self._targets.scaling(training)
        self._true, self._mean = self._source.targets[self._index], training.mean(axis=0)
        self._views: list[Any] = []

    def score(self, network: Network) -> Score:
        """Score a network as it is now; a `TrainingError` if its estimates are not finite."""
        if not self._views:
            blocks = range(0, len(self._index), 1024)
            parts = [network.views(self._source.inputs(self._index[start : start + 1024])) for start in blocks]
            self._views = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
        scaled = np.concatenate(
            [
                np.asarray(network.body([view[start : start + 512] for view in self._views], training=False))
                for start in range(0, len(self._index), 512)
            ]
        )
        width = self._targets.width
        return self._judged(scaled[:, :width].astype(np.float64) * self._scaling.scale + self._scaling.offset)

    def judge(self, estimate: Callable[[dict[str, Any]], Float]) -> Score:
        """Score a function from inputs to estimates in physical units."""
        return self._judged(in_blocks(estimate, self._source, self._index))

    def _judged(self, estimate: Float) -> Score:
        if not np.isfinite(estimate).all():
            raise TrainingError("estimates of the tuning set are not finite")
        relative = mean_relative_rmse(self._true, estimate, self._mean, self._targets)
        mean = np.broadcast_to(self._mean, self._true.shape)
        errors = {}
        for target in self._targets.items:
            true, found, blind = (self._targets.values(target.name, values) for values in (self._true, estimate, mean))
            errors[target.name] = target_metrics(true, found, blind, target.thresholds)["mae"]
        return Score(relative, errors)


@dataclass(frozen=True)
class TrialOutcome:
    """What came out of a trial: its score, its course by epoch, and how long the training took in seconds."""

    score: Score
    history: Mapping[str, list[float]]
    seconds: float
    n_parameters: int


def run_trial(
    study: Study[Any],
    project: Project,
    params: StudyParams,
    recipe: Recipe,
    data_hash: str,
    on_epoch: Callable[[int, Mapping[str, float], Score], None],
) -> TrialOutcome:
    """Train a recipe, and tell its score after every epoch.

    Raises
    ------
    TrainingError
        If the training cannot go on, or the sizes do not fit the data.
    """
    try:
        task = Task.prepare(study, project, params, recipe, data_hash)
        tuning, scores = Tuning(study, project, params, task), list[Score]()

        def watch(network: Network, epoch: int, logs: Mapping[str, float]) -> None:
            scores.append(tuning.score(network))
            on_epoch(epoch, logs, scores[-1])

        estimator, trained = fit(study, task, project.workspace, watch=watch)
    except InvalidInputError as error:
        raise TrainingError(str(error)) from None
    final = scores[-1] if scores else tuning.judge(estimator.estimate)  # one that is solved has no epochs
    return TrialOutcome(final, trained.history, trained.seconds, trained.n_parameters)
