"""One shard of a dataset as a pure function: drawn molecules in, the bytes of a Parquet file out."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..molecules.identity import identity
from ..molecules.molecule import Molecule
from ..physics.constants import LEVELS, MAX_ATOMS
from ..physics.levels import DECIMALS, FEW, highest_levels
from .molecules import Molecules
from .schema import Draw, Dropped, Metadata, shard_bytes


@dataclass(frozen=True, eq=False)
class Shard:
    """Molecules that were drawn, from number ``first`` on, to be given levels by calling it, in any process."""

    metadata: Metadata
    first: int
    molecules: list[Molecule]

    def __len__(self) -> int:
        return len(self.molecules)

    def __call__(self) -> bytes:
        """Find their levels; the bytes depend on the attributes only."""
        kept, dropped = [], []
        for number, molecule in enumerate(self.molecules, start=self.first):
            levels_ev = _levels(molecule)
            if isinstance(levels_ev, str):
                dropped.append(Dropped(number, molecule.name, molecule.smiles, levels_ev))
            else:
                kept.append((number, molecule, levels_ev))
        return shard_bytes(self.metadata, gather(kept), Draw(self.digest, tuple(dropped)))

    @cached_property
    def digest(self) -> str:
        """Of all that was drawn, in sixteen hexadecimal digits."""
        content = hashlib.sha256(str(self.first).encode())
        for one in self.molecules:
            content.update(repr((one.name, one.smiles, one.homo_ev, len(one.numbers))).encode())
            levels_ev = np.empty(0) if one.levels_ev is None else one.levels_ev
            for values in (one.numbers, one.positions_angstrom, levels_ev):
                content.update(values.tobytes())
        return content.hexdigest()[:16]


def gather(found: list[tuple[int, Molecule, np.ndarray]]) -> Molecules:
    """Numbers, molecules, and 16 levels of each in eV, as arrays."""
    numbers = np.zeros((len(found), MAX_ATOMS), dtype=np.int8)
    positions_angstrom = np.zeros((len(found), MAX_ATOMS, 3))
    levels_ev = np.zeros((len(found), LEVELS))
    for row, (_, one, levels) in enumerate(found):
        numbers[row, : len(one.numbers)] = one.numbers
        positions_angstrom[row, : len(one.numbers)] = one.positions_angstrom
        levels_ev[row] = levels
    return Molecules(
        np.array([number for number, _, _ in found], dtype=np.int64),
        np.array([one.name for _, one, _ in found], dtype=np.str_),
        np.array([one.smiles for _, one, _ in found], dtype=np.str_),
        numbers,
        positions_angstrom,
        levels_ev,
        np.array([one.homo_ev for _, one, _ in found], dtype=np.float64),
        np.array([identity(one) for _, one, _ in found], dtype=np.str_),
    )


def _levels(molecule: Molecule) -> np.ndarray | str:
    """The 16 highest levels, from the file that came with the molecule or computed; or why there are none."""
    if molecule.levels_ev is None:
        return highest_levels(molecule.numbers, molecule.positions_angstrom)
    return np.round(molecule.levels_ev[-LEVELS:], DECIMALS) if len(molecule.levels_ev) >= LEVELS else FEW
