"""What the comparison says in a few sentences, and as flat numbers for other programs."""

from collections.abc import Mapping

import pandas as pd

from relaxnet.core.text import begin_sentence, count_word, listed, percent
from relaxnet.evaluation.metrics import Verdict, verdict

from .collect import Comparison
from .evidence import BASELINE_ERROR, hardest_verdicts, ranking, target_sentence
from .tables import reference_for, share_columns

MEASURES = ("mae", "rmse", "median_ae", "baseline_mae", "baseline_rmse", "skill", "r2", "nrmse")


def sentences(comparison: Comparison) -> list[str]:
    """Sentences of the page's summary, all computed from the data; the first says what was evaluated."""
    text = [f"{_evaluated(comparison)} {BASELINE_ERROR}"]
    text += [target_sentence(comparison, target) for target in comparison.targets]
    text += ranking(comparison)
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


def _beaten(comparison: Comparison) -> list[str]:
    """Sentences on the models that do not beat the baseline, barely do, or have nothing to beat: on the hardest set."""
    words = {target.name: hardest_verdicts(comparison, target) for target in comparison.targets}
    place = begin_sentence(comparison.evidence[-1].where) if comparison.evidence else ""
    start, every = (f"{place}, the", f"{place}, every") if place else ("The", "Every")
    none, little = (_with_verdict(comparison, words, word) for word in ("no skill", "little skill"))
    text = []
    if none:
        text.append(f"{start} estimates {none} do not beat the training-mean baseline.")
    elif any(word != "constant" for found in words.values() for word in found.values()):
        text.append(f"{every} model beats the training-mean baseline on every target.")
    if little:
        text.append(f"{start} estimates {little} barely beat the training-mean baseline.")
    for target in comparison.targets:
        constant = [name for name, word in words[target.name].items() if word == "constant"]
        if constant and len(constant) < len(comparison.models):
            text.append(f"{target.short} does not vary in the test data of {listed(constant)}.")
    return text


def _with_verdict(comparison: Comparison, words: Mapping[str, Mapping[str, Verdict]], word: Verdict) -> str:
    """``of x by C and of y by all models``: where this is the verdict; empty if nowhere."""
    found = []
    for target in comparison.targets:
        if names := [name for name, given in words[target.name].items() if given == word]:
            by = "all models" if len(names) == len(comparison.models) else listed(names)
            found.append(f"of {target.short} by {by}")
    return listed(found) if found else ""


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
            for found in comparison.evidence:
                if found.name in metrics.tests:
                    values[f"{found.name}.mae"] = metrics.tests[found.name].targets[target.name].mae
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
            row: dict[str, object] = {"model": name, "target": target.name}
            row |= {measure: getattr(record, measure) for measure in ("unit", *MEASURES)}
            row["verdict"] = verdict(record.model_dump())
            row |= {f"within_{key}": share for key, share in record.within.items()}
            tests = comparison.models[name].metrics.tests
            for found in comparison.evidence:
                tested = tests[found.name].targets[target.name].mae if found.name in tests else None
                row |= {f"{found.name}_mae": tested}
            rows.append(row)
    return pd.DataFrame(rows).to_csv(index=False, float_format="%.8g", lineterminator="\n")
