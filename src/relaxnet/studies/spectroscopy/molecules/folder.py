"""A folder of .xyz files, and of files of levels beside them.

The levels of ``NAME.xyz`` are in ``NAME.levels``: the first line is the formula of the molecule (``C4H9NO``, in Hill's
order), the others are energies of occupied levels in eV, one a line, in any order.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError, InvalidInputError, MissingFileError

from .molecule import Molecule
from .xyz import read_text, read_xyz

LEVELS_SUFFIX = ".levels"


class XyzFolder:
    """The molecules of a folder in the order of their names; with those of the files of levels, if these are asked for.

    Raises
    ------
    MissingFileError
        If the folder is missing, or holds no ``*.xyz``.
    """

    def __init__(self, folder: Path, *, levels: bool) -> None:
        if not folder.is_dir():
            raise MissingFileError(f"{folder}: no such folder")
        self._files, self._levels = sorted(folder.glob("*.xyz")), levels
        if not self._files:
            raise MissingFileError(f"{folder}: no file *.xyz found")

    def __len__(self) -> int:
        return len(self._files)

    def molecules(self, rows: NDArray[np.int64]) -> list[Molecule]:
        """The molecules of some files.

        Raises
        ------
        DataFileError
            If a file is missing or no text.
        InvalidInputError
            Naming file and line of what is not as it must be; or a file of levels that is another molecule's.
        """
        return [self._molecule(self._files[int(row)]) for row in rows]

    def _molecule(self, file: Path) -> Molecule:
        molecule = replace(read_xyz(file), name=file.stem)
        if not self._levels:
            return molecule
        return molecule.with_levels(read_levels(file.with_suffix(LEVELS_SUFFIX), molecule))


def read_levels(file: Path, molecule: Molecule) -> NDArray[np.float64]:
    """Levels in eV, ascending, of a file that must be the molecule's, as far as its formula tells.

    Raises
    ------
    DataFileError
        If the file is missing or no text.
    InvalidInputError
        If its first line is not the formula of the molecule, or another one is no finite number.
    """
    lines = [line.strip() for line in read_text(file).splitlines() if line.strip()]
    if not lines:
        raise DataFileError(f"{file}: empty")
    if lines[0] != molecule.formula:
        allowed = f"{molecule.formula}, the formula of {molecule.name}.xyz: these are another molecule's levels"
        raise InvalidInputError(f"{file}, line 1", lines[0], allowed)
    levels = [_level(line, f"{file}, line {number}") for number, line in enumerate(lines[1:], start=2)]
    return np.sort(np.array(levels))


def _level(line: str, where: str) -> float:
    try:
        value = float(line)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise InvalidInputError(where, line, "a level in eV: one finite number")
    return value
