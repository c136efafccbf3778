"""Estimates as a table: one row a sample, whichever network they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..physics import PARAMETER_NAMES
from .flags import CLIPPED, Flag
from .tables import SAMPLE

Float = NDArray[np.float64]

STD = "std_"
MISFIT_COLUMN, FLAGS, REMARKS = "misfit", "flags", "remarks"
COLUMNS = (SAMPLE, *PARAMETER_NAMES, *(STD + name for name in PARAMETER_NAMES), MISFIT_COLUMN, FLAGS, REMARKS)
BOUNDED = ("x", "beta")
SMALLEST = 1e-3  # to which an x or beta of zero or below is clipped


def clipped(parameters: Float) -> tuple[Float, list[list[Flag]]]:
    """Parameters (n, 4) with x and beta brought into (0, 1], and what was done to each."""
    result, flags = parameters.copy(), [list[Flag]() for _ in parameters]
    for name in BOUNDED:
        values = result[:, PARAMETER_NAMES.index(name)]
        for row in np.flatnonzero((values <= 0.0) | (values > 1.0)):
            flags[row].append(Flag(CLIPPED, f"estimated {name} = {values[row]:.4g}", "in (0, 1]; clipped"))
        np.clip(values, SMALLEST, 1.0, out=values)
    return result, flags


def as_table(
    names: Sequence[str], parameters: Float, deviations: Float, misfit: Float, flags: Sequence[Sequence[Flag]]
) -> pd.DataFrame:
    """Table of estimates with the columns `COLUMNS`.

    Parameters
    ----------
    names : sequence of str, length n
    parameters, deviations : ndarray, shape (n, 4)
        NaN where there is none.
    misfit : ndarray, shape (n,)
    flags : sequence of sequences of Flag, length n
        Their names become the column ``flags``, separated by blanks; their sentences the column ``remarks``.
    """
    table: dict[str, Any] = {SAMPLE: list(names)}
    table |= {name: parameters[:, column] for column, name in enumerate(PARAMETER_NAMES)}
    table |= {STD + name: deviations[:, column] for column, name in enumerate(PARAMETER_NAMES)}
    table[MISFIT_COLUMN] = misfit
    table[FLAGS] = [" ".join(dict.fromkeys(flag.name for flag in found)) for found in flags]
    table[REMARKS] = ["; ".join(map(str, found)) for found in flags]
    return pd.DataFrame(table)
