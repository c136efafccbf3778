"""Course of the loss in a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from relaxnet.core.tables import read_frame

History = Mapping[str, Sequence[float]]
"""Loss of each epoch: ``loss`` on training data, ``val_loss`` on validation data."""


def read_history(path: Path) -> dict[str, list[float]]:
    """Read the course of a training: columns ``loss`` and ``val_loss``, one row an epoch.

    Raises
    ------
    DataFileError
        If the file is missing, cut or has other columns.
    """
    table = read_frame(path, ["loss", "val_loss"])
    return {name: table[name].tolist() for name in ("loss", "val_loss")}
