"""Plain tables (CSV, TSV, blanks) with titles that tell quantity and unit."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from relaxnet.core.errors import DataFileError

from .measurement import Block, Measurement, Nominal
from .numbers import Row, looks_numeric, number_in, numbers
from .tables import blocks_of, columns_of, is_unit_row
from .units import Column, exotherm_in

_SEPARATORS = ("\t", ";", ",", "|")
_LONGEST_HEAD = 200


def recognises(text: str) -> bool:  # noqa: ARG001
    """Whatever no other reader wants."""
    return True


def read(path: Path, text: str, mass_mg: float | None) -> Measurement:
    """Read a table, see `read_columns`."""
    return read_columns(path, text, mass_mg, "table")


def read_columns(path: Path, text: str, mass_mg: float | None, maker: str) -> Measurement:
    """Read a table: lines of remarks, a row of titles, perhaps a row of units, and rows of numbers.

    The table of curves that ``relaxnet simulate`` writes is read too (``cooling_rate_k_per_min, temperature_c, cp_n``),
    one block a rate.

    Raises
    ------
    DataFileError
        If no rows of numbers are found, rows have more cells than there are titles, and see `blocks_of`.
    """
    lines = text.split("\n")
    separator, first = _layout(path, lines)
    titles, units, top = _titles(path, lines, separator, first)
    columns = columns_of(titles, units)
    rows = _rows(path, lines, separator, first, len(titles))
    head = "\n".join(lines[:first])
    mass_mg = mass_mg or _mass(head)
    return Measurement(
        maker=maker,
        blocks=_by_rate(path, columns, rows, mass_mg),
        sample=_entry(lines[:top], r"sample(?: ?name| id)?|probe|échantillon"),
        mass_mg=mass_mg,
        exo=exotherm_in(head),
    )


def _layout(path: Path, lines: Sequence[str]) -> tuple[str | None, int]:
    """Separator, None for blanks, and the first line of numbers: two such lines alike stand one after the other."""
    for at, line in enumerate(lines[: _LONGEST_HEAD + 1]):
        for separator in (*_SEPARATORS, None):
            cells = _split(line, separator)
            if len(cells) > 1 and _all_numeric(cells):
                later = next((later for later in lines[at + 1 :] if later.strip()), None)
                if later is None or _all_numeric(_split(later, separator)):
                    return separator, at
    raise DataFileError(f"{path}: no rows of numbers in columns: a text export of a DSC measurement is expected")


def _titles(
    path: Path, lines: Sequence[str], separator: str | None, first: int
) -> tuple[list[str], list[str] | None, int]:
    """Titles, units where they have a row of their own, and the number of lines before them."""
    above = [at for at in range(first) if lines[at].strip()]
    if not above:
        raise DataFileError(
            f"{path}, line {first + 1}: numbers without titles of columns: a first row such as "
            f"time [s],temperature [K],heat flow [mW] is expected"
        )
    last = above[-1]
    cells = _split_titles(lines[last], separator)
    if len(above) > 1 and is_unit_row(cells):
        return _split_titles(lines[above[-2]], separator), cells, above[-2]
    return cells, None, last


def _split_titles(line: str, separator: str | None) -> list[str]:
    if separator is None:  # titles may hold blanks themselves
        wide = re.split(r"\s{2,}|\t", line.strip())
        return wide if len(wide) > 1 else re.findall(r"[^\s\[(]+(?:\s*[\[(][^\])]*[\])])?", line)
    return _split(line, separator)


def _rows(path: Path, lines: Sequence[str], separator: str | None, first: int, width: int) -> list[Row]:
    rows = list[Row]()
    for at in range(first, len(lines)):
        if not lines[at].strip():
            continue
        cells = _split(lines[at], separator)
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) > width:
            decimal = " (decimal commas beside commas between the columns?)" if separator == "," else ""
            raise DataFileError(f"{path}, line {at + 1}: {len(cells)} cells under {width} titles{decimal}")
        if any(cell.strip() for cell in cells):
            rows.append(Row(at + 1, cells))
    return rows


def _by_rate(path: Path, columns: Sequence[Column], rows: Sequence[Row], mass_mg: float | None) -> list[Block]:
    """Blocks of equal cooling rate, where a column has it; else the whole table."""
    rates = {item.name.lower(): at for at, item in enumerate(columns) if item.kind == "rate_k_per_min"}
    cooling, heating = rates.get("cooling rate"), rates.get("heating rate")
    if cooling is None or not rows:
        return blocks_of(path, columns, rows, mass_mg=mass_mg)
    given = numbers(path, rows, [at for at in (cooling, heating) if at is not None])
    given = given * [columns[at].factor for at in (cooling, heating) if at is not None]
    if not np.isfinite(given).all() or (given <= 0).any():
        row = rows[int(np.argmin((np.isfinite(given) & (given > 0)).all(axis=1)))]
        raise DataFileError(f"{path}, line {row.line}, {columns[cooling].title}: a rate above 0 is expected")
    limits = [0, *(np.flatnonzero((np.diff(given, axis=0) != 0).any(axis=1)) + 1).tolist(), len(rows)]
    blocks = list[Block]()
    for begin, end in pairwise(limits):
        rate = float(given[begin, 0])
        nominal = Nominal(None, float(given[begin, 1]), None) if heating is not None else None
        part = blocks_of(path, columns, rows[begin:end], f"cooled at {rate:g} K/min", mass_mg=mass_mg, nominal=nominal)
        blocks += [replace(block, cooled_at_k_per_min=rate) for block in part]
    return blocks


def _split(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    if '"' in line:
        return next(csv.reader([line], delimiter=separator), [])
    return line.split(separator)


def _all_numeric(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) > 1 and all(map(looks_numeric, filled)) and any(any(map(str.isdigit, c)) for c in filled)


def _entry(lines: Sequence[str], key: str) -> str | None:
    for line in lines:
        match = re.match(rf"[#\s\"]*(?:{key})\s*[:=;,\t]\s*\"?([^;\t\"]+)", line, re.I)
        if match and match[1].strip(" ,;"):
            return match[1].strip(" ,;")
    return None


def _mass(head: str) -> float | None:
    match = re.search(
        r"(?:sample )?(?:mass|weight)[^\d\n]{0,20}([\d.,]+)\s*mg|mass[^\n]{0,3}mg\W+([\d.,]+)", head, re.I
    )
    return number_in(match[1] or match[2]) or None if match else None
