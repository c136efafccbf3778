"""The table of external cases: what each model makes of cases from outside the dataset."""

from __future__ import annotations

from relaxnet.core.text import begin_sentence

from .collect import Comparison
from .tables import Cell, Table

FAIR_SHARE_OF_BASELINE = 0.25
"""An estimate of an external case is fair if it errs less than this share of the baseline's mean absolute error."""


def external(comparison: Comparison) -> Table | None:
    """A row for each external case and model, with a word on each estimate; None if no compared model has any."""
    spec, cases = comparison.spec.external, comparison.external
    if spec is None or cases is None:
        return None
    rows: list[list[str | Cell]] = []
    groups = {tuple(map(str, key)): rows for key, rows in cases.groupby([spec.case, "model"])}
    order = {name: number for number, name in enumerate(cases[spec.case].astype(str).unique())}
    for name, model in sorted(groups, key=lambda key: (order[key[0]], list(comparison.models).index(key[1]))):
        found = groups[name, model]
        place, values = "inside" if found[spec.inside].iloc[0] else "outside", found.set_index("target")
        row: list[str | Cell] = [name, model, place]
        for target in comparison.scalars:
            true, estimate = (float(values[column][target.name]) for column in ("true", "estimate"))
            record, error = comparison.records(target)[model], abs(estimate - true)
            word = case_word(error, max(map(float, record.within), default=0.0), record.baseline_mae)
            notes = Cell(f"true {target.value_text(true)}"), Cell(word, word.split(":")[0])
            row.append(Cell(target.value_text(estimate), notes=notes))
        rows.append(row)
    labels = [target.label for target in comparison.scalars]
    return Table((begin_sentence(spec.case), "model", "training range", *labels), rows, ("model", "training range"))


def case_word(error: float, threshold: float, baseline_mae: float) -> str:
    """``good`` within the widest threshold, ``fair`` below a quarter of the baseline's error, ``bad`` beyond."""
    if error <= threshold:
        return "good"
    if error < FAIR_SHARE_OF_BASELINE * baseline_mae:
        return "fair"
    return "bad" if error < baseline_mae else "bad: no better than the baseline"
