"""Errors of estimates beside those of the training-mean baseline; names, units and thresholds come from the caller."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Targets

Float = NDArray[np.float64]
Verdict = Literal["informative", "little skill", "no skill", "constant"]

QUANTILES = (50, 75, 90, 95, 99)
"""Percent of the samples whose largest absolute error is reported."""

NO_SKILL, LITTLE_SKILL = 0.05, 0.30
"""Skill below which a model does not beat the training-mean baseline, and below which it barely does."""


def target_metrics(
    true: ArrayLike, estimate: ArrayLike, baseline: ArrayLike, thresholds: Sequence[float]
) -> dict[str, Any]:
    """Errors of one target, all in the target's own unit.

    The error of a sample is the absolute error; of a vector target, the mean of the absolute errors along its axis.

    Parameters
    ----------
    true, estimate : array_like, shape (n,) or (n, k)
        True values of two or more samples, and the model's estimates; ``k`` values each of a vector target.
    baseline : array_like, scalar, shape (k,) or that of ``true``
        What is given without looking at the input: the mean of the training targets.
    thresholds : sequence of float
        Errors for which the share of samples within is wanted.

    Returns
    -------
    dict
        ``mae``, ``rmse`` (over samples and axis), ``median_ae``, ``baseline_mae``, ``baseline_rmse``,
        ``skill`` (1 - rmse / baseline_rmse), ``r2`` (about the mean of ``true`` at each place of the axis), ``nrmse``
        (rmse in standard deviations of ``true``, so that r2 = 1 - nrmse**2),
        ``quantiles`` (percent of samples, as text, to the error that they do not exceed),
        ``within`` and ``baseline_within`` (threshold as text to a share in 0..1).
        ``skill``, ``r2`` and ``nrmse`` are None if the true values do not vary from sample to sample.

    Raises
    ------
    InvalidInputError
        If a value is not finite, shapes differ, a threshold is not positive, or the baseline is the truth itself.

    Examples
    --------
    >>> found = target_metrics([1.0, 2.0, 3.0, 4.0], [1.0, 2.5, 3.0, 3.0], 2.5, [0.5])
    >>> found["mae"], found["baseline_mae"], found["within"]
    (0.375, 1.0, {'0.5': 0.75})
    """
    truth = _finite("true", true)
    if truth.ndim not in (1, 2) or len(truth) < 2 or not truth.size:
        raise InvalidInputError("true", f"array of shape {truth.shape}", "one or two axes, the first of two or more")
    if any(not (np.isfinite(t) and t > 0) for t in thresholds):
        raise InvalidInputError("thresholds", list(thresholds), "positive")
    guess = _finite("baseline", baseline)
    error = _finite("estimate", estimate, truth) - truth
    if guess.shape in ((), truth.shape[1:]):
        guess = np.broadcast_to(guess, truth.shape)
    blind = _finite("baseline", guess, truth) - truth
    rmse, blind_rmse, varies = _rms(error), _rms(blind), _varies(truth)
    spread = float(np.sqrt(truth.var(axis=0).mean()))
    if varies and blind_rmse == 0.0:
        raise InvalidInputError("baseline", "equal to the true values", "an estimate that errs")
    of_sample, blind_of_sample = _of_samples(error), _of_samples(blind)
    return {
        "mae": float(of_sample.mean()),
        "rmse": rmse,
        "median_ae": float(np.median(of_sample)),
        "baseline_mae": float(blind_of_sample.mean()),
        "baseline_rmse": blind_rmse,
        "skill": 1.0 - rmse / blind_rmse if varies else None,
        "r2": 1.0 - (rmse / spread) ** 2 if varies else None,
        "nrmse": rmse / spread if varies else None,
        "quantiles": {str(percent): float(np.percentile(of_sample, percent)) for percent in QUANTILES},
        "within": _shares(of_sample, thresholds),
        "baseline_within": _shares(blind_of_sample, thresholds),
    }


def verdict(metrics: Mapping[str, Any]) -> Verdict:
    """Judge by its ``skill`` (1 - rmse / baseline_rmse) what a model has learned of a target.

    Skill below 0.05: ``no skill``; below 0.30: ``little skill``; otherwise ``informative``; no skill given, because
    the target does not vary: ``constant``.

    Raises
    ------
    InvalidInputError
        If the skill is not finite.
    """
    if metrics["skill"] is None:
        return "constant"
    skill = float(_finite("skill", metrics["skill"]))
    if skill < NO_SKILL:
        return "no skill"
    return "little skill" if skill < LITTLE_SKILL else "informative"


def sample_errors(true: ArrayLike, estimate: ArrayLike) -> Float:
    """Absolute error of each sample, shape (n,); of a vector target, shape (n, k), the mean along its axis.

    Raises
    ------
    InvalidInputError
        If a value is not finite or shapes differ.
    """
    truth = _finite("true", true)
    return _of_samples(_finite("estimate", estimate, truth) - truth)


def target_sse(
    targets: Targets, true_scaled: ArrayLike, estimate_scaled: ArrayLike, names: Sequence[str] | None = None
) -> Float:
    """Sum of squared errors of each sample, shape (n,), over its targets, of a vector target the mean along its axis.

    Both arrays are of shape (n, targets.width), scaled so that targets of different units may be added; ``names`` picks
    some targets (for example the two of a pair).

    Raises
    ------
    InvalidInputError
        If a value is not finite or shapes differ.
    """
    truth = _table("true_scaled", true_scaled, targets)
    square = (_finite("estimate_scaled", estimate_scaled, truth) - truth) ** 2
    chosen = targets.names if names is None else names
    terms = [square[:, targets.columns(name)].mean(axis=1) for name in chosen]
    return np.asarray(np.sum(terms, axis=0), dtype=np.float64)


def mean_relative_rmse(true: ArrayLike, estimate: ArrayLike, mean: ArrayLike, targets: Targets) -> float:
    """Mean over the targets of RMSE / RMSE of a constant: one number for all targets, 1 for no skill at all.

    Estimates and truth are of shape (n, targets.width); the constant, the mean of the training targets, is of shape
    (targets.width,).  Each target counts once, a vector as well as a number; one that does not vary in ``true`` is left
    out, and if none varies the mean is NaN.

    Raises
    ------
    InvalidInputError
        If a value is not finite or shapes differ.
    """
    truth = _table("true", true, targets)
    guess = _finite("estimate", estimate, truth)
    blind = np.broadcast_to(_finite("mean", mean, truth[0]), truth.shape)
    ratios = []
    for name in targets.names:
        columns = targets.columns(name)
        if _varies(truth[:, columns]):
            ratios.append(_rms((guess - truth)[:, columns]) / _rms((blind - truth)[:, columns]))
    return float(np.mean(ratios)) if ratios else float("nan")


def sorted_errors(errors: ArrayLike) -> tuple[Float, Float]:
    """Percent of samples that err no more (it ends at 100), and the absolute errors in rising order, shape (n,).

    Raises
    ------
    InvalidInputError
        If a value is not finite or there is none.
    """
    values = np.sort(np.abs(_finite("errors", errors)).ravel())
    if not len(values):
        raise InvalidInputError("errors", "(empty)", "one value or more")
    return 100.0 * np.arange(1, len(values) + 1) / len(values), values


def threshold_key(threshold: float) -> str:
    """Text that names a threshold in ``within``: 0.02 -> "0.02", 10000.0 -> "10000"."""
    return f"{threshold:.10g}"


def _varies(truth: Float) -> bool:
    return bool(np.ptp(truth, axis=0).max() > 0.0)


def _of_samples(error: Float) -> Float:
    return np.asarray(np.abs(error).mean(axis=tuple(range(1, error.ndim))), dtype=np.float64)


def _shares(error: Float, thresholds: Sequence[float]) -> dict[str, float]:
    return {threshold_key(t): float(np.mean(error <= t)) for t in thresholds}


def _rms(error: Float) -> float:
    return float(np.sqrt(np.mean(error**2)))


def _finite(field: str, values: ArrayLike, like: Float | None = None) -> Float:
    """Finite values, of the shape of the true values ``like`` if these are given."""
    array = np.asarray(values, dtype=np.float64)
    bad = int(np.count_nonzero(~np.isfinite(array)))
    if bad:
        raise InvalidInputError(field, f"{bad} of {array.size} values not finite", "finite (no NaN, no infinity)")
    if like is not None and array.shape != like.shape:
        raise InvalidInputError(field, f"array of shape {array.shape}", f"of shape {like.shape}, as the true values")
    return array


def _table(field: str, values: ArrayLike, targets: Targets) -> Float:
    array = _finite(field, values)
    if array.ndim != 2 or array.shape[1] != targets.width:
        allowed = f"of two axes (samples, {targets.width} target columns)"
        raise InvalidInputError(field, f"array of shape {array.shape}", allowed)
    return array
