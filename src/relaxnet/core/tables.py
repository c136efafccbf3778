"""Text tables (CSV): those of users, refused by row and line; those that stages wrote, refused where cut short."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .errors import DataFileError, InvalidInputError, MissingFileError, first_line

if TYPE_CHECKING:
    import pandas as pd

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}


@dataclass(frozen=True)
class Table:
    """Numbers of a text table: columns of shape (rows,), and the line of the file that each row comes from."""

    path: Path
    lines: list[int]
    columns: dict[str, NDArray[np.float64]]

    def where(self, row: int, column: str) -> str:
        """Name of one cell, for an error message."""
        return f"{self.path}, row {row + 1} (line {self.lines[row]}), {column}"


def read_numbers(path: Path, columns: Sequence[str]) -> Table:
    """Read a user's CSV file that has exactly ``columns``, in any order, and a number in every cell.

    Blank lines and blanks around cells do not count.

    Raises
    ------
    DataFileError
        If the file is missing, empty, no text, or its columns are others.
    InvalidInputError
        Naming the row and column of a cell that is no number.
    """
    reader = csv.reader(StringIO(_read_text(path), newline=""))
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise _unreadable(path, error) from None
    wanted = ",".join(columns)
    if not rows:
        raise DataFileError(f"{path}: empty; must start with the columns {wanted}")
    header = [name.strip() for name in rows[0][1]]
    for separator, name in _OTHER_SEPARATORS.items():
        if len(header) == 1 and len(columns) > 1 and separator in header[0]:
            raise DataFileError(f"{path}: columns separated by {name}; must be by commas, and decimals by points")
    if all(map(_is_number, header)):
        raise DataFileError(f"{path}: begins with numbers; must begin with the columns {wanted}")
    missing = [name for name in columns if name not in header]
    extra = [repr(name) for name in header if name not in columns or header.count(name) > 1]
    if missing or extra:
        found = [f"lacks {', '.join(missing)}"] if missing else []
        found += [f"has {', '.join(dict.fromkeys(extra))} too many"] if extra else []
        raise DataFileError(f"{path}: {' and '.join(found)}; the columns must be {wanted}")
    if len(rows) == 1:
        raise DataFileError(f"{path}: has columns, but no rows")
    table = Table(path, [line for line, _ in rows[1:]], {name: np.empty(len(rows) - 1) for name in columns})
    for number, (line, cells) in enumerate(rows[1:]):
        if len(cells) != len(header):
            count = f"has {len(cells)} cells; must have {len(header)}"
            raise DataFileError(f"{path}, row {number + 1} (line {line}): {count}")
        for name, cell in zip(header, cells, strict=True):
            if not _is_number(cell):
                allowed = "a number with a decimal point" if _is_number(cell.replace(",", ".")) else "a number"
                raise InvalidInputError(table.where(number, name), repr(cell), allowed)
            table.columns[name][number] = float(cell)
    return table


def _is_number(text: str) -> bool:
    """Whether people would call it a number: Python also takes 1_000."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def read_frame(path: Path, columns: Sequence[str], *, empty_allowed: bool = False) -> pd.DataFrame:
    """Read a CSV file that a stage wrote: columns of any kind, at least ``columns``.

    One that is missing, no table, lacks a column or ends in the middle is a `DataFileError`; so is one without rows,
    unless it may have none.
    """
    import pandas as pd  # half a second that readers of users' tables do not need

    text = _read_text(path)
    try:
        frame = pd.read_csv(StringIO(text))
    except ValueError as error:  # pandas' parser errors are ValueErrors
        raise _unreadable(path, error) from None
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise DataFileError(f"{path}: lacks the columns {', '.join(missing)}")
    if not text.endswith("\n") or (frame.empty and not empty_allowed):
        raise DataFileError(f"{path}: cut short (no rows, or the last line does not end)")
    return frame


def check_flags(path: Path, frame: pd.DataFrame, column: str) -> None:
    """Raise `DataFileError` unless ``column`` holds True or False only."""
    if frame[column].dtype != np.bool_:
        raise DataFileError(f"{path}: column {column} must hold True or False in every row")


def check_numbers(path: Path, frame: pd.DataFrame, columns: Sequence[str], *, empty_allowed: bool = False) -> None:
    """Raise `DataFileError` naming the first row of ``columns`` that holds no finite number."""
    import pandas as pd

    for column in columns:
        values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
        wrong = ~np.isfinite(values) & ~(frame[column].isna().to_numpy() & empty_allowed)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise DataFileError(
                f"{path}: column {column}, row {frame.index[row] + 1}: {frame[column].iloc[row]} is not a finite number"
            )


def _read_text(path: Path) -> str:
    try:
        # utf-8-sig: spreadsheets put a byte order mark first
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return stream.read()
    except FileNotFoundError:
        raise MissingFileError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> DataFileError:
    return DataFileError(f"{path}: not a readable CSV file ({first_line(error)})")
