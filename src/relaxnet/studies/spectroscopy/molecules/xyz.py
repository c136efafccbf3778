"""Geometries in the .xyz format: plain, or as the files of QM9 have them."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError, InvalidInputError, MissingFileError, first_line

from ..physics.constants import EV_PER_HARTREE
from .molecule import ELEMENTS, Molecule, check_atoms

_QM9_TAG = "gdb"  # first word of a QM9 file's second line
_QM9_HOMO, _QM9_WORDS = 7, 17  # place of the HOMO, in hartree, and number of words in that line
_QM9_TRAILERS = 3  # lines after the atoms: frequencies, SMILES, InChI
_MATHEMATICA_EXPONENT = "*^"  # of a few numbers in those files


def parse_xyz(text: str, where: str = "xyz") -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Atomic numbers (A,) and positions in angstrom (A, 3) of one block of .xyz text.

    The first line is the number of atoms, the second a comment, and the others are an element and three numbers each.

    Raises
    ------
    InvalidInputError
        Naming ``where`` and the line that is not as it must be: no number of atoms, or more than 29, an element other
        than H, C, N, O and F, no three numbers, a line too few or too many; or atoms in one place.
    """
    molecule = parse_molecule(text, where)
    return molecule.numbers, molecule.positions_angstrom


def parse_molecule(text: str, where: str) -> Molecule:
    """The molecule, called ``where``, of a block of .xyz text; errors as of `parse_xyz`.

    Of a file of QM9 (the second line begins with ``gdb``) also the HOMO and the SMILES of the GDB are read.
    """
    lines = text.strip("\n").splitlines()
    count = lines[0].strip() if lines else ""
    if not re.fullmatch(r"\d{1,6}", count):
        raise InvalidInputError(f"{where}, line 1", lines[0] if lines else "(missing)", "the number of atoms")
    atoms = int(count)
    check_atoms(where, atoms)
    comment = lines[1].split() if len(lines) > 1 else []
    is_qm9 = len(comment) == _QM9_WORDS and comment[0] == _QM9_TAG
    rows, rest = lines[2 : 2 + atoms], [line for line in lines[2 + atoms :] if line.strip()]
    if len(rows) < atoms:
        raise InvalidInputError(f"{where}, lines of atoms", len(rows), f"as many as line 1 says: {atoms}")
    if len(rest) > (_QM9_TRAILERS if is_qm9 else 0):
        raise InvalidInputError(f"{where}, line {3 + atoms}", rest[0], f"absent: line 1 says {atoms} atoms")
    read = [_atom(row, f"{where}, line {number}") for number, row in enumerate(rows, start=3)]
    numbers, positions = (np.array(column) for column in zip(*read, strict=True))
    smiles, homo_ev = "", float("nan")
    if is_qm9:
        homo_ev = _number(comment[_QM9_HOMO], f"{where}, line 2, HOMO") * EV_PER_HARTREE
        smiles = rest[1].split()[0] if len(rest) == _QM9_TRAILERS else ""
    return Molecule(numbers.astype(np.int8), positions, where, smiles, homo_ev)


def read_xyz(file: Path) -> Molecule:
    """The molecule of a file; errors as of `parse_xyz`, and `DataFileError` if it cannot be read as text."""
    return parse_molecule(read_text(file), str(file))


def read_text(file: Path) -> str:
    """Text of a file; `DataFileError` if it is missing or none."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise MissingFileError(f"{file}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(f"{file}: not a readable text file ({first_line(error)})") from None


def _atom(row: str, where: str) -> tuple[int, list[float]]:
    words = row.split()
    if len(words) not in (4, 5):  # the fifth is QM9's partial charge
        raise InvalidInputError(where, row, "an element and three numbers")
    if words[0] not in ELEMENTS:
        raise InvalidInputError(f"{where}, element", words[0], f"one of {', '.join(ELEMENTS)}")
    return ELEMENTS[words[0]], [_number(word, where) for word in words[1:4]]


def _number(word: str, where: str) -> float:
    try:
        value = float(word.replace(_MATHEMATICA_EXPONENT, "e"))
    except ValueError:
        value = float("nan")
    if not np.isfinite(value) or "_" in word:
        raise InvalidInputError(where, word, "a finite number")
    return value
