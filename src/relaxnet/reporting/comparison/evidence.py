"""What the test sets show of every model, and which model errs least: within one region and on one test set only."""

from __future__ import annotations

from relaxnet.core.text import listed, percent
from relaxnet.datasets.targets import Target
from relaxnet.evaluation.metrics import Verdict, threshold_key, verdict

from ..records import FitRecord, TargetRecord
from .collect import Comparison, ModelResult
from .tables import DASH, Cell, Table, reference_for, unbroken

BASELINE_ERROR = "Errors in percent are mean absolute errors as a share of that of predicting the mean."


def _lowest(comparison: Comparison, target: Target) -> str | None:
    """Threshold whose share stands in the table: the headline's, or else the lowest."""
    chosen = [threshold_key(threshold) for name, threshold in comparison.spec.headline if name == target.name]
    known = next(iter(comparison.models.values())).metrics.targets[target.name].within
    return next((key for key in [*chosen, *known] if key in known), None)


def evidence(comparison: Comparison) -> Table | None:
    """A row for each model and target: errors on every test set beside those of the baseline and of a plain fit.

    None if no model was tested on a test set of the spec.
    """
    sets, spec = comparison.evidence, comparison.spec
    if not sets:
        return None
    printed = bool(spec.references) and any(found.published for found in sets)
    fitted = any(plain_fits(comparison).values())
    heads = ["Model", "region", "target", "predict the mean"]
    for found in sets:
        heads += [found.head, *([f"{unbroken('share within')}, {found.head}"] if printed and found.published else [])]
    if fitted:
        heads.append(spec.plain_fit)
    rows = []
    for name in (name for names in comparison.regions.values() for name in names):
        result = comparison.models[name]
        for target in comparison.targets:
            row: list[str | Cell] = [name, result.metrics.place, target.label]
            records = [(found, _record(result, found.name, target)) for found in sets]
            known = [record for _, record in records if record is not None]
            row.append(target.error_text(known[-1].baseline_mae) if known else DASH)
            for found, record in records:
                row.append(_error(target, record))
                if printed and found.published:
                    row.append(_share(comparison, result, target, record))
            if fitted:
                fit = _plain_fit(comparison, result)
                row.append(target.error_text(fit.mae[target.name]) if fit and target.name in fit.mae else DASH)
            rows.append(row)
    return Table(heads, rows, ("region", "target"))


def plain_fits(comparison: Comparison) -> dict[str, FitRecord | None]:
    """By region the plain fit to its hardest test set, if the study makes one."""
    found = {place: comparison.models[names[0]] for place, names in comparison.regions.items()}
    return {place: _plain_fit(comparison, result) for place, result in found.items()}


def _plain_fit(comparison: Comparison, result: ModelResult) -> FitRecord | None:
    if not comparison.spec.plain_fit or not comparison.evidence:
        return None
    test = result.metrics.tests.get(comparison.evidence[-1].name)
    return test.fit if test else None


def fit_sentence(comparison: Comparison) -> str:
    """How many samples were fitted, and whether all of the fits succeeded; empty if none was."""
    fits = [fit for fit in plain_fits(comparison).values() if fit]
    if not fits:
        return ""
    counts, failed = sorted({fit.fitted for fit in fits}), sum(fit.failed for fit in fits)
    number = " to ".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))
    outcome = f"{failed} fits failed and do not count" if failed else "no fit failed"
    return f"of the first {number} {comparison.spec.samples} of that set, {outcome}"


def _record(result: ModelResult, name: str, target: Target) -> TargetRecord | None:
    return result.metrics.tests[name].targets[target.name] if name in result.metrics.tests else None


def _error(target: Target, record: TargetRecord | None) -> str | Cell:
    if record is None:
        return DASH
    word = verdict(record.model_dump())
    return Cell(target.error_text(record.mae), word.replace(" ", "-") if word in ("no skill", "little skill") else "")


def hardest_verdicts(comparison: Comparison, target: Target) -> dict[str, Verdict]:
    """Verdict on each model on the hardest test set (of those that were tested on it), or else on its test part."""
    records: dict[str, TargetRecord | None] = dict(comparison.records(target))
    if comparison.evidence:
        last = comparison.evidence[-1].name
        records = {name: _record(result, last, target) for name, result in comparison.models.items()}
    return {name: verdict(record.model_dump()) for name, record in records.items() if record is not None}


def _share(comparison: Comparison, result: ModelResult, target: Target, record: TargetRecord | None) -> str | Cell:
    """Share within the threshold, beside the published one where there is any."""
    references, key = comparison.spec.references, _lowest(comparison, target)
    if record is None or key is None or key not in record.within:
        return DASH
    for other in (key, *record.within):  # one that is published, if any is
        published = reference_for(comparison, result, target.name, other)
        if references and published:
            reached = record.within[other] >= published.share
            note = f"{'✓' if reached else '✗'} {references.name} {published.text}"
            text = f"{percent(record.within[other])} ± {target.amount_text(float(other))}"
            return Cell(text, notes=(Cell(note, "yes" if reached else "no", published.source),))
    return f"{percent(record.within[key])} ± {target.amount_text(float(key))}"


def target_sentence(comparison: Comparison, target: Target) -> str:
    """Sentence on how a target is estimated on each test set, in percent of `BASELINE_ERROR`; it ranks no model."""
    found = [(item.where, _of_baseline(comparison, target, item.name)) for item in comparison.evidence]
    if not found:
        found = [("", _of_baseline(comparison, target, None))]
    known = [(place, shares) for place, shares in found if shares]
    if not known:
        return f"{target.short} does not vary in the test data, so no skill can be given."
    parts = [f"{_span(shares)} {place}".rstrip() for place, shares in known]
    return f"{target.short}: error of {', '.join(parts)}."


def _of_baseline(comparison: Comparison, target: Target, name: str | None) -> list[float]:
    """MAE of each model over that of the baseline, on a test set or on its own test part."""
    records: list[TargetRecord | None] = list(comparison.records(target).values())
    if name is not None:
        records = [_record(result, name, target) for result in comparison.models.values()]
    known = (record for record in records if record is not None and record.skill is not None)
    return [record.mae / record.baseline_mae for record in known if record.baseline_mae]


def _span(shares: list[float]) -> str:
    low, high = (f"{100 * share:.0f}" for share in (min(shares), max(shares)))
    return f"{low} %" if low == high else f"{low} to {high} %"


def ranking(comparison: Comparison) -> list[str]:
    """A sentence for each region of several models on which of them errs least in each target.

    They are ranked by the last test set that all of them have, or else by their own test parts if these are of one
    subset and size.  A region of one model is not ranked.
    """
    found = (_ranked(comparison, place, names) for place, names in comparison.regions.items() if len(names) > 1)
    return [sentence for sentence in found if sentence]


def _ranked(comparison: Comparison, place: str, names: list[str]) -> str:
    metrics = [comparison.models[name].metrics for name in names]
    shared = [found for found in comparison.evidence if all(found.name in item.tests for item in metrics)]
    if not shared and len({(item.subset, item.profile, item.samples.test) for item in metrics}) > 1:
        return ""
    where = shared[-1].where if shared else "on the test part"
    least: dict[str, list[str]] = {}
    equal = []
    for target in comparison.targets:
        if any(item.targets[target.name].skill is None for item in metrics):
            continue
        sets = [item.tests[shared[-1].name].targets if shared else item.targets for item in metrics]
        errors = {name: found[target.name].mae for name, found in zip(names, sets, strict=True)}
        lowest, second = map(target.amount_text, sorted(errors.values())[:2])
        if lowest == second:
            equal.append(target.short)
        else:
            text = f"{target.short} ({lowest}; the next {second})"
            least.setdefault(min(errors, key=errors.__getitem__), []).append(text)
    parts = [f"{name} errs least in {listed(texts)}" for name, texts in least.items()]
    parts += [f"they err alike in {listed(equal)}"] if equal else []
    return f"Of the models of region {place} ({listed(names)}), {where}: {'; '.join(parts)}." if parts else ""
