"""Isotropic phases: checked values, Lamé moduli, stiffness matrices."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

from .constants import PHASE_COLUMNS

Float = NDArray[np.float64]


def check_phases(phases: ArrayLike) -> Float:
    """Phases as an array (n, 4) with the columns `PHASE_COLUMNS`.

    Raises
    ------
    InvalidInputError
        Naming the first value that no stable isotropic solid has: a Young's modulus that is not positive, a Poisson's
        ratio not between -1 and 0.5.

    Examples
    --------
    >>> check_phases([1.0, 0.3, 10.0, 0.5])
    Traceback (most recent call last):
    relaxnet.core.errors.InvalidInputError: nu_stiff = 0.5: must be above -1 and below 0.5
    """
    values = np.atleast_2d(np.asarray(phases, dtype=np.float64))
    if values.ndim != 2 or values.shape[1] != len(PHASE_COLUMNS):
        raise InvalidInputError("phases", f"shape {values.shape}", f"of shape (n, 4): {', '.join(PHASE_COLUMNS)}")
    for name, column in zip(PHASE_COLUMNS, values.T, strict=True):
        good = physical(name, column)
        if not good.all():
            allowed = "a finite number above 0" if name.startswith("e_") else "above -1 and below 0.5"
            raise InvalidInputError(name, column[~good][0], allowed)
    return values


def physical(name: str, values: Float) -> NDArray[np.bool_]:
    """Which values of one of `PHASE_COLUMNS` a stable isotropic solid can have."""
    if name.startswith("e_"):
        return np.asarray(np.isfinite(values) & (values > 0))
    return np.asarray((values > -1) & (values < 0.5))


def lame(phases: ArrayLike) -> tuple[Float, Float]:
    """Lamé moduli lambda and mu in GPa of the soft and the stiff phase, each of shape (n, 2).

    Examples
    --------
    >>> [modulus.tolist() for modulus in lame([1.0, 0.0, 2.6, 0.3])]
    [[[0.0, 1.5]], [[0.5, 1.0]]]
    """
    values = check_phases(phases)
    young, poisson = values[:, ::2], values[:, 1::2]
    return young * poisson / ((1 + poisson) * (1 - 2 * poisson)), young / (2 * (1 + poisson))


def stiffness(phases: ArrayLike) -> Float:
    """Stiffness matrices in GPa of the soft and the stiff phase, shape (n, 2, 6, 6)."""
    lam, mu = lame(phases)
    matrices = np.zeros((*lam.shape, 6, 6))
    matrices[..., :3, :3] = lam[..., None, None]
    matrices[..., range(3), range(3)] += 2 * mu[..., None]
    matrices[..., range(3, 6), range(3, 6)] = mu[..., None]
    return matrices
