"""Which molecule a geometry is of: equal for its conformers, stereoisomers and copies."""

import hashlib

import numpy as np

from ..physics.coulomb import distances
from .molecule import Molecule

COVALENT_RADII_ANGSTROM = {1: 0.31, 6: 0.76, 7: 0.71, 8: 0.66, 9: 0.57}
"""Cordero et al. 2008, doi:10.1039/b801115j."""

_STRETCH = 1.2  # of a bond over the sum of radii: below the 1.87 angstrom across bicyclo[1.1.1]pentane
_ROUNDS = 8  # as far as two of nine heavy atoms can be apart


def identity(molecule: Molecule) -> str:
    """Fingerprint of the graph of bonds, sixteen hexadecimal digits.

    Atoms are bonded where their distance is below 1.2 times the sum of their covalent radii.  Each atom gets its
    element for a label, then again and again one made of its own and its neighbours' (Weisfeiler and Leman 1968), and
    the labels of all atoms, in order, are the fingerprint.  Neither the order of the atoms nor how the molecule is
    turned or mirrored matters.  Rare pairs of different molecules that these labels cannot tell apart count as one,
    which costs nothing: they stay in one part of a split.
    """
    numbers: list[int] = molecule.numbers.tolist()
    radii = np.array([COVALENT_RADII_ANGSTROM[number] for number in numbers])
    bonded = distances(molecule.positions_angstrom) < _STRETCH * (radii[:, None] + radii)
    neighbours: list[list[int]] = [[] for _ in numbers]
    for atom, other in np.argwhere(bonded).tolist():
        neighbours[atom].append(other)
    labels = [str(number).encode() for number in numbers]
    for _ in range(_ROUNDS):
        labels = [
            hashlib.sha256(b"|".join([labels[atom], *sorted([labels[other] for other in others])])).digest()
            for atom, others in enumerate(neighbours)
        ]
    return hashlib.sha256(b"".join(sorted(labels))).hexdigest()[:16]
