"""One number for a model: what searches and the registry go by."""

from relaxnet.datasets.source import Index, Source, in_blocks
from relaxnet.evaluation.metrics import mean_relative_rmse
from relaxnet.training.estimator import Estimator


def relative_rmse(estimator: Estimator, source: Source, index: Index) -> float:
    """Mean over the targets of RMSE / RMSE of the training mean, for the samples ``index``: 1 for knowing nothing."""
    estimate = in_blocks(estimator.estimate, source, index)
    return mean_relative_rmse(source.targets[index], estimate, estimator.train_mean, estimator.targets)
