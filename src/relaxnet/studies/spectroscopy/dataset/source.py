"""Where the molecules of a config come from."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..molecules.folder import XyzFolder
from ..molecules.molecule import Molecule
from ..molecules.qm9 import Qm9
from .config import SimulateConfig


class MoleculeSource(Protocol):
    """Molecules by their number in the source."""

    def __len__(self) -> int:
        """How many there are."""

    def molecules(self, rows: NDArray[np.int64]) -> list[Molecule]:
        """Some of them."""


def open_molecules(config: SimulateConfig, root: Path = Path()) -> MoleculeSource:
    """The source of a config, a folder relative to ``root``; errors as of `Qm9` and `XyzFolder`."""
    if config.folder is None:
        return Qm9()
    return XyzFolder(root / config.folder, levels=config.levels == "files")


def drawn_rows(config: SimulateConfig, available: int) -> NDArray[np.int64]:
    """Which of the molecules of a source are drawn, in the order of the draw.

    Raises
    ------
    InvalidInputError
        If there are not as many as are asked for.

    Examples
    --------
    >>> rows = [drawn_rows(SimulateConfig(seed=1, molecules=count), 100).tolist() for count in (3, 5)]
    >>> rows[1][:3] == rows[0]
    True
    """
    if config.molecules is not None and config.molecules > available:
        raise InvalidInputError("simulate.molecules", config.molecules, f"at most {available}, as many as there are")
    return np.random.default_rng(config.seed).permutation(available)[: config.molecules].astype(np.int64)
