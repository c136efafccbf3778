"""Cells of a table as numbers: one decimal mark, no thousands marks, gaps told by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError

Float = NDArray[np.float64]

_MISSING = frozenset(("", "-", "--", "---", "nan", "n/a", "na", "null", "none", "inf", "-inf", "#n/a", "-nan"))
_THOUSANDS = re.compile(r"\d[.,]\d*[.,]\d")
_FIRST_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")


class Row(NamedTuple):
    """Cells of a line of a file, counted from 1."""

    line: int
    cells: list[str]


def number_in(text: str) -> float | None:
    """First number in a text, whatever its decimal mark, or None.

    Examples
    --------
    >>> number_in("12,3 mg"), number_in("Sample Mass")
    (12.3, None)
    """
    match = _FIRST_NUMBER.search(text)
    return float(match[0].replace(",", ".")) if match else None


def looks_numeric(cell: str) -> bool:
    """Whether a cell holds a number with either decimal mark, or a sign of a missing one."""
    cell = cell.strip().strip('"').lower()
    return cell in _MISSING or bool(re.fullmatch(r"[-+]?[\d.,]*\d[\d.,]*(e[-+]?\d+)?", cell))


def numbers(path: Path, rows: Sequence[Row], columns: Sequence[int]) -> Float:
    """Numbers of some columns, shape (rows, columns); a cell that is empty or says that it is missing is NaN.

    Raises
    ------
    DataFileError
        Naming line and cell: thousands marks, both decimal marks, and what is no number.
    """
    cells = [row.cells[at].strip() if at < len(row.cells) else "" for row in rows for at in columns]
    joined = "\t".join(cells)
    if "," in joined:
        if "." in joined:
            _check_thousands(path, rows, columns, cells)
            marks = ["," if "," in cell else "." if "." in cell else "" for cell in cells]
            usual = next(filter(None, marks))
            both = (at for at, cell in enumerate(cells) if "," in cell and "." in cell)
            first = next((at for at, mark in enumerate(marks) if mark and mark != usual), None)
            first = next(both) if first is None else first
            raise _wrong(path, rows, columns, first, cells, "written with the decimal mark of the rows before it")
        _check_thousands(path, rows, columns, cells)
        cells = joined.replace(",", ".").split("\t")
    elif _THOUSANDS.search(joined):
        _check_thousands(path, rows, columns, cells)
    values = _floats(path, rows, columns, cells)
    return values.reshape(len(rows), len(columns))


def complete_rows(
    path: Path, rows: Sequence[Row], values: Float, needed: Sequence[int], titles: Sequence[str]
) -> slice:
    """Rows from the first to the last that has all of the ``needed`` columns.

    Raises `DataFileError` naming the line of a gap between them.
    """
    whole = np.asarray(np.isfinite(values[:, list(needed)]).all(axis=1))
    if not whole.any():
        return slice(0, 0)
    first, last = int(np.argmax(whole)), len(whole) - int(np.argmax(whole[::-1]))
    gaps = np.flatnonzero(~whole[first:last])
    if len(gaps):
        row = first + int(gaps[0])
        column = next(at for at in needed if not np.isfinite(values[row, at]))
        many = f", {len(gaps)} such rows" if len(gaps) > 1 else ""
        raise DataFileError(
            f"{path}, line {rows[row].line}, {titles[column]}: no number (a gap in the measurement{many}): "
            f"a number in every row is expected"
        )
    return slice(first, last)


def _floats(path: Path, rows: Sequence[Row], columns: Sequence[int], cells: list[str]) -> Float:
    try:
        if "_" not in "".join(cells):
            return np.array(cells, dtype=np.float64)
    except ValueError:
        pass
    values = np.empty(len(cells))
    for at, cell in enumerate(cells):
        text = cell.strip('"').strip()
        if text.lower() in _MISSING:
            values[at] = np.nan
            continue
        try:
            values[at] = float(text)
        except ValueError:
            raise _wrong(path, rows, columns, at, cells, "a number") from None
        if "_" in text:
            raise _wrong(path, rows, columns, at, cells, "a number")
    return values


def _check_thousands(path: Path, rows: Sequence[Row], columns: Sequence[int], cells: list[str]) -> None:
    for at, cell in enumerate(cells):
        if _THOUSANDS.search(cell):
            allowed = "a number without thousands marks (has a spreadsheet damaged it? export it again)"
            raise _wrong(path, rows, columns, at, cells, allowed)


def _wrong(
    path: Path, rows: Sequence[Row], columns: Sequence[int], at: int, cells: list[str], allowed: str
) -> DataFileError:
    row, column = divmod(at, len(columns))
    cell = cells[at] if len(cells[at]) <= 40 else f"{cells[at][:36]} ..."
    return DataFileError(f"{path}, line {rows[row].line}, column {columns[column] + 1}: {cell!r}: must be {allowed}")
