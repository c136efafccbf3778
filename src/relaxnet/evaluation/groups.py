"""Errors of a group of samples beside the others', and their rank correlation with what describes a sample."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

MIN_FOR_CORRELATION = 10


def group_errors(errors: Mapping[str, ArrayLike], inside: ArrayLike) -> dict[str, Any]:
    """Mean error of the samples of a group and of the others.

    ``errors`` maps names to errors of shape (n,), those not finite do not count; ``inside`` is True in the group.
    Gives ``counts``: ``{"group", "others"}``; for every name ``{"group", "others", "ratio"}``, None where there is
    nothing to average or to divide by.
    """
    member = np.asarray(inside, dtype=np.bool_)
    found: dict[str, Any] = {"counts": {"group": int(member.sum()), "others": int((~member).sum())}}
    for name, values in errors.items():
        array = np.asarray(values, dtype=np.float64)
        group, others = _mean(array[member]), _mean(array[~member])
        ratio = group / others if group is not None and others else None
        found[name] = {"group": group, "others": others, "ratio": ratio}
    return found


def rank_correlations(errors: Mapping[str, ArrayLike], descriptor: ArrayLike) -> dict[str, float | None]:
    """Spearman's rank correlation (-1 ... 1) of each error with a descriptor of the samples.

    None where fewer than ten samples have both, or either does not vary.
    """
    found: dict[str, float | None] = {}
    for name, values in errors.items():
        pair = np.column_stack([np.asarray(values, dtype=np.float64), np.asarray(descriptor, dtype=np.float64)])
        pair = pair[np.isfinite(pair).all(axis=1)]
        vary = len(pair) >= MIN_FOR_CORRELATION and np.ptp(pair, axis=0).min() > 0
        # not scipy.stats, which takes a second to import
        found[name] = float(pd.DataFrame(pair).corr(method="spearman").to_numpy()[0, 1]) if vary else None
    return found


def _mean(values: NDArray[np.float64]) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else None
