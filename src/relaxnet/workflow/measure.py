"""Measure a trained estimator on test samples: errors of the targets, and what the study adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.source import Index, Source, in_blocks
from relaxnet.evaluation.curves import example_curves
from relaxnet.evaluation.groups import group_errors, rank_correlations
from relaxnet.evaluation.metrics import sample_errors, target_metrics, target_sse
from relaxnet.evaluation.paired import SampleErrors
from relaxnet.reporting.spec import ReportSpec
from relaxnet.training.estimator import Estimator

if TYPE_CHECKING:
    from .params import StudyParams
    from .study import Study


@dataclass(frozen=True)
class Tested:
    """Test samples ``index`` of a model, shape (n,), with their estimates, for a study's own measures.

    ``evaluated`` marks those that are not left out; ``estimate`` has the shape (n, width); ``progress`` is to be called
    with the number of samples measured.
    """

    source: Source
    index: Index
    evaluated: NDArray[np.bool_]
    estimate: NDArray[np.float64]
    progress: Callable[[int], object]


@dataclass(frozen=True)
class Evaluation:
    """Outcome on the test part: metrics, one row a test sample, and for each vector target examples of its curves."""

    metrics: dict[str, Any]
    estimates: pd.DataFrame
    curves: dict[str, pd.DataFrame]


def measure(
    study: Study[Any],
    params: StudyParams,
    estimator: Estimator,
    source: Source,
    test: Index,
    progress: Callable[[int], object] = lambda _: None,
) -> Evaluation:
    """Estimate the test samples and measure the errors.

    Samples that the study leaves out are estimated and listed, but count in no metric.

    Raises
    ------
    InvalidInputError
        If an estimate is not finite.
    """
    spec, targets = study.report, estimator.targets
    true, estimate = source.targets[test], in_blocks(estimator.estimate, source, test)
    _check_finite(spec, test, estimate)
    kept = study.evaluated(source, test, params) if study.evaluated else np.ones(len(test), dtype=np.bool_)
    table: dict[str, Any] = {spec.sample: test}
    if study.measures:
        extra = study.measures(Tested(source, test, kept, estimate, progress), params)
        table |= {str(name): extra[name].to_numpy() for name in extra.columns}
    if spec.left_out:
        table[spec.left_out.column] = ~kept
    baseline, curves = np.broadcast_to(estimator.train_mean, true.shape), {}
    for target in targets.items:
        columns = [targets.values(target.name, array) for array in (true, estimate, baseline)]
        if target.axis:
            table[f"error_{target.name}"] = sample_errors(columns[1], columns[0])
            table[f"baseline_error_{target.name}"] = sample_errors(columns[2], columns[0])
            curves[target.name] = example_curves(target, test[kept], columns[0][kept], columns[1][kept])
        else:
            table |= dict(
                zip((f"{kind}_{target.name}" for kind in ("true", "estimate", "baseline")), columns, strict=True)
            )
    pair = estimator.scaling.normalise(true), estimator.scaling.normalise(estimate)
    for column in spec.sse:
        if column.targets:
            table[column.name] = target_sse(targets, *pair, column.targets)
    for plane in spec.pairs:
        table[plane.sse] = target_sse(targets, *pair, (plane.x, plane.y))
    estimates = pd.DataFrame(table)
    found = _target_errors(estimator, true[kept], estimate[kept])
    return Evaluation(_metrics(spec, estimates[kept], len(test), found), estimates, curves)


def measure_set(
    study: Study[Any], params: StudyParams, estimator: Estimator, source: Source, test: Index
) -> tuple[dict[str, Any], SampleErrors]:
    """Errors of the targets alone, on a test set: ``targets`` as in `measure`, the counts of samples; errors by sample.

    Raises
    ------
    InvalidInputError
        If an estimate is not finite, or fewer than two samples are evaluated.
    """
    spec = study.report
    kept = study.kept(source, test, params)
    if len(kept) < 2:
        raise InvalidInputError(spec.samples, f"{len(kept)} of {len(test)} evaluated", "at least 2 of a test set")
    estimate = in_blocks(estimator.estimate, source, kept)
    _check_finite(spec, kept, estimate)
    true = source.targets[kept]
    metrics = {
        spec.samples: {"test": len(test), "evaluated": len(kept), "left_out": len(test) - len(kept)},
        "targets": _target_errors(estimator, true, estimate),
    }
    return metrics, SampleErrors.of(estimator.targets, kept, true, estimate)


def _check_finite(spec: ReportSpec, index: Index, estimate: NDArray[np.float64]) -> None:
    if not np.isfinite(estimate).all():
        sample = int(index[~np.isfinite(estimate).all(axis=1)][0])
        raise InvalidInputError(f"estimate of {spec.sample} {sample}", "NaN or infinite", "finite")


def _target_errors(estimator: Estimator, true: NDArray[np.float64], estimate: NDArray[np.float64]) -> dict[str, Any]:
    targets, found = estimator.targets, {}
    baseline = np.broadcast_to(estimator.train_mean, true.shape)
    for target in targets.items:
        values = [targets.values(target.name, array) for array in (true, estimate, baseline)]
        metrics = target_metrics(values[0], values[1], values[2], target.thresholds)
        found[target.name] = {"unit": target.unit, **metrics}
    return found


def _metrics(spec: ReportSpec, kept: pd.DataFrame, tested: int, targets: dict[str, Any]) -> dict[str, Any]:
    sums = [column.name for column in spec.sse]
    errors = {
        name: kept[f"error_{name}"]
        if f"error_{name}" in kept
        else (kept[f"estimate_{name}"] - kept[f"true_{name}"]).abs()
        for name in targets
    } | {name: kept[name] for name in sums}
    return {
        spec.samples: {"test": tested, "evaluated": len(kept), "left_out": tested - len(kept)},
        "targets": targets,
        **{
            name: {"mean": float(kept[name].mean()), "median": float(kept[name].median())}
            for name in (*sums, *(plane.sse for plane in spec.pairs))
        },
        "edges": {group.name: group_errors(errors, kept[group.name]) for group in spec.groups},
        "means": {name: _mean(kept[name]) for name in spec.means},
        "descriptors": {item.name: rank_correlations(errors, kept[item.name]) for item in spec.descriptors},
    }


def _mean(values: pd.Series) -> float | None:
    """Mean; None where a value is not finite: what one sample does not have, the mean of the others does not say."""
    mean = float(values.mean(skipna=False))
    return mean if np.isfinite(mean) else None
