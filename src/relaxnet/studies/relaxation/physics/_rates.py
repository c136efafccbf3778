"""Rates in geometric ratio, exact to the last bit, and the blocks in which they are handled."""

import math

import numpy as np
from numpy.typing import NDArray

BLOCK = 8  # modes that change their class together in a step: one vector register


def powers_of_two(first: int, count: int, chains: int) -> NDArray[np.float64]:
    """``2**(j/chains)`` for ``count`` whole numbers j from ``first`` on; ``chains`` is a power of two."""
    root = 2.0
    for _ in range(chains.bit_length() - 1):
        root = math.sqrt(root)
    roots = np.full(chains, root)
    roots[0] = 1.0
    roots = roots.cumprod()
    octave, part = np.divmod(np.arange(first, first + count), chains)
    return np.asarray(np.ldexp(roots[part], octave))
