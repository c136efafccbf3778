"""Rows of the page's tables, as text for the HTML and the Markdown template alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..errors import InvalidInputError
from ..evaluation.metrics import verdict
from .collect import Comparison, ModelResult
from .labels import TargetLabel, number, percent
from .paper import PrintedFigure, printed_figure

FAIR_SHARE_OF_MEAN = 0.25
"""An estimate of a real material is fair if it errs less than this share of what guessing the mean errs."""


class ShareCell(NamedTuple):
    """Share of estimates within a threshold, beside the mean's and, where printed, the paper's."""

    share: str
    mean: str
    paper: str  # empty where the paper prints none
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


class MaterialRow(NamedTuple):
    """One target of a real material."""

    target: str
    true: str
    estimate: str
    error: str
    word: str


@dataclass(frozen=True)
class WeightStudy:
    """Models that differ only in the weight of one target; ``variants`` maps that weight to a model."""

    subset: str
    target: str
    variants: dict[float, str]


def share_columns(comparison: Comparison) -> list[tuple[TargetLabel, str]]:
    """Target and threshold (as text) of each column of the share table."""
    records = next(iter(comparison.models.values())).metrics.targets
    return [(label, key) for label in comparison.targets for key in records[label.name].within]


def printed_for(result: ModelResult, target: str, threshold: str) -> PrintedFigure | None:
    """Look up the figure of the paper that belongs beside this model's share."""
    metrics = result.metrics
    return printed_figure(target, float(threshold), metrics.subset, metrics.weights.get("ln_a"))


def share_table(comparison: Comparison) -> dict[str, list[ShareCell]]:
    """Cells of each model, in the order of ``share_columns``."""
    return {
        name: [_share_cell(result, label.name, key) for label, key in share_columns(comparison)]
        for name, result in comparison.models.items()
    }


def _share_cell(result: ModelResult, target: str, threshold: str) -> ShareCell:
    record, printed = result.metrics.targets[target], printed_for(result, target, threshold)
    share = record.within[threshold]
    return ShareCell(
        percent(share),
        percent(record.baseline_within.get(threshold, 0.0)),
        printed.text if printed else "",
        printed is not None and share >= printed.share,
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


def sse_rows(comparison: Comparison) -> list[list[str]]:
    """Model; mean and median SSE of the parameters, then of the signals; estimates not simulated."""
    return [
        [
            name,
            *(
                number(v, pad=True)
                for sse in (r.metrics.sse_parameters, r.metrics.sse_signals)
                for v in (sse.mean, sse.median)
            ),
            str(int(np.isnan(r.column("sse_signals")).sum())),
        ]
        for name, r in comparison.models.items()
    ]


def left_out_rows(comparison: Comparison) -> list[list[str]]:
    """Model, test quartets, evaluated, left out, share left out."""
    rows = []
    for name, result in comparison.models.items():
        counts = result.metrics.quartets
        share = percent(counts.left_out / counts.test)
        rows.append([name, str(counts.test), str(counts.evaluated), str(counts.left_out), share])
    return rows


def training_rows(comparison: Comparison) -> list[list[str]]:
    """Model, architecture, subset, weights, profile, quartets, parameters, epochs, seconds, run."""
    rows = []
    for name, result in comparison.models.items():
        metrics, cost = result.metrics, result.metrics.training
        weights = ", ".join(
            f"{label.symbol} {number(metrics.weights[label.name])}"
            for label in comparison.targets
            if label.name in metrics.weights
        )
        sizes = (f"{cost.quartets}", f"{cost.parameters}", f"{cost.epochs}", f"{cost.seconds:.0f}")
        rows.append([name, metrics.architecture, metrics.subset, weights, metrics.profile, *sizes, metrics.run_id])
    return rows


def material_rows(comparison: Comparison, model: str) -> dict[tuple[str, bool], list[MaterialRow]]:
    """Rows of each real material (with whether it lies inside the training range), as estimated by ``model``.

    Raises
    ------
    InvalidInputError
        If there is no such model to take the thresholds and the mean's error from.
    """
    if model not in comparison.models:
        raise InvalidInputError("materials_model", model, f"one of {', '.join(comparison.models)}")
    records = comparison.models[model].metrics.targets
    tables: dict[tuple[str, bool], list[MaterialRow]] = {}
    for name, rows in comparison.materials.groupby("material", sort=False):
        values = rows.set_index("target")
        found = []
        for label in comparison.targets:
            true, estimate = (float(values.loc[label.name, c]) for c in ("true", "estimate"))  # type: ignore[arg-type]
            record, error = records[label.name], abs(estimate - true)
            word = material_word(error, max(map(float, record.within), default=0.0), record.baseline_mae)
            numbers = (label.value(true, 4), label.value(estimate, 4), label.error(error))
            found.append(MaterialRow(label.axis(), *numbers, word))
        tables[str(name), bool(rows["inside_plane"].iloc[0])] = found
    return tables


def material_word(error: float, threshold: float, mean_mae: float) -> str:
    """``good`` within the widest threshold, ``fair`` below a quarter of the mean's error, ``bad`` beyond."""
    if error <= threshold:
        return "good"
    if error < FAIR_SHARE_OF_MEAN * mean_mae:
        return "fair"
    return "bad" if error < mean_mae else "bad: the mean would do as well"


def weight_studies(comparison: Comparison) -> list[WeightStudy]:
    """Find models of equal subset, architecture and profile that differ only in one target's weight."""
    studies = []
    for label in reversed(comparison.targets):
        groups: dict[tuple, dict[float, str]] = {}
        for name, result in comparison.models.items():
            m = result.metrics
            others = tuple(sorted((t, w) for t, w in m.weights.items() if t != label.name))
            if label.name in m.weights:
                same = groups.setdefault((m.subset, m.architecture, m.profile, others), {})
                same.setdefault(m.weights[label.name], name)
        studies += [
            WeightStudy(key[0], label.name, dict(sorted(group.items())))
            for key, group in groups.items()
            if len(group) > 1
        ]
    return studies
