"""SETARAM text exports (Calisto, SETSOFT): titles with units in parentheses, furnace and sample temperature."""

from __future__ import annotations

import re
from pathlib import Path

from .measurement import Measurement
from .table import read_columns


def recognises(text: str) -> bool:
    """Whether a text is an export of SETARAM: ``Furnace Temperature (°C)`` beside ``HeatFlow (mW)``, or its name."""
    head = text[:5000]
    titles = re.search(r"furnace temp\w*\.? ?\(", head, re.I) and re.search(r"heat ?flow ?\(", head, re.I)
    return bool(titles) or bool(re.search(r"setaram|setsoft|calisto", head, re.I))


def read(path: Path, text: str, mass_mg: float | None) -> Measurement:
    """Read the file, which is a table: see `read_columns`."""
    return read_columns(path, text, mass_mg, "setaram")
