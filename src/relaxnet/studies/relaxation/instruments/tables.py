"""From the columns of a table to blocks: which columns are time, temperature and signal, and their units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError

from .measurement import Block, Nominal
from .numbers import Row, complete_rows, looks_numeric, numbers
from .units import SIGNALS, Column, column, usual_unit

Float = NDArray[np.float64]
_UNITS_WANTED = "K or °C, s or min, mW, mW/mg, W/g or J/(g K)"
_SIGNAL_UNITS = "mW, mW/mg, W/g, J/(g K), or a column cp_n"


def columns_of(titles: Sequence[str], units: Sequence[str] | None = None) -> list[Column]:
    """Columns of a row of titles, and of a row of units below it if there is one."""
    apart = [unit.strip().strip("[]()") for unit in units] if units is not None else []
    return [column(title, apart[at] if at < len(apart) else "") for at, title in enumerate(titles)]


def is_unit_row(cells: Sequence[str]) -> bool:
    """Whether a row below the titles holds units: ``[s],[K],[mW/mg]``."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled or any(looks_numeric(cell) for cell in filled):
        return False
    known = [column("x", cell.strip("[]()")).kind not in ("other", "unknown") for cell in filled]
    return all(cell.startswith(("[", "(")) for cell in filled) or sum(known) * 2 >= len(filled)


def blocks_of(
    path: Path,
    columns: Sequence[Column],
    rows: Sequence[Row],
    name: str = "",
    *,
    mass_mg: float | None = None,
    nominal: Nominal | None = None,
    follows: bool = False,
) -> list[Block]:
    """Blocks of a table: one for each pair of a temperature and a signal column (exports of several curves have more).

    Heat capacities in J/K are divided by the mass.  Rows without a number at the beginning and the end are left out.

    Raises
    ------
    DataFileError
        For a column that is missing or whose unit is not known, a gap, and temperatures that cannot be kelvin.
    """
    blocks = [_block(path, columns, chosen, rows, name, mass_mg, nominal, follows) for chosen in _choose(path, columns)]
    named = _numbered([columns[chosen[-1]].title for chosen in _choose(path, columns)])
    return (
        [replace(b, name=f"{name} {title}".strip()) for b, title in zip(blocks, named, strict=True)]
        if (len(blocks) > 1)
        else blocks
    )


def _numbered(titles: list[str]) -> list[str]:
    if len(set(titles)) == len(titles):
        return titles
    return [f"{title} ({number})" for number, title in enumerate(titles, 1)]


def _choose(path: Path, columns: Sequence[Column]) -> list[tuple[int | None, int, int | None, int]]:
    """Indices of time, temperature, program temperature and signal of each curve; time and program may be None."""
    groups = _groups(columns)
    return [_choose_in(path, columns, group, columns) for group in groups]


def _groups(columns: Sequence[Column]) -> list[list[int]]:
    """Columns of each curve: where titles repeat, each repetition of the first of them begins another curve."""
    plain = [re.sub(r"([._ ]\d+|\s*\(\d+\))$", "", item.title.lower().strip("# ")) for item in columns]
    relevant = [
        at for at, item in enumerate(columns) if item.kind in ("time_s", "temperature_k", *SIGNALS) and plain[at]
    ]
    temperatures = [at for at in relevant if columns[at].kind == "temperature_k"]
    repeated = {plain[at] for at in temperatures if sum(plain[other] == plain[at] for other in temperatures) > 1}
    if not repeated:
        return [list(range(len(columns)))]
    first = plain[next(at for at in relevant if sum(plain[o] == plain[at] for o in relevant) > 1)]
    starts = [at for at in relevant if plain[at] == first]
    bounds = [*starts[1:], len(columns)]
    return [list(range(start, end)) for start, end in zip(starts, bounds, strict=True)]


def _choose_in(
    path: Path, columns: Sequence[Column], group: Sequence[int], everything: Sequence[Column]
) -> tuple[int | None, int, int | None, int]:
    def best(*kinds: str) -> int | None:
        found = [at for at in group if columns[at].kind in kinds]
        return min(found, key=lambda at: (columns[at].rank, kinds.index(columns[at].kind)), default=None)

    temperature, signal = best("temperature_k"), best(*SIGNALS)
    titles = ", ".join(item.title for item in everything if item.title) or "none"
    if signal is None:
        if any(item.kind == "mass" for item in everything) and not any(i.kind == "unknown" for i in everything):
            raise DataFileError(f"{path}: thermogravimetry (TGA): a mass but no heat flow among the columns {titles}")
        raise _asked(path, columns, group, "a heat flow or heat capacity", _SIGNAL_UNITS, titles)
    if temperature is None:
        raise _asked(path, columns, group, "a temperature", "K or °C", titles)
    program = [at for at in group if columns[at].kind == "temperature_k" and columns[at].rank == 1]
    return best("time_s"), temperature, next((at for at in program if at != temperature), None), signal


def _asked(
    path: Path, columns: Sequence[Column], group: Sequence[int], what: str, units: str, titles: str
) -> DataFileError:
    unknown = next((columns[at] for at in group if columns[at].kind == "unknown"), None)
    if unknown is not None:
        unit = (
            f"unit {unknown.unit!r} of column {unknown.name!r} is not known"
            if unknown.unit
            else (f"column {unknown.name!r} has no unit")
        )
        usual = usual_unit(unknown.name) or units.split(" ")[0].strip(",")
        return DataFileError(
            f"{path}: {unit}: write it in the title, as {unknown.name} [{usual}]; known are {_UNITS_WANTED}"
        )
    return DataFileError(f"{path}: no column with {what} in {units}; the columns are: {titles}")


def _block(
    path: Path,
    columns: Sequence[Column],
    chosen: tuple[int | None, int, int | None, int],
    rows: Sequence[Row],
    name: str,
    mass_mg: float | None,
    nominal: Nominal | None,
    follows: bool,
) -> Block:
    time, temperature, program, signal = chosen
    used = [at for at in (time, temperature, program, signal) if at is not None]
    values = numbers(path, rows, used)
    for place, at in enumerate(used):
        values[:, place] = values[:, place] * columns[at].factor + columns[at].offset
    titles = [columns[at].title for at in used]
    needed = [place for place, at in enumerate(used) if at != program]
    kept = complete_rows(path, rows, values, needed, titles)
    by_column = {at: values[kept, place] for place, at in enumerate(used)}
    temperature_k = by_column[temperature]
    if len(temperature_k) and temperature_k.min() <= 0.0:
        row = rows[kept.start + int(np.argmin(temperature_k))]
        shown = f"{(temperature_k.min() - columns[temperature].offset):g} {columns[temperature].unit}"
        hint = "is it in °C? correct the unit in the title" if columns[temperature].offset == 0 else "damaged?"
        raise DataFileError(
            f"{path}, line {row.line}, {columns[temperature].title}: {shown} is below absolute zero ({hint})"
        )
    values_of_signal, quantity = by_column[signal], columns[signal].kind
    if quantity == "heat_capacity_j_per_k":
        if not mass_mg:
            raise DataFileError(
                f"{path}, {columns[signal].title}: a heat capacity in {columns[signal].unit} needs the mass of the "
                f"sample: give --mass-mg"
            )
        values_of_signal, quantity = values_of_signal * 1e3 / mass_mg, "heat_capacity_j_per_g_k"
    return Block(
        name=name,
        temperature_k=temperature_k,
        signal=values_of_signal,
        quantity=quantity,  # type: ignore[arg-type]  # one of SIGNALS
        time_s=None if time is None else by_column[time],
        nominal=nominal,
        program_k=None if program is None else by_column[program],
        follows=follows,
        line=np.array([row.line for row in rows[kept]], dtype=np.int64),
    )
