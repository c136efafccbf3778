"""Errors of estimates beside those of the mean; names, units and thresholds come from the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

Float = NDArray[np.float64]
Verdict = Literal["informative", "little", "no more than the mean"]

QUANTILES = (50, 75, 90, 95, 99)
"""Percent of the samples whose largest absolute error is reported."""

NO_SKILL, LITTLE_SKILL = 0.05, 0.30
"""Skill below which a network knows no more than the mean, and below which it knows little."""


def target_metrics(
    true: ArrayLike, estimate: ArrayLike, baseline: ArrayLike, thresholds: Sequence[float]
) -> dict[str, Any]:
    """Errors of one target, all in the target's own unit.

    Parameters
    ----------
    true, estimate : array_like, shape (n,)
        True values, not all equal, and the network's estimates.
    baseline : array_like, shape (n,) or scalar
        What is given without looking at the input: the mean of the training targets.
    thresholds : sequence of float
        Absolute errors for which the share of samples within is wanted.

    Returns
    -------
    dict
        ``mae``, ``rmse``, ``median_ae``, ``baseline_mae``, ``baseline_rmse``,
        ``skill`` (1 - rmse / baseline_rmse), ``r2`` (about the mean of ``true``),
        ``quantiles`` (percent of samples, as text, to the absolute error that they do not exceed),
        ``within`` and ``baseline_within`` (threshold as text to a share in 0..1).

    Raises
    ------
    InvalidInputError
        If a value is not finite, shapes differ, a threshold is not positive, or the true values do not vary.
    """
    truth = _finite("true", true)
    if truth.ndim != 1 or len(truth) < 2 or np.ptp(truth) == 0.0:
        raise InvalidInputError("true", f"array of shape {truth.shape}", "one axis of two or more differing values")
    if any(not (np.isfinite(t) and t > 0) for t in thresholds):
        raise InvalidInputError("thresholds", list(thresholds), "positive")
    guess = _finite("baseline", baseline)
    error = _same_shape("estimate", _finite("estimate", estimate), truth) - truth
    blind = _same_shape("baseline", np.full_like(truth, guess) if guess.ndim == 0 else guess, truth) - truth
    rmse, blind_rmse = _rms(error), _rms(blind)
    if blind_rmse == 0.0:
        raise InvalidInputError("baseline", "equal to the true values", "an estimate that errs")
    return {
        "mae": float(np.abs(error).mean()),
        "rmse": rmse,
        "median_ae": float(np.median(np.abs(error))),
        "baseline_mae": float(np.abs(blind).mean()),
        "baseline_rmse": blind_rmse,
        "skill": 1.0 - rmse / blind_rmse,
        "r2": 1.0 - rmse**2 / float(truth.var()),
        "quantiles": {
            str(percent): float(value)
            for percent, value in zip(QUANTILES, np.percentile(np.abs(error), QUANTILES), strict=True)
        },
        "within": _shares(error, thresholds),
        "baseline_within": _shares(blind, thresholds),
    }


def verdict(metrics: Mapping[str, Any]) -> Verdict:
    """Say in words whether a network learned a target, judged by its ``skill`` (1 - rmse / baseline_rmse).

    Skill below 0.05: ``no more than the mean``; below 0.30: ``little``; otherwise ``informative``.

    Raises
    ------
    InvalidInputError
        If the skill is not finite.
    """
    skill = float(_finite("skill", metrics["skill"]))
    if skill < NO_SKILL:
        return "no more than the mean"
    return "little" if skill < LITTLE_SKILL else "informative"


def parameter_sse(true_norm: ArrayLike, est_norm: ArrayLike, columns: Sequence[int] | None = None) -> Float:
    """Sum of squared errors of each sample over its (normalised) targets.

    Parameters
    ----------
    true_norm, est_norm : array_like, shape (n, targets)
        Normalised targets, so that those of different units may be added.
    columns : sequence of int, optional
        Only these targets (for example the two of a pair); all by default.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    InvalidInputError
        If a value is not finite or shapes differ.
    """
    truth = _finite("true_norm", true_norm)
    if truth.ndim != 2:
        raise InvalidInputError("true_norm", f"array of shape {truth.shape}", "of two axes (samples, targets)")
    error = _same_shape("est_norm", _finite("est_norm", est_norm), truth) - truth
    chosen = error if columns is None else error[:, list(columns)]
    return np.asarray(np.sum(chosen**2, axis=1), dtype=np.float64)


def mean_relative_rmse(true: ArrayLike, estimate: ArrayLike, mean: ArrayLike) -> float:
    """Mean over the targets of RMSE / RMSE of a constant: one number for all targets, 1 for knowing nothing.

    Parameters
    ----------
    true, estimate : array_like, shape (n, targets)
    mean : array_like, shape (targets,)
        The constant, the mean of the training targets.

    Raises
    ------
    InvalidInputError
        If a value is not finite, or the targets do not vary.
    """
    pairs = zip(np.asarray(true).T, np.asarray(estimate).T, np.asarray(mean), strict=True)
    found = [target_metrics(*columns, ()) for columns in pairs]
    return float(np.mean([metrics["rmse"] / metrics["baseline_rmse"] for metrics in found]))


def sorted_errors(errors: ArrayLike) -> tuple[Float, Float]:
    """Absolute errors in rising order, with the percent of samples that err no more.

    Returns
    -------
    percent, sorted : ndarray, shape (n,)
        ``percent`` ends at 100.

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


def _shares(error: Float, thresholds: Sequence[float]) -> dict[str, float]:
    return {threshold_key(t): float(np.mean(np.abs(error) <= t)) for t in thresholds}


def _rms(error: Float) -> float:
    return float(np.sqrt(np.mean(error**2)))


def _finite(field: str, values: ArrayLike) -> Float:
    array = np.asarray(values, dtype=np.float64)
    bad = int(np.count_nonzero(~np.isfinite(array)))
    if bad:
        raise InvalidInputError(field, f"{bad} of {array.size} values not finite", "finite (no NaN, no infinity)")
    return array


def _same_shape(field: str, array: Float, like: Float) -> Float:
    if array.shape != like.shape:
        raise InvalidInputError(field, f"array of shape {array.shape}", f"of shape {like.shape}, as the true values")
    return array
