"""Tidy tables of heating scans, one row a measured point, read and checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..physics import ZERO_CELSIUS_K
from ..physics.program import check_rate

Float = NDArray[np.float64]

SAMPLE, SCAN = "sample", "scan"
COOLING, HEATING, SIGNAL = "cooling_rate_k_per_min", "heating_rate_k_per_min", "cp_n"
CELSIUS, KELVIN = "temperature_c", "temperature_k"
REQUIRED = (COOLING, HEATING, SIGNAL)
MIN_POINTS = 10  # a scan of fewer points shows no transition
MAX_ROWS = 20_000_000
HALF = 0.5  # of the rise from glass to liquid
LARGEST_SIGNAL = 1e4  # that of the steepest scan of the state space is some hundreds
_HEAT_FLOW = "the normalised signal (0 in the glass, 1 in the liquid), not heat flow or cp"


@dataclass(frozen=True, eq=False)
class Scan:
    """A heating scan after cooling: rates in K/min; temperatures, rising, in K, and the signal, each (points,)."""

    cooling_rate_k_per_min: float
    heating_rate_k_per_min: float
    temperature_k: Float
    cp_n: Float


@dataclass(frozen=True, eq=False)
class Sample:
    """The scans of one sample by rising cooling rate; ``celsius`` if the table gave degrees Celsius."""

    name: str
    scans: tuple[Scan, ...]
    celsius: bool


def half_rise_k(scan: Scan) -> float:
    """Temperature at which a scan that begins below 0.5 first reaches it, in K; NaN if it never does."""
    above = scan.cp_n >= HALF
    if not above.any() or above[0]:
        return float("nan")
    end = int(np.argmax(above))
    low, high = scan.cp_n[end - 1 : end + 1]
    share = (HALF - low) / (high - low)
    return float(scan.temperature_k[end - 1] + share * (scan.temperature_k[end] - scan.temperature_k[end - 1]))


def read_samples(table: pd.DataFrame) -> list[Sample]:
    """Samples of a tidy table, in the order in which they appear.

    Parameters
    ----------
    table : DataFrame
        Columns ``cooling_rate_k_per_min``, ``heating_rate_k_per_min``, ``cp_n``, and either ``temperature_c`` or
        ``temperature_k``.  Optional: ``sample`` (without it all rows are one sample, "1") and ``scan`` (without it rows
        of equal rates are one scan).  Other columns do not count.

    Raises
    ------
    InvalidInputError
        Naming row, column and value: a column is missing; a value is no finite number or not possible; the rates change
        within a scan; temperatures do not rise within a scan; a scan has fewer than 10 points.
    """
    temperature = _check_columns(table)
    numbers = {name: _numbers(table, name) for name in (*REQUIRED, temperature)}
    for name in (COOLING, HEATING):
        values = numbers[name]
        _, first = np.unique(values, return_index=True)
        for row in np.sort(first):
            check_rate(_where(row, name), float(values[row]))
    shift = ZERO_CELSIUS_K if temperature == CELSIUS else 0.0
    kelvin = numbers[temperature] + shift
    for row in np.flatnonzero(kelvin <= 0.0)[:1]:
        allowed = f"a temperature above {-shift:g} {'degC' if shift else 'K'}"
        raise InvalidInputError(_where(row, temperature), numbers[temperature][row], allowed)
    for row in np.flatnonzero(np.abs(numbers[SIGNAL]) > LARGEST_SIGNAL)[:1]:
        raise InvalidInputError(_where(row, SIGNAL), numbers[SIGNAL][row], _HEAT_FLOW)
    found: dict[str, list[Scan]] = {}
    for name, rows in _scans(table, numbers):
        _check_scan(rows, name, numbers, temperature)
        cooling, heating = (float(numbers[key][rows[0]]) for key in (COOLING, HEATING))
        found.setdefault(name, []).append(Scan(cooling, heating, kelvin[rows], numbers[SIGNAL][rows]))
    return [
        Sample(name, tuple(sorted(scans, key=lambda scan: scan.cooling_rate_k_per_min)), temperature == CELSIUS)
        for name, scans in found.items()
    ]


def _check_columns(table: pd.DataFrame) -> str:
    """Name of the column of temperatures."""
    given = ", ".join(map(str, table.columns)) or "none"
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing:
        raise InvalidInputError("columns", given, f"at least {', '.join(REQUIRED)}; {', '.join(missing)} missing")
    if not 0 < len(table) <= MAX_ROWS:
        raise InvalidInputError("table", f"{len(table)} rows", f"of 1 to {MAX_ROWS} rows")
    # a server may fill an optional column that was not sent
    temperatures = [name for name in (CELSIUS, KELVIN) if name in table.columns and table[name].notna().any()]
    if len(temperatures) != 1:
        raise InvalidInputError("columns", given, f"with temperatures in one of {CELSIUS} and {KELVIN}")
    return temperatures[0]


def _numbers(table: pd.DataFrame, name: str) -> Float:
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    for row in np.flatnonzero(~np.isfinite(values))[:1]:
        raise InvalidInputError(_where(row, name), table[name].iloc[row], "a finite number")
    return values


def _labels(table: pd.DataFrame, name: str) -> list[str]:
    if name not in table.columns or not table[name].notna().any():
        return ["1"] * len(table)
    for row in np.flatnonzero(table[name].isna())[:1]:
        raise InvalidInputError(_where(row, name), "(missing)", f"given in every row, or the column {name} left out")
    return [str(value) for value in table[name]]


def _scans(table: pd.DataFrame, numbers: dict[str, Float]) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Sample and rows of each scan."""
    samples, scans = _labels(table, SAMPLE), _labels(table, SCAN)
    if len(set(scans)) == 1:  # rates tell them apart
        scans = [f"{cooling} {heating}" for cooling, heating in zip(numbers[COOLING], numbers[HEATING], strict=True)]
    places: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(zip(samples, scans, strict=True)):
        places.setdefault(key, []).append(row)
    for (sample, _), rows in places.items():
        yield sample, np.array(rows)


def _check_scan(rows: NDArray[np.intp], sample: str, numbers: dict[str, Float], temperature: str) -> None:
    for name in (COOLING, HEATING):
        values = numbers[name][rows]
        for other in np.flatnonzero(values != values[0])[:1]:
            raise InvalidInputError(_where(rows[other], name), values[other], f"{values[0]:g}, as before in this scan")
    values = numbers[temperature][rows]
    for step in np.flatnonzero(np.diff(values) <= 0)[:1]:
        allowed = f"above {values[step]:g}, the temperature before it in this scan: heating scans rise"
        raise InvalidInputError(_where(rows[step + 1], temperature), values[step + 1], allowed)
    if len(rows) < MIN_POINTS:
        rate = numbers[COOLING][rows[0]]
        allowed = f"of at least {MIN_POINTS} points"
        raise InvalidInputError(
            f"scan of sample {sample} after cooling at {rate:g} K/min", f"{len(rows)} points", allowed
        )


def _where(row: int | np.intp, column: str) -> str:
    return f"row {row + 1}, {column}"
