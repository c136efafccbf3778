"""Molecules with their levels, in memory."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Molecules:
    """Molecules of at most 29 atoms, with their 16 highest occupied levels.

    ``number`` (n,) is the place of a molecule in the draw, with gaps where others were dropped; ``name`` and ``smiles``
    (n,) are as in their source, empty where it gives none.  ``numbers`` (n, 29) are atomic numbers, 0 where there is no
    atom, and ``positions_angstrom`` (n, 29, 3) is 0 there.  ``levels_ev`` (n, 16) ascend, so that the last is the HOMO;
    ``homo_ev`` (n,) is the one that the source states (QM9: B3LYP), NaN where it states none.  ``identity`` (n,) is
    equal for conformers and copies of one molecule, see `identity`.
    """

    number: NDArray[np.int64]
    name: NDArray[np.str_]
    smiles: NDArray[np.str_]
    numbers: NDArray[np.int8]
    positions_angstrom: NDArray[np.float64]
    levels_ev: NDArray[np.float64]
    homo_ev: NDArray[np.float64]
    identity: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def group(self) -> NDArray[np.int64]:
        """Number (n,) of each molecule's identity, from 0 in the order of their first molecules."""
        known: dict[str, int] = {}
        return np.array([known.setdefault(found, len(known)) for found in self.identity.tolist()], dtype=np.int64)

    def take(self, rows: slice | NDArray[np.int64]) -> Self:
        """Some of the molecules."""
        return type(self)(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))
