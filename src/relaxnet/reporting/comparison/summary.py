"""What the comparison says in a few sentences, and as flat numbers for other programs."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from relaxnet.evaluation.metrics import verdict
from .collect import Comparison
from ..labels import TargetLabel, count_word, listed, percent
from .tables import reference_for, share_columns

MEASURES = ("mae", "rmse", "median_ae", "baseline_mae", "baseline_rmse", "skill", "r2")


class ReferenceScore(NamedTuple):
    """Number of published figures, of those that the models reach, and that predicting the mean reaches."""

    published: int
    reached: int
    by_mean: int


def sentences(comparison: Comparison) -> list[str]:
    """Sentences of the page's summary, all computed from the data; the first says what was judged."""
    text = [_judged(comparison)]
    text += [_best(comparison, label) for label in comparison.targets]
    text += [s for word in ("no more than the mean", "little") if (s := _ignorant(comparison, word))]
    references, score = comparison.study.references, reference_score(comparison)
    if references and score.published:
        text.append(
            f"Of the {score.published} figures that the {references.name} prints for these models, {score.reached} are "
            f"reached; predicting the mean reaches {score.by_mean}."
        )
    return text


def _judged(comparison: Comparison) -> str:
    """Sentence on how many models were tested on how much."""
    study, counts = comparison.study, [result.metrics.samples for result in comparison.models.values()]
    fewest, most = min(c.evaluated for c in counts), max(c.evaluated for c in counts)
    text = (
        f"{count_word(len(counts), 'model')} {'was' if len(counts) == 1 else 'were each'} judged on "
        f"{fewest if fewest == most else f'{fewest} to {most}'} test {study.samples} not seen in training"
    )
    if study.left_out:
        share = percent(sum(c.left_out for c in counts) / sum(c.test for c in counts))
        text += f"; a further {share} of the test data were left out {study.left_out.reason}"
    return f"{text}."


def _best(comparison: Comparison, label: TargetLabel) -> str:
    name, record = min(
        ((name, result.metrics.targets[label.name]) for name, result in comparison.models.items()),
        key=lambda item: -item[1].skill,  # subsets differ in width: an error counts beside that of the mean
    )
    best = "best " if len(comparison.models) > 1 else ""
    text = (
        f"{label.symbol} is estimated {best}by model {name}: its mean absolute error is "
        f"{label.amount(record.mae)} (predicting the mean: {label.amount(record.baseline_mae)})"
    )
    for key, share in list(record.within.items())[:1]:
        text += f", and {percent(share)} of the estimates lie within {label.amount(float(key))}"
    return f"{text}."


def _ignorant(comparison: Comparison, word: str) -> str:
    """Sentence on the models that know no more than the mean, or little, of some targets."""
    found = []
    for label in comparison.targets:
        names = [n for n, r in comparison.models.items() if verdict(r.metrics.targets[label.name].model_dump()) == word]
        if names:
            who = "all models" if len(names) == len(comparison.models) else listed(names)
            found.append(f"of {label.symbol} by {who}")
    if not found:
        return "" if word == "little" else "Every model knows more than the mean of every target."
    known = "No more than the mean" if word == "no more than the mean" else "Little more than the mean"
    return f"{known} is known {listed(found)}."


def reference_score(comparison: Comparison) -> ReferenceScore:
    """Count the published figures that belong to the models, and those that the models and the mean reach."""
    reached = by_mean = published = 0
    for result in comparison.models.values():
        for label, key in share_columns(comparison):
            figure = reference_for(comparison, result, label.name, key)
            if figure:
                record = result.metrics.targets[label.name]
                published += 1
                reached += record.within[key] >= figure.share
                by_mean += record.baseline_within.get(key, 0.0) >= figure.share
    return ReferenceScore(published, reached, by_mean)


def flat_numbers(comparison: Comparison) -> dict[str, float]:
    """Numbers for ``dvc metrics``: ``<model>.<target>.<measure>``, in the units of the evaluation's files."""
    numbers: dict[str, float] = {}
    study = comparison.study
    for name, result in comparison.models.items():
        metrics = result.metrics
        for label in comparison.targets:
            record = metrics.targets[label.name]
            for measure in ("mae", "median_ae", "skill"):
                numbers[f"{name}.{label.name}.{measure}"] = float(getattr(record, measure))
            for key, share in record.within.items():
                numbers[f"{name}.{label.name}.within_{key}"] = share
        for column in study.sse:
            numbers[f"{name}.{column.name}.median"] = metrics.sum_of_squares(column.name).median
        if study.left_out:
            numbers[f"{name}.{study.samples}.left_out"] = metrics.samples.left_out
    if study.references:
        score = reference_score(comparison)
        numbers[f"{study.references.name}.figures_printed"] = score.published
        numbers[f"{study.references.name}.figures_reached"] = score.reached
        numbers[f"{study.references.name}.figures_reached_by_mean"] = score.by_mean
    return numbers


def summary_csv(comparison: Comparison) -> str:
    """One line for each model and target, in the units of the evaluation's files."""
    keys = list(dict.fromkeys(key for _, key in share_columns(comparison)))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["model", "target", "unit", *MEASURES, "verdict", *(f"within_{key}" for key in keys)])
    for name, result in comparison.models.items():
        for label in comparison.targets:
            record = result.metrics.targets[label.name]
            measures = [f"{getattr(record, measure):.8g}" for measure in MEASURES]
            shares = [f"{record.within[key]:.8g}" if key in record.within else "" for key in keys]
            writer.writerow([name, label.name, record.unit, *measures, verdict(record.model_dump()), *shares])
    return buffer.getvalue()
