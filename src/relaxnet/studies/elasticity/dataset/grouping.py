"""Which images are translated, mirrored or turned copies of one another."""

import hashlib

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]


def fingerprints(images: Images) -> list[bytes]:
    """A fingerprint of each square image (n, size, size), equal for translated, mirrored and turned copies.

    It is that of the autocorrelation, the number of stiff pixels that fall on stiff ones by each translation, in the
    first of its mirrored and turned forms.  Different images of one autocorrelation count as copies, too: to divide
    them between training and test would tell all two-point statistics.
    """
    spectra = np.abs(np.fft.rfft2(images.astype(np.float64))) ** 2
    counts = np.rint(np.fft.irfft2(spectra, s=images.shape[1:])).astype("<i4")  # whole numbers
    return [hashlib.sha256(min(form.tobytes() for form in _forms(count))).digest() for count in counts]


def _forms(count: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """The autocorrelation mirrored and turned about its origin; a turn by 180 degrees leaves it as it is."""
    mirrored = np.roll(count[::-1], 1, axis=0)
    return [np.ascontiguousarray(form) for form in (count, mirrored, count.T, mirrored.T)]


def groups(images: Images) -> NDArray[np.int64]:
    """Number (n,) of the group of each image, from 0 in the order of their first images.

    Examples
    --------
    >>> image = np.zeros((4, 4), dtype=np.uint8)
    >>> image[0, :2] = image[1, 0] = 1
    >>> other = np.eye(4, dtype=np.uint8)
    >>> groups(np.stack([image, other, np.roll(image.T, 2, axis=0), other[::-1]])).tolist()
    [0, 1, 0, 1]
    """
    numbers: dict[bytes, int] = {}
    return np.array([numbers.setdefault(found, len(numbers)) for found in fingerprints(images)], dtype=np.int64)
