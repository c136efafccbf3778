"""Units, and the sizes of the study."""

MAX_ATOMS = 29
"""Atoms of the largest molecule of QM9: rows of a Coulomb matrix."""

LEVELS = 16
"""Occupied levels, the highest ones, that make up a spectrum."""

ANGSTROM_PER_BOHR = 0.529177210903  # CODATA 2018
EV_PER_HARTREE = 27.211386245988  # CODATA 2018
