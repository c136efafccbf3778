"""One molecule, checked."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..physics.constants import MAX_ATOMS
from ..physics.coulomb import LEAST_DISTANCE_ANGSTROM, distances

ELEMENTS = {"H": 1, "C": 6, "N": 7, "O": 8, "F": 9}
"""Atomic numbers of the elements that QM9, and so the study, knows."""

_NUMBERS = frozenset(ELEMENTS.values())


@dataclass(frozen=True, eq=False)
class Molecule:
    """Geometry of a molecule: atomic ``numbers`` (A,) and ``positions_angstrom`` (A, 3), A from 1 to 29.

    ``name``, ``smiles`` and ``homo_ev`` are what its source says of it: empty, or NaN, where it says nothing.
    ``levels_ev`` are occupied levels that came with it, in ascending order, if any did.

    Raises
    ------
    InvalidInputError
        Naming the molecule, if it has too many atoms, an element other than H, C, N, O and F, a position that is not
        finite, or two atoms in one place.
    """

    numbers: NDArray[np.int8]
    positions_angstrom: NDArray[np.float64]
    name: str = ""
    smiles: str = ""
    homo_ev: float = float("nan")
    levels_ev: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        where, atoms = self.name or "molecule", len(self.numbers)
        check_atoms(where, atoms)
        unknown = [number for number in self.numbers.tolist() if number not in _NUMBERS]
        if unknown:
            allowed = f"one of {', '.join(map(str, ELEMENTS.values()))} ({', '.join(ELEMENTS)})"
            raise InvalidInputError(f"{where}, atomic number", unknown[0], allowed)
        if self.positions_angstrom.shape != (atoms, 3):
            raise InvalidInputError(f"{where}, positions", self.positions_angstrom.shape, f"of shape ({atoms}, 3)")
        if not np.isfinite(self.positions_angstrom).all():
            atom = int(np.flatnonzero(~np.isfinite(self.positions_angstrom).all(axis=1))[0])
            raise InvalidInputError(f"{where}, position of atom {atom + 1}", self.positions_angstrom[atom], "finite")
        between = distances(self.positions_angstrom)
        first, second = np.unravel_index(np.argmin(between), between.shape)
        if between[first, second] < LEAST_DISTANCE_ANGSTROM:
            field = f"{where}, distance of atoms {first + 1} and {second + 1}"
            allowed = f"at least {LEAST_DISTANCE_ANGSTROM} angstrom"
            raise InvalidInputError(field, f"{between[first, second]:.3g} angstrom", allowed)

    @property
    def formula(self) -> str:
        """Chemical formula: carbon, hydrogen, then the others by the alphabet, as Hill has it.

        Examples
        --------
        >>> Molecule(np.array([8, 1, 1]), np.eye(3)).formula
        'H2O'
        """
        counts = {symbol: int((self.numbers == number).sum()) for symbol, number in ELEMENTS.items()}
        order = ["C", "H", "F", "N", "O"] if counts["C"] else ["F", "H", "N", "O"]
        return "".join(f"{symbol}{counts[symbol] if counts[symbol] > 1 else ''}" for symbol in order if counts[symbol])

    def with_levels(self, levels_ev: NDArray[np.float64]) -> Self:
        """The same with levels."""
        return replace(self, levels_ev=levels_ev)


def check_atoms(where: str, atoms: int) -> None:
    """Raise `InvalidInputError` unless a molecule, called ``where``, has from 1 to 29 atoms."""
    if not 1 <= atoms <= MAX_ATOMS:
        raise InvalidInputError(f"{where}, number of atoms", atoms, f"from 1 to {MAX_ATOMS}")
