"""The page's tables: heads and rows of text, all written by one macro of the template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from relaxnet.core.text import number, percent
from relaxnet.datasets.targets import Target
from relaxnet.evaluation.metrics import verdict

from ..records import TargetRecord
from ..references import ReferenceFigure
from .collect import Comparison, ModelResult

DASH = "–"
CLAIM_WORDS = {True: ("yes", "good"), False: ("no", "bad"), None: ("inconclusive", "")}


class Cell(NamedTuple):
    """A cell that is more than text: its CSS classes, its source, its web address, small lines below it."""

    text: str
    style: str = ""
    source: str = ""
    url: str = ""
    notes: tuple[Cell, ...] = ()


class Table(NamedTuple):
    """Heads and rows; the columns under the heads in ``texts`` hold no numbers."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    texts: Sequence[str] = ()


class LossWeightVariants(NamedTuple):
    """Models that differ only in the loss weight of one target; ``variants`` maps that weight to a model."""

    subset: str
    target: Target
    variants: dict[float, str]

    @property
    def stem(self) -> str:
        """Name for files and sections: that of the first model and the target, which no other group shares."""
        return f"loss_weights_{next(iter(self.variants.values()))}_{self.target.name}"

    @property
    def title(self) -> str:
        """Heading of a section or figure."""
        return f"Subset {self.subset}: loss weight of {self.target.short}"


def _by_model(
    comparison: Comparison, heads: Sequence[str], row: Callable[[ModelResult], Sequence[str | Cell]], *texts: str
) -> Table:
    return Table(["Model", *heads], [[name, *row(result)] for name, result in comparison.models.items()], texts)


def unbroken(text: str) -> str:
    """Part of a head in which no line breaks."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _fixed(value: float | None, digits: int) -> str:
    """``digits`` decimals, a dash where there is no value."""
    return DASH if value is None else f"{value:.{digits}f}".replace("-", "−")


def share_columns(comparison: Comparison) -> list[tuple[Target, str]]:
    """Target and threshold (as text) of each share of estimates within."""
    records = next(iter(comparison.models.values())).metrics.targets
    return [(target, key) for target in comparison.targets for key in records[target.name].within]


def reference_for(comparison: Comparison, result: ModelResult, target: str, threshold: str) -> ReferenceFigure | None:
    """Look up the published figure that belongs beside this model's share."""
    references, metrics = comparison.spec.references, result.metrics
    return references.figure(target, float(threshold), metrics.subset, metrics.loss_weights) if references else None


def shares(comparison: Comparison) -> Table:
    """Share within each threshold, beside the baseline's and, where published, the reference's."""
    columns, references = share_columns(comparison), comparison.spec.references

    def cell(result: ModelResult, target: str, threshold: str) -> Cell:
        record, published = result.metrics.targets[target], reference_for(comparison, result, target, threshold)
        notes = [Cell(f"baseline {percent(record.baseline_within.get(threshold, 0.0))}")]
        if references and published:
            reached = record.within[threshold] >= published.share
            text = f"{'✓' if reached else '✗'} {references.name} {published.text}"
            notes.append(Cell(text, "yes" if reached else "no", published.source))
        return Cell(percent(record.within[threshold]), notes=tuple(notes))

    heads = [f"{target.short} {unbroken(f'± {target.amount_text(float(key))}')}" for target, key in columns]
    return _by_model(comparison, heads, lambda result: [cell(result, target.name, key) for target, key in columns])


def claims(comparison: Comparison) -> Table:
    """What the publication says in words, and whether the models agree."""
    rows: list[list[str | Cell]] = []
    metrics = {name: result.metrics for name, result in comparison.models.items()}
    for claim in comparison.spec.claims:
        finding = claim.judge(metrics)
        evidence = Cell(finding.evidence.replace("-", "−"), "wrap")
        rows.append([Cell(claim.text, "wrap"), claim.source, Cell(*CLAIM_WORDS[finding.holds]), evidence])
    return Table(("Statement", "source", "holds", "evidence"), rows, ("source", "holds", "evidence"))


def _verdict(record: TargetRecord) -> Cell:
    word = verdict(record.model_dump())
    return Cell(word, word.replace(" ", "-"))


def errors(comparison: Comparison, target: Target) -> Table:
    """Errors of every model for one target, in the unit for people."""

    def row(result: ModelResult) -> list[str | Cell]:
        record = result.metrics.targets[target.name]
        values = record.mae, record.baseline_mae, record.rmse, record.baseline_rmse, record.median_ae
        texts = [target.error_text(value) for value in values]
        return [*texts, _fixed(record.skill, 3), _fixed(record.r2, 4), _fixed(record.nrmse, 3), _verdict(record)]

    heads = ("MAE", "baseline MAE", "RMSE", "baseline RMSE", "median AE", "skill", "R²", "NRMSE", "verdict")
    return _by_model(comparison, heads, row, "verdict")


def quantiles(comparison: Comparison) -> Table | None:
    """Absolute errors that so many percent of the samples do not exceed; None where not every evaluation has them."""
    records = [record for result in comparison.models.values() for record in result.metrics.targets.values()]
    keys = [key for key in records[0].quantiles if all(key in record.quantiles for record in records)]
    columns = [(target, key) for target in comparison.targets for key in keys]
    heads = [f"{unbroken(target.label)} {unbroken(f'{key} %')}" for target, key in columns]

    def row(result: ModelResult) -> list[str]:
        return [target.error_text(result.metrics.targets[target.name].quantiles[key]) for target, key in columns]

    return _by_model(comparison, heads, row) if heads else None


def loss_weight_variants(comparison: Comparison) -> list[LossWeightVariants]:
    """Find models of equal subset, architecture, profile and loss that differ only in one target's weight."""
    found = []
    for target in reversed(comparison.targets):
        groups: dict[tuple, dict[float, str]] = {}
        for name, result in comparison.models.items():
            m, weights = result.metrics, dict(result.metrics.loss_weights)
            if target.name in weights:
                weight = weights.pop(target.name)
                key = (m.subset, m.architecture, m.profile, m.loss, *sorted(weights.items()))
                groups.setdefault(key, {}).setdefault(weight, name)
        found += [
            LossWeightVariants(key[0], target, dict(sorted(group.items())))
            for key, group in groups.items()
            if len(group) > 1
        ]
    return found


def loss_weights(comparison: Comparison, group: LossWeightVariants) -> Table:
    """A row a target: error, skill and verdict of each variant."""
    heads, rows = ["Target"], []
    for weight, name in group.variants.items():
        heads += [f"MAE of {unbroken(f'{name} (weight {weight:g})')}", "skill", "verdict"]
    for target in comparison.targets:
        records = [comparison.records(target)[name] for name in group.variants.values()]
        row: list[str | Cell] = [target.label]
        for record in records:
            row += [target.error_text(record.mae), _fixed(record.skill, 3), _verdict(record)]
        rows.append([*row, target.error_text(records[0].baseline_mae)])
    return Table([*heads, "baseline MAE"], rows, ("verdict",))


def sums_of_squares(comparison: Comparison) -> Table:
    """Mean, median and (where there may be some) number of gaps of each sum of squared errors."""
    columns = comparison.spec.sse
    heads = []
    for column in columns:
        heads += [f"{column.of}, mean", f"{column.of}, median", *([column.gaps] if column.gaps else [])]

    def row(result: ModelResult) -> list[str]:
        cells = []
        for column in columns:
            sse = result.metrics.sum_of_squares(column.name)
            cells += [number(sse.mean, pad=True), number(sse.median, pad=True)]
            if column.gaps:
                cells.append(str(int(np.isnan(result.estimates.column(column.name)).sum())))
        return cells

    return _by_model(comparison, heads, row)


def _error_columns(comparison: Comparison) -> dict[str, str]:
    """Head of the column of each kind of error."""
    return {target.name: target.short for target in comparison.targets} | {
        column.name: f"SSE of {column.of}" for column in comparison.spec.sse
    }


def group(comparison: Comparison, name: str) -> Table:
    """Number of samples in the group and of all; ratio of mean errors in the group and outside of it."""
    columns = _error_columns(comparison)

    def row(result: ModelResult) -> list[str]:
        found = result.metrics.edges[name]
        inside, others = (int(found["counts"][part] or 0) for part in ("group", "others"))
        return [f"{inside}", f"{inside + others}", *(_fixed(found.get(key, {}).get("ratio"), 2) for key in columns)]

    return _by_model(comparison, [f"{comparison.spec.samples} in the group", "of all", *columns.values()], row)


def descriptor(comparison: Comparison, name: str) -> Table:
    """Rank correlation of each error with a descriptor."""
    columns = _error_columns(comparison)

    def row(result: ModelResult) -> list[str]:
        return [_fixed(result.metrics.descriptors[name].get(key), 2) for key in columns]

    return _by_model(comparison, list(columns.values()), row)


def left_out(comparison: Comparison) -> Table:
    """How many test samples were left out of the evaluation."""

    def row(result: ModelResult) -> list[str]:
        counts = result.metrics.samples
        return [f"{counts.test}", f"{counts.evaluated}", f"{counts.left_out}", percent(counts.left_out / counts.test)]

    return _by_model(comparison, [f"test {comparison.spec.samples}", "evaluated", "left out", "share left out"], row)


def training(comparison: Comparison) -> Table:
    """How each model was trained; a run is linked where it is shown at a web address."""

    def row(result: ModelResult) -> list[str | Cell]:
        m, cost = result.metrics, result.metrics.training
        known = [target for target in comparison.targets if target.name in m.loss_weights]
        weights = ", ".join(f"{target.short} {number(m.loss_weights[target.name])}" for target in known)
        frozen = cost.n_trainable != cost.n_parameters
        size = f"{cost.n_parameters}" + (f" ({cost.n_trainable} trainable)" if frozen else "")
        run = Cell(m.run_id, "run", url=m.run_url if m.run_url.startswith(("http://", "https://")) else "")
        how = m.architecture, m.subset, m.loss, weights, m.profile
        return [*how, f"{cost.samples}", size, f"{cost.epochs}", f"{cost.seconds:.0f}", run]

    texts = ("architecture", "subset", "loss", "loss weights", "profile")
    numbers = (comparison.spec.samples, "network weights", "epochs", "seconds")
    return _by_model(comparison, [*texts, *numbers, "run"], row, *texts, "run")
