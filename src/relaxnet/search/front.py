"""Several objectives: the trials that no other beats in all of them, and the compromise that is chosen."""

from collections.abc import Sequence

import numpy as np

from .records import TrialRecord


def pareto_front(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Complete trials than which no other is at least as good in every objective and better in one.

    Examples
    --------
    >>> one, two, three = (TrialRecord(n, {}, "complete", v) for n, v in enumerate([(1, 3), (2, 2), (2, 3)]))
    >>> [record.number for record in pareto_front([one, two, three])]
    [0, 1]
    """
    complete = [record for record in records if record.values]
    values = np.array([record.values for record in complete], dtype=float)
    return [
        record
        for record, own in zip(complete, values, strict=True)
        if not ((values <= own).all(axis=1) & (values < own).any(axis=1)).any()
    ]


def compromise(front: Sequence[TrialRecord]) -> TrialRecord:
    """The one whose worst objective is nearest, as a ratio, to the best of the front in it; of equal ones the first."""
    values = np.array([record.values for record in front], dtype=float)
    best = values.min(axis=0)
    ratios = np.divide(values, best, out=np.where(values > best, np.inf, 1.0), where=best > 0)
    return front[int(ratios.max(axis=1).argmin())]
