"""Bounds of the stiffness that hold for every two-phase cell of a volume fraction: Voigt's and Reuss's."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

from .constants import CONSTANTS, PLACES
from .phases import stiffness

Float = NDArray[np.float64]


def voigt_reuss(fraction: ArrayLike, phases: ArrayLike) -> tuple[Float, Float]:
    """Reuss's and Voigt's stiffness in GPa, each of shape (n, 6, 6): means of the compliance and of the stiffness.

    Every stiffness C of a cell with this ``fraction`` of the stiff phase, shape (n,), lies between them: C - Reuss and
    Voigt - C are positive semidefinite (Hill 1952, doi:10.1088/0370-1298/65/5/307).

    Raises
    ------
    InvalidInputError
        For a fraction outside 0 to 1, or phases that are not stable.

    Examples
    --------
    >>> lower, upper = voigt_reuss([0.5], [1.0, 0.0, 3.0, 0.0])
    >>> float(lower[0, 0, 0].round(6)), float(upper[0, 0, 0].round(6))
    (1.5, 2.0)
    """
    share = np.atleast_1d(np.asarray(fraction, dtype=np.float64))
    if not ((share >= 0) & (share <= 1)).all():
        raise InvalidInputError("volume_fraction", share[~((share >= 0) & (share <= 1))][0], "from 0 to 1")
    both = stiffness(phases)
    soft, stiff = both[:, 0], both[:, 1]
    share = share[:, None, None]
    upper = (1 - share) * soft + share * stiff
    lower = np.linalg.inv((1 - share) * np.linalg.inv(soft) + share * np.linalg.inv(stiff))
    return (lower + lower.swapaxes(-1, -2)) / 2, upper


def matrices(constants: ArrayLike) -> Float:
    """Stiffness matrices (n, 6, 6) of the nine constants (n, 9); what is not among them is zero.

    Examples
    --------
    >>> matrices(np.arange(1.0, 10.0)[None])[0].astype(int).tolist()[:3]
    [[1, 4, 6, 0, 0, 0], [4, 2, 5, 0, 0, 0], [6, 5, 3, 0, 0, 0]]
    """
    values = np.atleast_2d(np.asarray(constants, dtype=np.float64))
    filled = np.zeros((len(values), 6, 6))
    for number, (row, column) in enumerate(PLACES[: len(CONSTANTS)]):
        filled[:, row, column] = filled[:, column, row] = values[:, number]
    return filled


def nine_constants(stiffness_matrices: Float) -> Float:
    """The nine constants, shape (..., 9), of stiffness matrices (..., 6, 6)."""
    rows, columns = zip(*PLACES, strict=True)
    return np.asarray(stiffness_matrices[..., list(rows), list(columns)])
