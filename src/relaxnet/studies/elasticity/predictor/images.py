"""Images of cells and their phases in a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..physics.constants import PHASE_COLUMNS
from ..physics.phases import check_phases

IMAGE = "image"
"""Column: the pixels of a binary image, ``size`` rows of as many, the soft phase 0 and the stiff one 1 or 255."""


def read_images(table: pd.DataFrame, size: int) -> NDArray[np.uint8]:
    """Images of a table, shape (n, size, size), 1 in the stiff phase.

    Raises
    ------
    InvalidInputError
        Naming the row: for a missing column, an image of another size, one that is not binary or has one phase only;
        for a table without rows.
    """
    if IMAGE not in table:
        raise InvalidInputError("columns", ", ".join(map(str, table.columns)) or "(none)", f"{IMAGE} among them")
    if table.empty:
        raise InvalidInputError("rows", 0, "at least 1, one for each cell")
    return np.array([_binary(value, f"{IMAGE} of row {row}", size) for row, value in enumerate(table[IMAGE])])


def read_phases(table: pd.DataFrame, trained: Sequence[float] | None) -> NDArray[np.float64]:
    """Phases of a table, (n, 4); those that a network was trained on where the table has none.

    Raises
    ------
    InvalidInputError
        If a column is missing while others are there or there is no default, or for phases that are not stable.
    """
    given = [name for name in PHASE_COLUMNS if name in table]
    if not given and trained is not None:
        return np.tile(np.asarray(trained, dtype=np.float64), (len(table), 1))
    if len(given) < len(PHASE_COLUMNS):
        missing = next(name for name in PHASE_COLUMNS if name not in given)
        raise InvalidInputError(missing, "(missing)", f"a column, as all of {', '.join(PHASE_COLUMNS)}")
    try:
        values = table[list(PHASE_COLUMNS)].astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError("phases", str(error), f"numbers in {', '.join(PHASE_COLUMNS)}") from None
    return check_phases(values.to_numpy())


def _binary(value: object, field: str, size: int) -> NDArray[np.uint8]:
    try:
        pixels = np.array([np.asarray(line) for line in value], dtype=np.float64)  # type: ignore[attr-defined]  # what is no sequence raises
    except (TypeError, ValueError):
        raise InvalidInputError(field, f"a {type(value).__name__}", f"{size} rows of {size} pixels") from None
    if pixels.shape != (size, size):
        raise InvalidInputError(field, " x ".join(map(str, pixels.shape)) or "a number", f"{size} x {size} pixels")
    bright = 255.0 if pixels.max() > 1 else 1.0
    strange = pixels[(pixels != 0) & (pixels != bright)]
    if strange.size:
        raise InvalidInputError(field, f"{strange.flat[0]:g}", f"0 or {bright:g} in every pixel, as in a binary image")
    if pixels.min() == pixels.max():
        raise InvalidInputError(field, f"{pixels.flat[0]:g} in every pixel", "of two phases")
    return (pixels > 0).astype(np.uint8)
