"""TA Instruments TRIOS text exports: sections in brackets, one ``[step]`` a segment."""

from __future__ import annotations

import re
from pathlib import Path

from relaxnet.core.errors import DataFileError

from ..physics import ZERO_CELSIUS_K
from .measurement import Block, Measurement, Nominal
from .numbers import Row, looks_numeric, number_in
from .options import EXOTHERMS
from .tables import blocks_of, columns_of

_RAMP = re.compile(r"Ramp\s+(-?[\d.,]+)\D*?/(min|s)\w*\s+to\s+(-?[\d.,]+)\s*\S*?([CK])\b", re.I)


def recognises(text: str) -> bool:
    """Whether a text is an export of TRIOS: it has ``[step]`` and a section of the file's parameters."""
    return bool(re.search(r"^\[step\]", text, re.M | re.I)) and bool(
        re.search(r"^(\[File Parameters\]|Instrument name|Trios version)", text[:50000], re.M | re.I)
    )


def read(path: Path, text: str, mass_mg: float | None) -> Measurement:
    """Read the file.  Rows at the end of a step without temperature or signal are left out.

    Raises `DataFileError` for an instrument that is no DSC, and see `blocks_of`.
    """
    lines = text.split("\n")
    starts = [at for at, line in enumerate(lines) if line.strip().lower() == "[step]"]
    head = dict[str, str]()
    for line in lines[: starts[0]]:
        key, _, value = line.partition("\t")
        head.setdefault(key.strip().lower(), value.strip())
    kind = head.get("instrument type", "")
    if re.search(r"TGA|DMA|TMA|rheo|\bHR-?\d|ARES", kind, re.I):
        raise DataFileError(f"{path}: {kind}, no DSC measurement")
    mass = head.get("sample mass", "")
    mass_mg = mass_mg or ((number_in(mass) or 0.0) * (1e3 if mass.endswith(" g") else 1.0)) or None
    blocks = list[Block]()
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        if stop - start < 4:
            raise DataFileError(f"{path}, line {start + 1}: a step without titles and rows (cut short?)")
        columns = columns_of(lines[start + 2].split("\t"), lines[start + 3].split("\t"))
        rows = [
            Row(at + 1, cells)
            for at in range(start + 4, stop)
            if any(map(str.strip, cells := lines[at].split("\t"))) and looks_numeric(cells[0])
        ]
        name = lines[start + 1].strip().replace("Â", "")
        nominal = _nominal(name)
        blocks += blocks_of(path, columns, rows, name, mass_mg=mass_mg, nominal=nominal, follows=bool(blocks))
    return Measurement(
        maker="ta",
        blocks=blocks,
        instrument=kind or head.get("instrument name") or None,
        sample=head.get("sample name") or None,
        mass_mg=mass_mg,
        exo=EXOTHERMS.get(head.get("exotherm direction", "").lower()),
    )


def _nominal(name: str) -> Nominal | None:
    """Ramp as the title of a step has it.

    Examples
    --------
    >>> _nominal("Ramp 10.00 °C/min to 350.000 °C")
    Nominal(start_k=None, rate_k_per_min=10.0, end_k=623.15)
    """
    match = _RAMP.search(name)
    if not match:
        return None
    rate, end = (float(text.replace(",", ".")) for text in (match[1], match[3]))
    offset = ZERO_CELSIUS_K if match[4].upper() == "C" else 0.0
    return Nominal(None, abs(rate) * (60.0 if match[2].lower() == "s" else 1.0), end + offset)
