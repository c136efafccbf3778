"""The preconditioner: a uniform medium on the same grid, solved in Fourier space."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from .kernels import cell

Float32 = NDArray[np.float32]

_DIGITS = 12  # of the symbols: sines and cosines differ in their last bits between machines


@dataclass(frozen=True)
class Green:
    """Symbols, single precision (rows, columns // 2 + 1), of the inverse stiffness of a uniform medium.

    It need not be exact, so single precision does; the forces it is given sum up to zero.  Modes without strain are
    left out: the mean, and on grids of even numbers the alternating one, of which no stress has a force.
    """

    plane_11: Float32
    plane_12: Float32
    plane_22: Float32
    antiplane: Float32

    def solve(self, forces: Float32) -> Float32:
        """Displacements (8, rows, columns) under forces of the same shape, a work array."""
        spectrum = scipy.fft.rfft2(forces, axes=(1, 2), overwrite_x=True)
        cell.precondition(self.plane_11, self.plane_12, self.plane_22, self.antiplane, spectrum)
        solved: Float32 = scipy.fft.irfft2(spectrum, s=forces.shape[1:], axes=(1, 2), overwrite_x=True)
        return solved


@lru_cache(maxsize=64)
def _modes(rows: int, columns: int) -> tuple[NDArray[np.float64], ...]:
    """Products 11, 12 and 22 of the discrete derivatives' symbols."""
    half_1, half_2 = np.pi * scipy.fft.rfftfreq(columns)[None, :], np.pi * scipy.fft.fftfreq(rows)[:, None]
    along_1 = (2 * np.sin(half_1) * np.cos(half_2)).round(_DIGITS)
    along_2 = (2 * np.cos(half_1) * np.sin(half_2)).round(_DIGITS)
    return along_1**2, along_1 * along_2, along_2**2


def green(rows: int, columns: int, lam: float, mu: float) -> Green:
    """Preconditioner of a grid, for a uniform medium of the Lamé moduli ``lam`` and ``mu``."""
    m_11, m_12, m_22 = _modes(rows, columns)
    norm = m_11 + m_22
    inverse = np.divide(1.0, norm, out=np.zeros_like(norm), where=norm > 0)
    share = (lam + mu) / (lam + 2 * mu) * inverse
    symbols = (1 - share * m_11, -share * m_12, 1 - share * m_22, np.ones_like(norm))
    return Green(*(np.asarray(symbol * inverse / mu, dtype=np.float32) for symbol in symbols))
