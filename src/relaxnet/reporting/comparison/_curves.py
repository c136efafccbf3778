"""Read the example curves of a vector target, refused where they are not of this evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from relaxnet.core.errors import DataFileError
from relaxnet.core.tables import check_numbers, read_frame
from relaxnet.datasets.targets import Target
from relaxnet.evaluation.curves import CASES, COLUMNS
from relaxnet.evaluation.metrics import sample_errors

TOLERANCE = 1e-3  # relative; another evaluation errs otherwise


def read_curves(path: Path, target: Target, errors: pd.Series) -> pd.DataFrame:
    """Read ``curves/<target>.csv``.

    Parameters
    ----------
    path : Path
    target : Target
        A vector.
    errors : Series
        Error of each evaluated sample, by what identifies it, in ``estimates.csv``.

    Raises
    ------
    DataFileError
        If the file is missing, cut, or has other cases, positions, samples or errors.
    """
    table = read_frame(path, COLUMNS)
    check_numbers(path, table, ["position", "true", "estimate"])
    if list(table["case"].unique()) != list(CASES):
        found = ", ".join(map(str, table["case"].unique()))
        raise DataFileError(f"{path}: cases {found}: must be {', '.join(CASES)}")
    positions = target.axis.values if target.axis else ()
    for case, rows in table.groupby("case", sort=False):
        if len(rows) != len(positions) or not np.allclose(rows["position"], positions):
            raise DataFileError(f"{path}: {case}: positions must be the {len(positions)} of {target.name}")
        sample = rows["sample"].iloc[0]
        if rows["sample"].nunique() != 1 or sample not in errors.index:
            raise DataFileError(f"{path}: {case}: sample {sample}: must be one that was evaluated")
        error = float(sample_errors(rows["true"], rows["estimate"]).mean())
        listed = errors.loc[[sample]].to_numpy(dtype=np.float64)
        rounding = 1e-6 * float(rows["true"].abs().max())
        if not np.isclose(listed, error, rtol=TOLERANCE, atol=rounding).any():
            raise DataFileError(
                f"{path}: {case}: sample {sample} errs by {error:.6g}, in estimates.csv by {listed[0]:.6g}: "
                "the two are not of one evaluation"
            )
    return table
