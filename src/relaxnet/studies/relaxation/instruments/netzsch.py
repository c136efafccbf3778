"""NETZSCH Proteus text and CSV exports: one segment, all segments, or several measurements side by side."""

from __future__ import annotations

import re
from pathlib import Path

from relaxnet.core.errors import DataFileError

from ..physics import ZERO_CELSIUS_K
from .measurement import Block, Measurement, Nominal
from .numbers import Row, looks_numeric, number_in, numbers
from .options import Exotherm
from .tables import blocks_of, columns_of

_EXO: dict[float, Exotherm] = {-1.0: "down", 1.0: "up"}

_RAMP = re.compile(r"(-?[\d.,]+)\s*°?C\s*/\s*([\d.,]+)\s*\(?K/(min|s)\)?\s*/\s*(-?[\d.,]+)\s*°?C")
_HEAD = re.compile(r"#([^#:][^:]*):\s*(.*)")


def recognises(text: str) -> bool:
    """Whether a text is an export of Proteus: lines ``#KEY: value`` and a title row ``##Temp./...``."""
    head = text[:20000]
    return "#EXPORTTYPE" in head or bool(re.search(r"^##\s*\"?(Temp|Time)", head, re.M | re.I))


def read(path: Path, text: str, mass_mg: float | None) -> Measurement:
    """Read the file; ``#EXO: -1`` says that an exothermic event points down.

    Raises `DataFileError` for a measurement without heat flow, and see `blocks_of`.
    """
    lines = text.split("\n")
    start = next((at for at, line in enumerate(lines) if line.lstrip('" ').startswith("##")), None)
    if start is None:
        raise DataFileError(f"{path}: the row of column titles (##Temp./°C...) is missing (cut short?)")
    separator = next((mark for mark in (";", "\t", ",") if mark in lines[start]), ";")
    head = _head(lines[:start], separator)
    kind = _first(head, "MTYPE").upper()
    if kind and "DSC" not in kind and "DTA" not in kind and "STA" not in kind and "CP" not in kind:
        raise DataFileError(f"{path}: {kind} (#MTYPE), no DSC measurement")
    mass_mg = mass_mg or number_in(_first(head, "SAMPLE MASS /mg")) or None
    columns = columns_of(lines[start].split(separator))
    rows = [
        Row(number, line.split(separator))
        for number, line in enumerate(lines[start + 1 :], start + 2)
        if line.strip(f" {separator}") and any(map(looks_numeric, line.split(separator)))
    ]
    samples = [sample.strip() for sample in head.get("SAMPLE", []) if sample.strip()]
    return Measurement(
        maker="netzsch",
        blocks=_blocks(path, columns, rows, head, mass_mg),
        instrument=_first(head, "INSTRUMENT") or None,
        sample=(samples or [_first(head, "IDENTITY")])[0] or None,
        mass_mg=mass_mg,
        exo=_EXO.get(number_in(_first(head, "EXO")) or 0.0),
        notes=[f"several samples side by side: {', '.join(samples)}"] if len(set(samples)) > 1 else [],
    )


def _blocks(
    path: Path, columns: list, rows: list[Row], head: dict[str, list[str]], mass_mg: float | None
) -> list[Block]:
    at = next((place for place, item in enumerate(columns) if item.kind == "segment"), None)
    if at is None:
        name = _first(head, "SEGMENT").partition("/")[0]
        nominal = _nominal(_first(head, "RANGE"))
        if name[1:].isdigit():
            nominal = _nominal(_first(head, f"SEG. {name[1:]}")) or nominal
        return blocks_of(path, columns, rows, name, mass_mg=mass_mg, nominal=nominal)
    segments = numbers(path, rows, [at])[:, 0].tolist()
    blocks, begin = list[Block](), 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or segments[end] != segments[begin]:
            number = f"{segments[begin]:g}"
            nominal = _nominal(_first(head, f"SEG. {number}"))
            part = rows[begin:end]
            blocks += blocks_of(path, columns, part, f"S{number}", mass_mg=mass_mg, nominal=nominal, follows=begin > 0)
            begin = end
    return blocks


def _head(lines: list[str], separator: str) -> dict[str, list[str]]:
    """Entries of the head: with a separator after the key, there may be one a column."""
    head = dict[str, list[str]]()
    for line in lines:
        match = _HEAD.match(line.strip().strip('"'))
        if match:
            values = match[2].strip().removeprefix(separator)
            cells = values.split(separator) if separator != "," else [values.rstrip(" ,")]
            head[" ".join(match[1].split())] = [cell.strip().strip('"') for cell in cells]
    return head


def _first(head: dict[str, list[str]], key: str) -> str:
    return next(iter(head.get(key, [])), "")


def _nominal(text: str) -> Nominal | None:
    match = _RAMP.search(text)
    if not match:
        return None
    start, rate, per, end = match.groups()
    low, high, speed = (float(value.replace(",", ".")) for value in (start, end, rate))
    return Nominal(low + ZERO_CELSIUS_K, speed * (60.0 if per == "s" else 1.0), high + ZERO_CELSIUS_K)
