"""Rows of the table of external cases, with a word on each estimate."""

from __future__ import annotations

from typing import NamedTuple

from relaxnet.core.errors import InvalidInputError

from .collect import Comparison

FAIR_SHARE_OF_BASELINE = 0.25
"""An estimate of an external case is fair if it errs less than this share of the baseline's mean absolute error."""


class CaseRow(NamedTuple):
    """One target of an external case."""

    target: str
    true: str
    estimate: str
    error: str
    word: str


def case_rows(comparison: Comparison) -> dict[tuple[str, bool], list[CaseRow]]:
    """Rows of each external case (with whether it lies inside the training range); none if the study has none.

    Raises
    ------
    InvalidInputError
        If the model that estimated them, which gives the thresholds and the baseline's error, is not compared.
    """
    external, cases = comparison.spec.external, comparison.external
    if external is None or cases is None:
        return {}
    if external.model not in comparison.models:
        raise InvalidInputError("external.model", external.model, f"one of {', '.join(comparison.models)}")
    records = comparison.models[external.model].metrics.targets
    tables: dict[tuple[str, bool], list[CaseRow]] = {}
    for name, rows in cases.groupby(external.case, sort=False):
        values = rows.set_index("target")
        found = []
        for target in comparison.scalars:
            true, estimate = (float(values[column][target.name]) for column in ("true", "estimate"))
            record, error = records[target.name], abs(estimate - true)
            word = case_word(error, max(map(float, record.within), default=0.0), record.baseline_mae)
            texts = target.value_text(true), target.value_text(estimate), target.error_text(error)
            found.append(CaseRow(target.label, *texts, word))
        tables[str(name), bool(rows[external.inside].iloc[0])] = found
    return tables


def case_word(error: float, threshold: float, baseline_mae: float) -> str:
    """``good`` within the widest threshold, ``fair`` below a quarter of the baseline's error, ``bad`` beyond."""
    if error <= threshold:
        return "good"
    if error < FAIR_SHARE_OF_BASELINE * baseline_mae:
        return "fair"
    return "bad" if error < baseline_mae else "bad: no better than the baseline"
