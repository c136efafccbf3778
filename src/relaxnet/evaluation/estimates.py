"""Columns of ``estimates.csv``, the table of what a model estimated for each test sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.datasets.targets import Targets

from .metrics import sample_errors

Float = NDArray[np.float64]


def estimate_columns(targets: Targets, true: ArrayLike, estimate: ArrayLike, baseline: ArrayLike) -> dict[str, Float]:
    """Columns of all targets, in the targets' units.

    Parameters
    ----------
    targets : Targets
    true, estimate : array_like, shape (n, targets.width)
    baseline : array_like, shape (targets.width,)
        Mean of the training targets.

    Returns
    -------
    dict
        Of a number ``true_``, ``estimate_`` and ``baseline_<target>``; of a vector, whose values would be too many
        columns, ``error_`` and ``baseline_error_<target>``: means of the absolute errors along its axis.

    Raises
    ------
    InvalidInputError
        If a value of a vector is not finite.
    """
    truth, guess = np.asarray(true, dtype=np.float64), np.asarray(estimate, dtype=np.float64)
    mean = np.broadcast_to(np.asarray(baseline, dtype=np.float64), truth.shape)
    tables = {"true": truth, "estimate": guess, "baseline": mean}
    columns = {}
    for target in targets.items:
        if target.axis:
            for kind, values in (("error", guess), ("baseline_error", mean)):
                pair = truth[:, targets.columns(target.name)], values[:, targets.columns(target.name)]
                columns[f"{kind}_{target.name}"] = sample_errors(*pair)
        else:
            column = targets.columns(target.name).start
            columns |= {f"{kind}_{target.name}": values[:, column] for kind, values in tables.items()}
    return columns
