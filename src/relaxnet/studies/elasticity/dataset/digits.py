"""Numbers as they are stored: without their last bits, in which exponentials and sums differ between processors."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

DIGITS = 10


def stored(values: ArrayLike) -> NDArray[np.float64]:
    """Values to ten significant digits, far more than are known; zero and what is not finite stay as they are.

    Examples
    --------
    >>> stored([1234.56789012345, 0.1 + 0.2, 0.0]).tolist()
    [1234.56789, 0.3, 0.0]
    """
    array = np.asarray(values, dtype=np.float64)
    return np.array([float(f"{value:.{DIGITS - 1}e}") for value in array.ravel()]).reshape(array.shape)
