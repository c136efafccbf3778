"""METTLER TOLEDO STARe text exports: one or many curves a file, conventional and Flash DSC."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from relaxnet.core.errors import DataFileError

from ..physics import ZERO_CELSIUS_K
from .measurement import Ageing, Block, Measurement
from .numbers import Row, looks_numeric
from .tables import blocks_of, columns_of
from .units import exotherm_in

_CONTROL = re.compile(r"(\[\]\d*)?[¯ˉ]?\[\]\]?\d+\[\$|¯\[\]\]\d+\[\$|!?&|\[\]\d+")
_AGEING = re.compile(
    r"\bag\w*\s*([-−]?\d+(?:[.,]\d+)?)\s*°?C.*?(?<![-\d.])(\d+(?:[.,]\d+)?)\s*(ks|s|min|h)\b(?![-−/]|\s*1\b)", re.I
)
_REAL = re.compile(r"\(real\s*([-−]?\d+(?:[.,]\d+)?)\)", re.I)
_SECONDS = {"s": 1.0, "ks": 1e3, "min": 60.0, "h": 3600.0}


def recognises(text: str) -> bool:
    """Whether a text is an export of STARe: it has ``Curve Name:`` and ``Curve Values:``."""
    return "Curve Values:" in text[:200000] and ("Curve Name:" in text or "STARe" in text)


def read(path: Path, text: str, mass_mg: float | None) -> Measurement:
    """Read the file.  It says nothing of the sign: exothermic events point up, as STARe has it if not set otherwise.

    Raises `DataFileError` for curves without values, and see `blocks_of`.
    """
    lines = text.split("\n")
    starts = [at for at, line in enumerate(lines) if line.strip().startswith("Curve Values:")]
    stops = [*starts[1:], len(lines)]
    mass_mg = mass_mg or _mass(text)
    blocks = [
        block for start, stop in zip(starts, stops, strict=True) for block in _curve(path, lines, start, stop, mass_mg)
    ]
    exo = exotherm_in(text)
    assumed = "the file does not tell the sign: exothermic up is assumed, as STARe has it; else give --exo down"
    return Measurement(
        maker="mettler",
        blocks=blocks,
        instrument=_after(lines, "Type") or _after(lines, "TA Module"),
        sample=_sample(lines),
        mass_mg=mass_mg,
        exo=exo or "up",
        notes=[] if exo else [assumed],
    )


def _curve(path: Path, lines: list[str], start: int, stop: int, mass_mg: float | None) -> list[Block]:
    name = next((lines[at + 1] for at in range(start, -1, -1) if lines[at].strip().startswith("Curve Name:")), "")
    name = _CONTROL.sub("", name).strip()
    titles = lines[start + 1].split() if start + 1 < stop else []
    units = re.findall(r"\[([^\]]*)\]", lines[start + 2]) if start + 2 < stop else []
    if not titles or not units:
        raise DataFileError(f"{path}, line {start + 1}: a curve without titles and units of its columns (cut short?)")
    rows = list[Row]()
    for at in range(start + 3, stop):
        cells = lines[at].split()
        if len(cells) != len(titles) or not looks_numeric(cells[0]):
            break
        rows.append(Row(at + 1, cells))
    # the index has no unit
    columns = columns_of(titles, ["", *units] if len(units) == len(titles) - 1 else units)
    blocks = blocks_of(path, columns, rows, name, mass_mg=mass_mg)
    return [replace(block, ageing=_ageing(name)) for block in blocks]


def _ageing(name: str) -> Ageing | None:
    """Temperature and time of ageing that the name of a curve tells; not a range of times, which names a series.

    Examples
    --------
    >>> _ageing("OTP ag-46.5ºC 180ks (real-36.5) (end) 181224").duration_s
    180000.0
    >>> _ageing("OTP ag-46.5ºC (real-36.5) 0.1-80ks") is None
    True
    """
    match = _AGEING.search(name.replace("º", "°"))
    if not match:
        return None
    real = _REAL.search(name)
    temperature = (real[1] if real else match[1]).replace(",", ".").replace("−", "-")
    seconds = float(match[2].replace(",", ".")) * _SECONDS[match[3].lower()]
    return Ageing(float(temperature) + ZERO_CELSIUS_K, seconds)


def _sample(lines: list[str]) -> str | None:
    for at, line in enumerate(lines[:-1]):
        if line.strip() == "Sample:":
            name, found, _ = lines[at + 1].strip().rpartition(",")
            return (name if found else lines[at + 1].strip()) or None
    return None


def _mass(text: str) -> float | None:
    match = re.search(r"^\s*Sample:\s*\n.*?,\s*([\d.,]+)\s*mg\s*$", text, re.M)
    return float(match[1].replace(",", ".")) or None if match else None


def _after(lines: list[str], key: str) -> str | None:
    for at, line in enumerate(lines):
        name, found, value = line.partition(":")
        if found and name.strip() == key:
            value = value.strip() or (lines[at + 1].strip() if at + 1 < len(lines) else "")
            return value or None
    return None
