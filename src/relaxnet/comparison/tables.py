"""Rows of the page's tables, as text for the HTML and the Markdown template alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..evaluation.metrics import verdict
from .collect import Comparison, ModelResult
from .labels import TargetLabel, number, percent
from .references import ReferenceFigure


class ShareCell(NamedTuple):
    """Share of estimates within a threshold, beside the mean's and, where published, the reference's."""

    share: str
    mean: str
    reference: str  # empty where none is published
    source: str
    reached: bool


class ErrorRow(NamedTuple):
    """Errors of one model for one target."""

    model: str
    mae: str
    mean_mae: str
    rmse: str
    mean_rmse: str
    median_ae: str
    skill: str
    r2: str
    verdict: str


def share_columns(comparison: Comparison) -> list[tuple[TargetLabel, str]]:
    """Target and threshold (as text) of each column of the share table."""
    records = next(iter(comparison.models.values())).metrics.targets
    return [(label, key) for label in comparison.targets for key in records[label.name].within]


def reference_for(comparison: Comparison, result: ModelResult, target: str, threshold: str) -> ReferenceFigure | None:
    """Look up the published figure that belongs beside this model's share."""
    references, metrics = comparison.study.references, result.metrics
    return references.figure(target, float(threshold), metrics.subset, metrics.weights) if references else None


def share_table(comparison: Comparison) -> dict[str, list[ShareCell]]:
    """Cells of each model, in the order of ``share_columns``."""
    return {
        name: [_share_cell(comparison, result, label.name, key) for label, key in share_columns(comparison)]
        for name, result in comparison.models.items()
    }


def _share_cell(comparison: Comparison, result: ModelResult, target: str, threshold: str) -> ShareCell:
    record, published = result.metrics.targets[target], reference_for(comparison, result, target, threshold)
    share = record.within[threshold]
    return ShareCell(
        percent(share),
        percent(record.baseline_within.get(threshold, 0.0)),
        published.text if published else "",
        published.source if published else "",
        published is not None and share >= published.share,
    )


def error_rows(comparison: Comparison, label: TargetLabel) -> list[ErrorRow]:
    """Errors of every model for one target, in the unit of display."""
    rows = []
    for name, result in comparison.models.items():
        record = result.metrics.targets[label.name]
        rows.append(
            ErrorRow(
                name,
                mae=label.error(record.mae),
                mean_mae=label.error(record.baseline_mae),
                rmse=label.error(record.rmse),
                mean_rmse=label.error(record.baseline_rmse),
                median_ae=label.error(record.median_ae),
                skill=f"{record.skill:.3f}".replace("-", "−"),
                r2=f"{record.r2:.4f}".replace("-", "−"),
                verdict=verdict(record.model_dump()),
            )
        )
    return rows


def sse_heads(comparison: Comparison) -> list[str]:
    """Heads of the columns of ``sse_rows``."""
    heads = ["Model"]
    for column in comparison.study.sse:
        heads += [f"{column.of}, mean", f"{column.of}, median", *([column.gaps] if column.gaps else [])]
    return heads


def sse_rows(comparison: Comparison) -> list[list[str]]:
    """Model; mean, median and (where there may be some) number of gaps of each sum of squared errors."""
    rows = []
    for name, result in comparison.models.items():
        row = [name]
        for column in comparison.study.sse:
            sse = result.metrics.sum_of_squares(column.name)
            row += [number(sse.mean, pad=True), number(sse.median, pad=True)]
            if column.gaps:
                row.append(str(int(np.isnan(result.column(column.name)).sum())))
        rows.append(row)
    return rows


def left_out_rows(comparison: Comparison) -> list[list[str]]:
    """Model, test samples, evaluated, left out, share left out."""
    rows = []
    for name, result in comparison.models.items():
        counts = result.metrics.samples
        share = percent(counts.left_out / counts.test)
        rows.append([name, str(counts.test), str(counts.evaluated), str(counts.left_out), share])
    return rows


def training_rows(comparison: Comparison) -> list[list[str]]:
    """Model, architecture, subset, weights, profile, samples, parameters, epochs, seconds, run."""
    rows = []
    for name, result in comparison.models.items():
        metrics, cost = result.metrics, result.metrics.training
        weights = ", ".join(
            f"{label.symbol} {number(metrics.weights[label.name])}"
            for label in comparison.targets
            if label.name in metrics.weights
        )
        sizes = (f"{cost.samples}", f"{cost.parameters}", f"{cost.epochs}", f"{cost.seconds:.0f}")
        rows.append([name, metrics.architecture, metrics.subset, weights, metrics.profile, *sizes, metrics.run_id])
    return rows
