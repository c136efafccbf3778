"""What the comparison says in a few sentences, and as flat numbers for other programs."""

from operator import itemgetter

import pandas as pd

from relaxnet.core.text import count_word, listed, percent
from relaxnet.datasets.targets import Target
from relaxnet.evaluation.metrics import Verdict, verdict

from .collect import Comparison
from .tables import reference_for, share_columns

MEASURES = ("mae", "rmse", "median_ae", "baseline_mae", "baseline_rmse", "skill", "r2")


def sentences(comparison: Comparison) -> list[str]:
    """Sentences of the page's summary, all computed from the data; the first says what was evaluated."""
    text = [_evaluated(comparison)]
    text += [_best(comparison, target) for target in comparison.targets]
    text += _beaten(comparison)
    references, (published, reached, by_baseline) = comparison.spec.references, reference_score(comparison)
    if references and published:
        text.append(
            f"Of the {published} figures that the {references.name} prints for these models, {reached} are "
            f"reached; the training-mean baseline reaches {by_baseline}."
        )
    return text


def _evaluated(comparison: Comparison) -> str:
    """Sentence on how many models were tested on how much."""
    spec, counts = comparison.spec, [result.metrics.samples for result in comparison.models.values()]
    low, high = min(c.evaluated for c in counts), max(c.evaluated for c in counts)
    text = (
        f"{count_word(len(counts), 'model')} {'was' if len(counts) == 1 else 'were each'} evaluated on "
        f"{low if low == high else f'{low} to {high}'} test {spec.samples} not seen in training"
    )
    if spec.left_out:
        share = percent(sum(c.left_out for c in counts) / sum(c.test for c in counts))
        text += f"; a further {share} of the test data were left out {spec.left_out.reason}"
    return f"{text}."


def _best(comparison: Comparison, target: Target) -> str:
    """Sentence on the model that estimates a target best."""
    # subsets differ in width: an error is judged beside that of the baseline
    records = comparison.records(target)
    known = [(record.skill, name) for name, record in records.items() if record.skill is not None]
    if not known:
        return f"{target.short} does not vary in the test data, so no skill can be given."
    name = max(known, key=itemgetter(0))[1]
    record = records[name]
    best = "best " if len(comparison.models) > 1 else ""
    text = (
        f"{target.short} is estimated {best}by model {name}: its mean absolute error is "
        f"{target.amount_text(record.mae)} (training-mean baseline: {target.amount_text(record.baseline_mae)})"
    )
    for key, share in list(record.within.items())[:1]:
        along = f" on average along the {target.axis.name} axis" if target.axis else ""
        text += f", and {percent(share)} of its estimates are within {target.amount_text(float(key))}{along}"
    return f"{text}."


def _beaten(comparison: Comparison) -> list[str]:
    """Sentences on the models that do not beat the baseline, barely do, or have nothing to beat."""
    none, little = _with_verdict(comparison, "no skill"), _with_verdict(comparison, "little skill")
    text = []
    if none:
        text.append(f"The estimates {none} do not beat the training-mean baseline.")
    elif any(r.skill is not None for result in comparison.models.values() for r in result.metrics.targets.values()):
        text.append("Every model beats the training-mean baseline on every target.")
    if little:
        text.append(f"The estimates {little} barely beat the training-mean baseline.")
    for target in comparison.targets:
        constant = _models_with(comparison, target, "constant")
        if constant and len(constant) < len(comparison.models):
            text.append(f"{target.short} does not vary in the test data of {listed(constant)}.")
    return text


def _with_verdict(comparison: Comparison, word: Verdict) -> str:
    """``of x by C and of y by all models``: where this is the verdict; empty if nowhere."""
    found = []
    for target in comparison.targets:
        if names := _models_with(comparison, target, word):
            by = "all models" if len(names) == len(comparison.models) else listed(names)
            found.append(f"of {target.short} by {by}")
    return listed(found) if found else ""


def _models_with(comparison: Comparison, target: Target, word: Verdict) -> list[str]:
    return [name for name, record in comparison.records(target).items() if verdict(record.model_dump()) == word]


def reference_score(comparison: Comparison) -> tuple[int, int, int]:
    """Count the published figures that belong to the models, those that models reach, and those the baseline does."""
    reached = by_baseline = published = 0
    for result in comparison.models.values():
        for target, key in share_columns(comparison):
            if figure := reference_for(comparison, result, target.name, key):
                record = result.metrics.targets[target.name]
                published += 1
                reached += record.within[key] >= figure.share
                by_baseline += record.baseline_within.get(key, 0.0) >= figure.share
    return published, reached, by_baseline


def flat_numbers(comparison: Comparison) -> dict[str, float]:
    """Numbers for ``dvc metrics``: ``<model>.<target>.<measure>``, in the units of the evaluation's files."""
    numbers: dict[str, float] = {}
    spec = comparison.spec
    for name, result in comparison.models.items():
        metrics = result.metrics
        for target in comparison.targets:
            record = metrics.targets[target.name]
            values = {measure: getattr(record, measure) for measure in ("mae", "median_ae", "skill")}
            values |= {f"within_{key}": share for key, share in record.within.items()}
            numbers |= {f"{name}.{target.name}.{key}": value for key, value in values.items() if value is not None}
        for column in spec.sse:
            numbers[f"{name}.{column.name}.median"] = metrics.sum_of_squares(column.name).median
        if spec.left_out:
            numbers[f"{name}.{spec.samples}.left_out"] = metrics.samples.left_out
    if spec.references:
        counted = zip(("printed", "reached", "reached_by_baseline"), reference_score(comparison), strict=True)
        numbers |= {f"{spec.references.name}.figures_{name}": count for name, count in counted}
    return numbers


def summary_csv(comparison: Comparison) -> str:
    """One line for each model and target, in the units of the evaluation's files; empty where there is no value."""
    rows = []
    for name in comparison.models:
        for target in comparison.targets:
            record = comparison.records(target)[name]
            row = {"model": name, "target": target.name}
            row |= {measure: getattr(record, measure) for measure in ("unit", *MEASURES)}
            row["verdict"] = verdict(record.model_dump())
            rows.append(row | {f"within_{key}": share for key, share in record.within.items()})
    return pd.DataFrame(rows).to_csv(index=False, float_format="%.8g", lineterminator="\n")
