"""The nine elastic constants that are estimated, and their places in the stiffness matrix."""

from typing import Final

CONSTANTS: Final = ("C11", "C22", "C33", "C12", "C23", "C13", "C44", "C55", "C66")
"""In the order of the columns; Voigt's 4, 5 and 6 are the shears 23, 13 and 12, strains of engineering."""

PLACES: Final = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2), (3, 3), (4, 4), (5, 5))
"""Row and column of each in the 6 x 6 matrix."""

PHASE_COLUMNS: Final = ("e_soft_gpa", "nu_soft", "e_stiff_gpa", "nu_stiff")
"""Columns of an array of phases: Young's modulus and Poisson's ratio of the soft and of the stiff phase."""

TURNED: Final = (1, 0, 2, 3, 5, 4, 7, 6, 8)
"""Which constant takes the place of each when the cell is turned by a quarter: 1 and 2 swap, and so do 4 and 5."""
