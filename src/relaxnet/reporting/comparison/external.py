"""Rows of the table of external cases, with a word on each estimate."""

from __future__ import annotations

from typing import NamedTuple

from relaxnet.core.errors import InvalidInputError
from .collect import Comparison

FAIR_SHARE_OF_MEAN = 0.25
"""An estimate of an external case is fair if it errs less than this share of what guessing the mean errs."""


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
        If the model that estimated them, which gives the thresholds and the mean's error, is not compared.
    """
    external, cases = comparison.study.external, comparison.external
    if external is None or cases is None:
        return {}
    if external.model not in comparison.models:
        raise InvalidInputError("external.model", external.model, f"one of {', '.join(comparison.models)}")
    records = comparison.models[external.model].metrics.targets
    tables: dict[tuple[str, bool], list[CaseRow]] = {}
    for name, rows in cases.groupby(external.case, sort=False):
        values = rows.set_index("target")
        found = []
        for label in comparison.targets:
            true, estimate = (float(values.loc[label.name, c]) for c in ("true", "estimate"))  # type: ignore[arg-type]
            record, error = records[label.name], abs(estimate - true)
            word = case_word(error, max(map(float, record.within), default=0.0), record.baseline_mae)
            found.append(CaseRow(label.axis(), label.value(true), label.value(estimate), label.error(error), word))
        tables[str(name), bool(rows[external.inside].iloc[0])] = found
    return tables


def case_word(error: float, threshold: float, mean_mae: float) -> str:
    """``good`` within the widest threshold, ``fair`` below a quarter of the mean's error, ``bad`` beyond."""
    if error <= threshold:
        return "good"
    if error < FAIR_SHARE_OF_MEAN * mean_mae:
        return "fair"
    return "bad" if error < mean_mae else "bad: the mean would do as well"
