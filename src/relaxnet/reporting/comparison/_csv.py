"""CSV files, refused with file, column and row where they are missing, cut short or damaged."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from relaxnet.core.errors import DataFileError


def read_history(path: Path) -> dict[str, list[float]]:
    """Read the course of a training: columns ``loss`` and ``val_loss``, one row an epoch.

    Raises
    ------
    DataFileError
        If the file is missing, cut or has other columns.
    """
    table = read_csv(path, ["loss", "val_loss"])
    return {name: table[name].tolist() for name in ("loss", "val_loss")}


def read_csv(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        text = path.read_text(encoding="utf-8")
        table = pd.read_csv(StringIO(text))
    except FileNotFoundError:
        raise DataFileError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        problem = str(error).strip().splitlines()[0]
        raise DataFileError(f"{path}: not a readable CSV file ({problem})") from None
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise DataFileError(f"{path}: lacks the columns {', '.join(missing)}")
    if not text.endswith("\n") or table.empty:
        raise DataFileError(f"{path}: cut short (no rows, or the last line does not end)")
    return table


def check_flags(path: Path, table: pd.DataFrame, column: str) -> None:
    if table[column].dtype != np.bool_:
        raise DataFileError(f"{path}: column {column} must hold True or False in every row")


def check_numbers(path: Path, table: pd.DataFrame, columns: list[str], *, empty_allowed: bool = False) -> None:
    for column in columns:
        values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
        wrong = ~np.isfinite(values) & ~(table[column].isna().to_numpy() & empty_allowed)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise DataFileError(
                f"{path}: column {column}, row {table.index[row] + 1}: {table[column].iloc[row]} is not a finite number"
            )
