"""From a landscape to two phases at exactly the volume fraction asked for."""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Image = NDArray[np.uint8]


def threshold(landscape: Float, fraction: float) -> Image:
    """1 below a threshold of a landscape, in as many pixels as make up the ``fraction``; among equal ones in the first.

    Examples
    --------
    >>> threshold(np.array([[0.3, 0.1], [0.2, 0.4]]), 0.5).tolist()
    [[0, 1], [1, 0]]
    """
    order = np.argsort(landscape, axis=None, kind="stable")
    image = np.zeros(landscape.size, dtype=np.uint8)
    image[order[: round(fraction * landscape.size)]] = 1
    return image.reshape(landscape.shape)


def distances(size: int, points: Float) -> Float:
    """Differences (2, n, size, size) of the pixels' centres from ``points`` (n, 2), the shortest by periodicity."""
    centres = np.arange(size) + 0.5
    rows = centres[None, :, None] - points[:, 0, None, None]
    columns = centres[None, None, :] - points[:, 1, None, None]
    shortest = [(part + size / 2) % size - size / 2 for part in (rows, columns)]
    return np.stack(np.broadcast_arrays(*shortest))
