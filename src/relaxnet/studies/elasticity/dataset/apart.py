"""Subsets without a common cell: one is drawn apart from another, which may itself be apart from a third."""

from collections.abc import Mapping
from pathlib import Path

from .config import CellsConfig, SimulateConfig, subsets_before
from .course import read_course
from .drawing import draw
from .grouping import fingerprints


def taken_before(simulate: Mapping[str, CellsConfig], subset: str, root: Path = Path()) -> frozenset[bytes]:
    """Fingerprints of all cells of those subsets: they are drawn, or read from a folder below ``root``.

    Raises
    ------
    InvalidInputError, DataFileError
        As of `draw` and `read_course`.
    """
    taken = frozenset[bytes]()
    for name in subsets_before(simulate, subset):
        config = simulate[name]
        cells = draw(config, taken) if isinstance(config, SimulateConfig) else read_course(config, root)
        taken |= frozenset(fingerprints(cells.images))
    return taken
