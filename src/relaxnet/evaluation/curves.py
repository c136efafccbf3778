"""Examples of a vector target: curves that stand for the typical, the bad and the worst estimate."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Target

from .metrics import sample_errors

CASES = {"median": 0.5, "90 %": 0.9, "worst": 1.0}
"""Share of the samples that err no more than the example."""

COLUMNS = ("case", "sample", "position", "true", "estimate")


def example_curves(target: Target, samples: ArrayLike, true: ArrayLike, estimate: ArrayLike) -> pd.DataFrame:
    """Choose a sample for each case by the rank of its error, and lay out its curves.

    ``samples``, shape (n,), identifies the rows of ``true`` and ``estimate``, shape (n, k).  Gives a row for each case
    ("median", "90 %", "worst") and place of the axis: ``case``, ``sample``, ``position`` (on the axis, in its unit),
    ``true`` and ``estimate`` (in the target's unit).

    Raises
    ------
    InvalidInputError
        If the target has no axis, the shapes do not fit, there is no sample, or a value is not finite.
    """
    if target.axis is None:
        raise InvalidInputError("target", target.name, "a vector target")
    truth, guess, names = np.asarray(true), np.asarray(estimate), np.asarray(samples)
    if not len(names) or truth.shape != (len(names), target.size):
        allowed = f"({len(names) or '1 or more'}, {target.size}), samples and values of {target.name}"
        raise InvalidInputError("true", f"array of shape {truth.shape}", f"of shape {allowed}")
    order = np.argsort(sample_errors(truth, guess), kind="stable")
    frames = []
    for case, share in CASES.items():
        row = order[max(0, int(np.ceil(share * len(order))) - 1)]
        curve = {"position": target.axis.values, "true": truth[row], "estimate": guess[row]}
        frames.append(pd.DataFrame({"case": case, "sample": names[row], **curve}))
    return pd.concat(frames, ignore_index=True)[list(COLUMNS)]
