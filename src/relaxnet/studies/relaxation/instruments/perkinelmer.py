"""PerkinElmer Pyris ASCII exports."""

from __future__ import annotations

import re
from pathlib import Path

from relaxnet.core.errors import DataFileError

from ..physics import ZERO_CELSIUS_K
from .measurement import Block, Measurement, Nominal
from .numbers import Row, looks_numeric, number_in
from .tables import blocks_of, columns_of
from .units import exotherm_in

_STEP = re.compile(r"^\s*(\d+)\)\s+(DSC|TGA|STA)?[^\n]*?(Isothermal|Temperature Scan|Iso\b|Temp\b)", re.I)
_RAMP = re.compile(r"^\s*(\d+)\)\s*(Heat|Cool) from (-?[\d.,]+)\s*°?C to (-?[\d.,]+)\s*°?C at ([\d.,]+)\s*°?C/(min|s)")
# titles without units: Pyris writes minutes, degC and mW
_UNITS = {"time": "min", "temperature": "°C", "heat flow": "mW"}


def recognises(text: str) -> bool:
    """Whether a text is an export of Pyris: it names the method's steps and the weight as Pyris does."""
    head = text[:50000]
    return "Method Steps:" in head and ("Display Weight" in head or "Sample Weight" in head)


def read(path: Path, text: str, mass_mg: float | None) -> Measurement:
    """Read the file.  It says nothing of the sign: endothermic events point up, as Pyris has it.

    Raises `DataFileError` if no step has rows, and see `blocks_of`.
    """
    lines = text.split("\n")
    head = dict[str, str]()
    for line in lines[:60]:
        key, found, value = line.partition(":")
        if found:
            head.setdefault(key.strip(), value.strip())
    mass_mg = mass_mg or number_in(head.get("Sample Weight", "")) or number_in(head.get("Display Weight", "")) or None
    ramps = {match[1]: _nominal(match) for line in lines if (match := _RAMP.match(line))}
    steps = [(at, match) for at, line in enumerate(lines) if (match := _STEP.match(line)) and not _RAMP.match(line)]
    titles, blocks = list[str](), list[Block]()
    for place, (start, match) in enumerate(steps):
        stop = steps[place + 1][0] if place + 1 < len(steps) else len(lines)
        first = start + 1
        while first < stop and not _is_row(lines[first]):
            first += 1
        titles = _titles(lines[start + 1 : first]) or titles
        rows = list[Row]()
        for at in range(first, stop):
            if not _is_row(lines[at]):
                break
            rows.append(Row(at + 1, lines[at].split()))
        if not titles or not rows:
            continue
        columns = columns_of(titles, [_unit(title) for title in titles])
        blocks += blocks_of(
            path, columns, rows, match[0].strip(), mass_mg=mass_mg, nominal=ramps.get(match[1]), follows=bool(blocks)
        )
    if not blocks:
        raise DataFileError(f"{path}: a Pyris export without rows of time, temperature and heat flow (cut short?)")
    instrument = re.search(r"(DSC \d+|Diamond DSC|Pyris \d+ DSC|DSC\d+)", text)
    exo = exotherm_in(text[:50000])
    return Measurement(
        maker="perkinelmer",
        blocks=blocks,
        instrument=f"{instrument[1]}" if instrument else None,
        sample=head.get("Sample ID") or None,
        mass_mg=mass_mg,
        exo=exo or "down",
        notes=[]
        if exo
        else ["the file does not tell the sign: endothermic up is assumed, as Pyris has it; else --exo up"],
    )


def _is_row(line: str) -> bool:
    cells = line.split()
    return len(cells) > 2 and all(map(looks_numeric, cells))


def _titles(lines: list[str]) -> list[str]:
    """Titles of columns, which Pyris breaks into two lines."""
    parts = [[cell.strip() for cell in line.strip("\n").split("\t")] for line in lines if "\t" in line]
    width = max(map(len, parts), default=0)
    joined = [" ".join(row[at] for row in parts if at < len(row) and row[at]) for at in range(width)]
    return [title for title in joined if title] if any("time" in title.lower() for title in joined) else []


def _unit(title: str) -> str:
    lower = title.lower()
    return next((unit for name, unit in _UNITS.items() if name in lower and "calibration" not in lower), "")


def _nominal(match: re.Match[str]) -> Nominal:
    start, end, rate = (float(match[at].replace(",", ".")) for at in (3, 4, 5))
    return Nominal(start + ZERO_CELSIUS_K, rate * (60.0 if match[6] == "s" else 1.0), end + ZERO_CELSIUS_K)
