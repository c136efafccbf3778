"""TA Instruments Universal Analysis text exports."""

from __future__ import annotations

import re
from pathlib import Path

from relaxnet.core.errors import DataFileError

from .measurement import Block, Measurement
from .numbers import Row, number_in, numbers
from .options import EXOTHERMS
from .tables import blocks_of, columns_of


def recognises(text: str) -> bool:
    """Whether a text is an export of Universal Analysis: a head of names and values, then ``StartOfData``."""
    return "StartOfData" in text[:100000] and bool(re.search(r"^Sig1\s", text[:100000], re.M))


def read(path: Path, text: str, mass_mg: float | None) -> Measurement:
    """Read the file.  Rows with a time of -1 mark the limits of its segments.

    Raises `DataFileError` for a module that is no DSC, and see `blocks_of`.
    """
    lines = text.split("\n")
    start = next(at for at, line in enumerate(lines) if line.startswith("StartOfData"))
    head = dict[str, str]()
    for line in lines[:start]:
        key, _, value = line.partition("\t")
        head.setdefault(key.strip(), value.strip())
    module = f"{head.get('Module', '')} {head.get('Instrument', '')}"
    if "DSC" not in module.upper() and re.search(r"TGA|DMA|TMA|DEA", module.upper()):
        raise DataFileError(f"{path}: {module.strip()}, no DSC measurement")
    signals = [head[key] for key in sorted((k for k in head if re.fullmatch(r"Sig\d+", k)), key=lambda k: int(k[3:]))]
    columns = columns_of(signals)
    size = head.get("Size", "")
    mass_mg = mass_mg or (number_in(size) if "mg" in size else None) or None
    rows = [Row(at, line.split()) for at, line in enumerate(lines[start + 1 :], start + 2) if line.strip()]
    return Measurement(
        maker="ta",
        blocks=_blocks(path, columns, rows, mass_mg),
        instrument=" ".join(head.get("Instrument", "").split()) or None,
        sample=head.get("Sample") or None,
        mass_mg=mass_mg,
        exo=EXOTHERMS.get(head.get("Exotherm", "").lower()),
    )


def _blocks(path: Path, columns: list, rows: list[Row], mass_mg: float | None) -> list[Block]:
    time = next((at for at, item in enumerate(columns) if item.kind == "time_s"), None)
    if time is None or not rows:
        return blocks_of(path, columns, rows, mass_mg=mass_mg)
    marked = [*(numbers(path, rows, [time])[:, 0] == -1.0).tolist(), True]
    blocks, begin = list[Block](), 0
    for end, marker in enumerate(marked):
        if marker:
            if end > begin:
                blocks += blocks_of(path, columns, rows[begin:end], mass_mg=mass_mg, follows=bool(blocks))
            begin = end + 1
    return blocks
