"""Rows of the page's tables, as text for the HTML and the Markdown template alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from relaxnet.core.text import number, percent
from relaxnet.datasets.targets import Target
from relaxnet.evaluation.metrics import verdict

from ..references import ReferenceFigure
from .collect import Comparison, ModelResult

DASH = "–"


class ShareCell(NamedTuple):
    """Share of estimates within a threshold, beside the baseline's and, where published, the reference's."""

    share: str
    baseline: str
    reference: str  # empty where none is published
    source: str
    reached: bool


class ErrorRow(NamedTuple):
    """Errors of one model for one target."""

    model: str
    mae: str
    baseline_mae: str
    rmse: str
    baseline_rmse: str
    median_ae: str
    skill: str
    r2: str
    verdict: str


def share_columns(comparison: Comparison) -> list[tuple[Target, str]]:
    """Target and threshold (as text) of each column of the share table."""
    records = next(iter(comparison.models.values())).metrics.targets
    return [(target, key) for target in comparison.targets for key in records[target.name].within]


def reference_for(comparison: Comparison, result: ModelResult, target: str, threshold: str) -> ReferenceFigure | None:
    """Look up the published figure that belongs beside this model's share."""
    references, metrics = comparison.spec.references, result.metrics
    return references.figure(target, float(threshold), metrics.subset, metrics.loss_weights) if references else None


def share_table(comparison: Comparison) -> dict[str, list[ShareCell]]:
    """Cells of each model, in the order of ``share_columns``."""
    return {
        name: [_share_cell(comparison, result, target.name, key) for target, key in share_columns(comparison)]
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


def error_rows(comparison: Comparison, target: Target) -> list[ErrorRow]:
    """Errors of every model for one target, in the unit for people."""
    rows = []
    for name, result in comparison.models.items():
        record = result.metrics.targets[target.name]
        rows.append(
            ErrorRow(
                name,
                mae=target.error_text(record.mae),
                baseline_mae=target.error_text(record.baseline_mae),
                rmse=target.error_text(record.rmse),
                baseline_rmse=target.error_text(record.baseline_rmse),
                median_ae=target.error_text(record.median_ae),
                skill=_fixed(record.skill, 3),
                r2=_fixed(record.r2, 4),
                verdict=verdict(record.model_dump()),
            )
        )
    return rows


class RunRow(NamedTuple):
    """One training: its cells, its run and where the run is shown (empty where that is no web address)."""

    cells: list[str]
    run: str
    url: str


class ClaimRow(NamedTuple):
    """A claim of the publication, the word on it, and the evidence."""

    text: str
    source: str
    word: str
    evidence: str


CLAIM_WORDS = {True: "yes", False: "no", None: "inconclusive"}


def claim_rows(comparison: Comparison) -> list[ClaimRow]:
    """What the publication says in words, and whether the models agree."""
    metrics = {name: result.metrics for name, result in comparison.models.items()}
    rows = []
    for claim in comparison.spec.claims:
        finding = claim.judge(metrics)
        evidence = finding.evidence.replace("-", "−")
        rows.append(ClaimRow(claim.text, claim.source, CLAIM_WORDS[finding.holds], evidence))
    return rows


def quantile_heads(comparison: Comparison) -> list[str]:
    """Heads of ``quantile_rows``; none where the evaluations hold no quantiles."""
    keys = _quantiles(comparison)
    heads = [f"{unbroken(target.label)} {unbroken(f'{key} %')}" for target in comparison.targets for key in keys]
    return ["Model", *heads] if heads else []


def quantile_rows(comparison: Comparison) -> list[list[str]]:
    """Model, and the absolute errors that so many percent of the samples do not exceed."""
    keys = _quantiles(comparison)
    rows = []
    for name, result in comparison.models.items():
        found = [(target, result.metrics.targets[target.name].quantiles) for target in comparison.targets]
        rows.append([name, *(target.error_text(quantiles[key]) for target, quantiles in found for key in keys)])
    return rows


def unbroken(text: str) -> str:
    """Part of a head in which no line breaks."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _quantiles(comparison: Comparison) -> list[str]:
    """Percents that every model gives of every target."""
    records = [record for result in comparison.models.values() for record in result.metrics.targets.values()]
    return [key for key in records[0].quantiles if all(key in record.quantiles for record in records)]


def group_heads(comparison: Comparison) -> list[str]:
    """Heads of ``group_rows``."""
    inside = f"{comparison.spec.samples} in the group"
    return ["Model", inside, "of all", *(target.short for target in comparison.targets), *_sums(comparison)]


def group_rows(comparison: Comparison, group: str) -> list[list[str]]:
    """Model, number of samples in the group, of all; ratio of mean errors in the group and outside of it."""
    rows = []
    for name, result in comparison.models.items():
        found = result.metrics.edges[group]
        counts = found["counts"]
        inside, others = int(counts["group"] or 0), int(counts["others"] or 0)
        ratios = [found.get(key, {}).get("ratio") for key in _error_names(comparison)]
        rows.append([name, str(inside), str(inside + others), *(_fixed(ratio, 2) for ratio in ratios)])
    return rows


def descriptor_heads(comparison: Comparison) -> list[str]:
    """Heads of ``descriptor_rows``."""
    return ["Model", *(target.short for target in comparison.targets), *_sums(comparison)]


def descriptor_rows(comparison: Comparison, descriptor: str) -> list[list[str]]:
    """Model, and the rank correlation of each error with a descriptor."""
    names = _error_names(comparison)
    return [
        [name, *(_fixed(result.metrics.descriptors[descriptor].get(key), 2) for key in names)]
        for name, result in comparison.models.items()
    ]


def _error_names(comparison: Comparison) -> list[str]:
    return [target.name for target in comparison.targets] + [column.name for column in comparison.spec.sse]


def _sums(comparison: Comparison) -> list[str]:
    return [f"SSE of {column.of}" for column in comparison.spec.sse]


def _fixed(value: float | None, digits: int) -> str:
    """``digits`` decimals, a dash where there is no value."""
    return DASH if value is None else f"{value:.{digits}f}".replace("-", "−")


def sse_heads(comparison: Comparison) -> list[str]:
    """Heads of the columns of ``sse_rows``."""
    heads = ["Model"]
    for column in comparison.spec.sse:
        heads += [f"{column.of}, mean", f"{column.of}, median", *([column.gaps] if column.gaps else [])]
    return heads


def sse_rows(comparison: Comparison) -> list[list[str]]:
    """Model; mean, median and (where there may be some) number of gaps of each sum of squared errors."""
    rows = []
    for name, result in comparison.models.items():
        row = [name]
        for column in comparison.spec.sse:
            sse = result.metrics.sum_of_squares(column.name)
            row += [number(sse.mean, pad=True), number(sse.median, pad=True)]
            if column.gaps:
                row.append(str(int(np.isnan(result.estimates.column(column.name)).sum())))
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


def training_heads(comparison: Comparison) -> list[str]:
    """Heads of the cells of ``training_rows``."""
    how = ["Model", "architecture", "subset", "loss", "loss weights", "profile"]
    return [*how, comparison.spec.samples, "network weights", "epochs", "seconds"]


TEXT_CELLS = 6
"""Number of cells of a training row, from the left, that hold no number."""


def training_rows(comparison: Comparison) -> list[RunRow]:
    """How each model was trained."""
    rows = []
    for name, result in comparison.models.items():
        metrics, cost = result.metrics, result.metrics.training
        weights = ", ".join(
            f"{target.short} {number(metrics.loss_weights[target.name])}"
            for target in comparison.targets
            if target.name in metrics.loss_weights
        )
        frozen = cost.n_trainable != cost.n_parameters
        size = f"{cost.n_parameters} ({cost.n_trainable} trainable)" if frozen else f"{cost.n_parameters}"
        how = (name, metrics.architecture, metrics.subset, metrics.loss, weights, metrics.profile)
        url = metrics.run_url if metrics.run_url.startswith(("http://", "https://")) else ""
        cells = [*how, f"{cost.samples}", size, f"{cost.epochs}", f"{cost.seconds:.0f}"]
        rows.append(RunRow(cells, metrics.run_id, url))
    return rows
