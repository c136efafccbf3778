"""Statements of the report on how its models compare, each with the rule by which it is judged.

Models are compared by the mean of the report's accuracy over the test molecules.  Models that were trained for unequal
numbers of epochs decide nothing, nor does a model that errs as much as the mean of the training spectra does.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from relaxnet.reporting.records import MetricsRecord
from relaxnet.reporting.references import Claim, Finding

Models = Mapping[str, MetricsRecord]
ALIKE = 0.01
"""Difference of accuracies that counts as none: of the report's four alike losses it is 0.001."""

QUADRATIC = ("rmse", "smooth", "logcosh", "cosine")
_LEARNED = 0.3  # skill, below which a model has hardly learned anything


def _judge(models: Models, names: Sequence[str], column: str, holds: Callable[[list[float]], bool]) -> Finding:
    """Whether the values of a column, in the order of the names, are as they are said to be."""
    missing = [name for name in names if name not in models or models[name].means.get(column) is None]
    if missing:
        return Finding(None, f"without {column.replace('_', ' ')} of model {missing[0]}")
    values = [models[name].means[column] or 0.0 for name in names]
    epochs = {models[name].training.epochs for name in names}
    shown = ", ".join(f"{name} {value:.3f}" for name, value in zip(names, values, strict=True))
    length = f"{', '.join(map(str, sorted(epochs)))} epoch{'' if epochs == {1} else 's'}"
    text = f"{column.replace('_', ' ')}: {shown} ({length})"
    untaught = any((_skill(models[name]) or 0.0) < _LEARNED for name in names if name not in ("cosine", "pearson"))
    return Finding(None if len(epochs) > 1 or untaught else holds(values), text)


def _skill(model: MetricsRecord) -> float | None:
    return next(iter(model.targets.values())).skill


def _alike(values: Sequence[float]) -> bool:
    return max(values) - min(values) <= ALIKE


def _falling(values: Sequence[float]) -> bool:
    return all(first > second + ALIKE for first, second in pairwise(values))


CLAIMS = (
    Claim(
        "RMSE, smooth L1, log-cosh and 1 - cosine are equally accurate.", "Table 2, Section 4",
        lambda m: _judge(m, QUADRATIC, "accuracy_normalised", _alike),
    ),
    Claim(
        "Pearson is less accurate than the others.", "Table 2",
        lambda m: _judge(m, ("rmse", "pearson"), "accuracy_normalised", _falling),
    ),
    Claim(
        "Pearson is less accurate even where shift and scale are put right.", "not in the report",
        lambda m: _judge(m, ("rmse", "pearson"), "accuracy_centred", _falling),
    ),
    Claim(
        "The narrower the lines, the less accurate.", "Table 3",
        lambda m: _judge(m, ("rmse", "sigma-300", "sigma-100"), "accuracy", _falling),
    ),
    Claim(
        "The number of points makes no difference.", "Table 4",
        lambda m: _judge(m, ("sigma-100", "points-500", "points-700"), "accuracy", _alike),
    ),
    Claim(
        "Negative intensities are common, whatever the loss.", "Table 5",
        lambda m: _judge(m, (*QUADRATIC, "pearson"), "negative_share", lambda shares: min(shares) > 0.1),
    ),
)  # fmt: skip
