"""Occupied levels of molecules by GFN2-xTB, a tight-binding model for valence electrons (package tblite).

Bannwarth, Ehlert and Grimme 2019, doi:10.1021/acs.jctc.8b01176.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import require_extra

from .constants import ANGSTROM_PER_BOHR, EV_PER_HARTREE, LEVELS

ODD = "odd number of electrons"
FEW = f"fewer than {LEVELS} occupied levels"
NOT_CONVERGED = "levels not converged"
REASONS = (ODD, FEW, NOT_CONVERGED)
"""Why a molecule has no levels here."""

DECIMALS = 6
"""Decimals of an electronvolt that are kept: far more than are known, and fewer than processors agree on."""


def require_tblite() -> None:
    """Raise `MissingExtraError` unless tblite is installed."""
    require_extra("levels by GFN2-xTB (package tblite)", "spectroscopy", "tblite")


def highest_levels(numbers: ArrayLike, positions_angstrom: ArrayLike) -> NDArray[np.float64] | str:
    """The 16 highest occupied levels in eV, ascending, so that the last is the HOMO; or why there are none.

    The molecule is neutral, its electrons are paired, and its geometry is taken as it is.  Degenerate levels are
    counted as often as they occur.  tblite's own threads are those of ``OMP_NUM_THREADS``; one is best at this size.
    Levels take less time, and are the same, in a process that called `blas.prefer_mkl` first.

    Parameters
    ----------
    numbers : array_like of int, shape (A,)
        Atomic numbers, up to 86.
    positions_angstrom : array_like, shape (A, 3)

    Returns
    -------
    array of shape (16,), or one of `REASONS`

    Raises
    ------
    MissingExtraError
        If tblite is not installed.

    Examples
    --------
    >>> highest_levels([8, 1], [[0, 0, 0], [0, 0, 0.97]])
    'odd number of electrons'
    """
    charge = np.asarray(numbers, dtype=np.int32)
    if charge.sum() % 2:
        return ODD
    require_tblite()
    from tblite.exceptions import TBLiteRuntimeError
    from tblite.interface import Calculator

    positions_bohr = np.asarray(positions_angstrom, dtype=np.float64) / ANGSTROM_PER_BOHR
    try:
        calculator = Calculator("GFN2-xTB", charge, positions_bohr)
        calculator.set("verbosity", 0)
        found = calculator.singlepoint()
        levels, electrons = found.get("orbital-energies"), found.get("orbital-occupations").sum()
    except TBLiteRuntimeError:
        return NOT_CONVERGED
    occupied = round(electrons / 2)  # of valence electrons: tight binding has no cores
    if occupied < LEVELS:
        return FEW
    highest = levels[occupied - LEVELS : occupied] * EV_PER_HARTREE
    return np.round(highest, DECIMALS) if np.isfinite(highest).all() else NOT_CONVERGED
