"""One number for a model: what searches and the registry go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relaxnet.datasets.source import in_blocks
from relaxnet.evaluation.metrics import mean_relative_rmse
from relaxnet.training.estimator import Estimator

if TYPE_CHECKING:
    from .heldout import HeldOut
    from .params import StudyParams
    from .study import Study


def relative_rmse(study: Study[Any], params: StudyParams, estimator: Estimator, held: HeldOut) -> float:
    """Mean over the targets of RMSE / RMSE of the training mean, on the samples held out: 1 for knowing nothing.

    Samples that the evaluation leaves out do not count here either.
    """
    source = held.open(estimator.layout)
    index = study.kept(source, held.samples(source), params)
    estimate = in_blocks(estimator.estimate, source, index)
    return mean_relative_rmse(source.targets[index], estimate, estimator.train_mean, estimator.targets)
