"""TA Instruments TRIOS JSON exports (schema TRIOSJSONExportSchema)."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

from relaxnet.core.errors import DataFileError

from .measurement import Block, Measurement
from .numbers import Row
from .options import EXOTHERMS
from .ta_trios import _nominal
from .tables import blocks_of
from .units import column

_STEP = "Results Step Id"


def recognises(text: str) -> bool:
    """Whether a text is JSON."""
    return text.lstrip().startswith(("{", "["))


def read(path: Path, text: str, mass_mg: float | None) -> Measurement:
    """Read the file: rows of results, one block a step.

    Raises `DataFileError` for JSON of another kind or that is cut short, and see `blocks_of`.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataFileError(f"{path}: begins as JSON but is not readable ({error})") from None
    results = _dictionary(content).get("Results")
    results = _dictionary(results if results is not None else {})
    if "Rows" not in results:  # one entry for each version of the results
        results = next((part for part in results.values() if isinstance(part, dict) and "Rows" in part), {})
    headers, rows = _dictionary(results.get("ColumnHeaders")), results.get("Rows")
    if not headers or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataFileError(f"{path}: JSON, but no TRIOS export: Results with ColumnHeaders and Rows are expected")
    sample, mass = _dictionary(content.get("Sample")), _value(_dictionary(content.get("Sample")).get("Mass"), "mg")
    configuration = _configuration(content)
    mass_mg = mass_mg or mass or None
    exo = next((str(value).lower() for key, value in configuration.items() if "exotherm" in key.lower()), None)
    return Measurement(
        maker="ta",
        blocks=_blocks(path, headers, rows, results, mass_mg),
        instrument=configuration.get("Type") or configuration.get("Name"),
        sample=sample.get("Name"),
        mass_mg=mass_mg,
        exo=EXOTHERMS.get(exo or ""),
    )


def _blocks(
    path: Path, headers: dict[str, Any], rows: list[dict[str, Any]], results: dict[str, Any], mass_mg: float | None
) -> list[Block]:
    keys = [key for key, head in headers.items() if _dictionary(head).get("ValueType", "Number") == "Number"]
    columns = [
        column(str(headers[key].get("DisplayName", key)), str(_dictionary(headers[key].get("Unit")).get("Name") or ""))
        for key in keys
    ]
    steps = results.get("ResultsSteps")
    names = {step.get("Id"): str(step.get("Name", "")) for step in steps or [] if isinstance(step, dict)}
    numbered = enumerate(rows, 1)
    blocks = list[Block]()
    for step, part in groupby(numbered, key=lambda item: str(item[1].get(_STEP))):
        cells = [Row(number, [_cell(row.get(key)) for key in keys]) for number, row in part]
        name = names.get(step, "")
        nominal = _nominal(name)
        blocks += blocks_of(path, columns, cells, name, mass_mg=mass_mg, nominal=nominal, follows=bool(blocks))
    return blocks


def _configuration(content: dict[str, Any]) -> dict[str, Any]:
    configuration = _dictionary(_dictionary(content.get("Procedure")).get("Configuration"))
    instruments = configuration.get("InstrumentConfigurations")
    return _dictionary(instruments[0]) if isinstance(instruments, list) and instruments else {}


def _cell(value: Any) -> str:
    return repr(float(value)) if isinstance(value, int | float) else str(value or "")


def _value(quantity: Any, unit: str) -> float | None:
    quantity = _dictionary(quantity)
    value, found = quantity.get("Value"), _dictionary(quantity.get("Unit")).get("Name", unit)
    factor = {"mg": 1.0, "g": 1e3, "kg": 1e6, "µg": 1e-3, "ug": 1e-3}.get(found)
    return value * factor if isinstance(value, int | float) and factor else None


def _dictionary(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
