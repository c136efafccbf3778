"""Spectra: levels that are broadened by Gaussians, on an even grid of energies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from relaxnet.core.errors import InvalidInputError

LEAST_SIGMA_STEPS = 0.75
"""Narrowest broadening in steps of the grid: the sum over the points is then within 3e-5 of the area."""

MAX_SIGMA_EV = 5.0
WINDOW_EV = (-30.0, 0.0)
"""Energies that a spectrum shows: the 16 highest levels of molecules of H, C, N, O and F lie well within."""

POINTS = (16, 4096)
_BLOCK = 1024  # molecules at once: their Gaussians take some 20 MB at 300 points


@dataclass(frozen=True)
class Grid:
    """Energies of a spectrum: ``points`` even steps from ``low_ev`` to ``high_ev``, both included.

    Raises
    ------
    InvalidInputError
        If the limits are not finite and in order, or the number of points is not from 16 to 4096.
    """

    low_ev: float
    high_ev: float
    points: int

    def __post_init__(self) -> None:
        least, most = POINTS
        if not least <= self.points <= most:
            raise InvalidInputError("points", self.points, f"a whole number from {least} to {most}")
        if not (np.isfinite(self.low_ev) and np.isfinite(self.high_ev) and self.low_ev < self.high_ev):
            raise InvalidInputError("window_ev", f"{self.low_ev} to {self.high_ev}", "finite, the lower limit first")

    @property
    def energies_ev(self) -> NDArray[np.float64]:
        """The energies, shape (points,)."""
        return np.linspace(self.low_ev, self.high_ev, self.points)

    @property
    def step_ev(self) -> float:
        """Energy from one point to the next."""
        return (self.high_ev - self.low_ev) / (self.points - 1)


def broaden(levels_ev: ArrayLike, sigma_ev: float, grid: Grid) -> NDArray[np.float32]:
    """Spectra in states per eV, shape (n, points): a Gaussian of area 1 for each level, summed.

    The area of a spectrum of 16 levels is 16, less what lies outside of the window: `area_inside` tells it.  The sum
    over the points times the step is that area to 3e-5, as long as ``sigma_ev`` is not below 0.75 steps.

    Parameters
    ----------
    levels_ev : array_like of shape (n, k) or (k,)
        Energies of the levels.
    sigma_ev : float
        Standard deviation of the Gaussians, from 0.75 steps of the grid to 5 eV.
    grid : Grid

    Raises
    ------
    InvalidInputError
        If ``sigma_ev`` is out of its range or a level is not finite.

    Examples
    --------
    >>> grid = Grid(-20.0, 0.0, 201)
    >>> spectrum = broaden([[-12.0, -9.5]], 0.3, grid)
    >>> spectrum.shape, round(float(spectrum.sum() * grid.step_ev), 4)
    ((1, 201), 2.0)
    """
    levels, energies = _checked(levels_ev, sigma_ev, grid), grid.energies_ev
    spectra = np.empty((len(levels), grid.points), dtype=np.float32)
    for start in range(0, len(levels), _BLOCK):
        rows = slice(start, start + _BLOCK)
        away = ((energies - levels[rows, :, None]) / sigma_ev).astype(np.float32)
        spectra[rows] = np.exp(-0.5 * away**2).sum(axis=1)
    spectra *= np.float32(1.0 / (sigma_ev * np.sqrt(2 * np.pi)))
    return spectra


def area_inside(levels_ev: ArrayLike, sigma_ev: float, grid: Grid) -> NDArray[np.float64]:
    """Exact area of the spectra between the limits of the grid, shape (n,); arguments and errors of `broaden`.

    Examples
    --------
    >>> area_inside([[-20.0, -9.0]], 0.5, Grid(-20.0, 0.0, 201)).tolist()  # half of the first lies outside
    [1.5]
    """
    levels = _checked(levels_ev, sigma_ev, grid)
    return np.asarray((ndtr((grid.high_ev - levels) / sigma_ev) - ndtr((grid.low_ev - levels) / sigma_ev)).sum(axis=1))


def check_sigma(sigma_ev: float, grid: Grid) -> None:
    """Raise `InvalidInputError` unless a broadening is from 0.75 steps of the grid to 5 eV."""
    least = LEAST_SIGMA_STEPS * grid.step_ev
    if not least <= sigma_ev <= MAX_SIGMA_EV:  # NaN is not, either
        allowed = f"from {least:.4g} ({LEAST_SIGMA_STEPS} steps of the grid) to {MAX_SIGMA_EV:g}"
        raise InvalidInputError("sigma_ev", sigma_ev, allowed)


def _checked(levels_ev: ArrayLike, sigma_ev: float, grid: Grid) -> NDArray[np.float64]:
    check_sigma(sigma_ev, grid)
    levels = np.atleast_2d(np.asarray(levels_ev, dtype=np.float64))
    if not np.isfinite(levels).all():
        molecule = int(np.flatnonzero(~np.isfinite(levels).all(axis=1))[0])
        raise InvalidInputError("levels_ev", f"molecule {molecule}", "finite")
    return levels
