"""Levels of noise and lag, one for all sets or one for each."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

from ..physics.parameters import checked_numbers


def levels(field: str, values: ArrayLike, count: int) -> NDArray[np.float64]:
    """Finite numbers from 0, one for each of ``count`` sets: shape (count,), or `InvalidInputError`."""
    found = checked_numbers(field, values)
    if found.shape not in ((), (count,)):
        raise InvalidInputError(field, f"shape {found.shape}", f"one number, or one for each of {count} sets")
    for wrong in found[~(np.isfinite(found) & (found >= 0))].ravel()[:1]:
        raise InvalidInputError(field, wrong, "a finite number from 0")
    return np.broadcast_to(found, count)
