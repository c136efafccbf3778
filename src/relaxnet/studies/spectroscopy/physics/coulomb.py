"""Coulomb matrices of molecules."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

from .constants import ANGSTROM_PER_BOHR, MAX_ATOMS

Matrices = NDArray[np.float32]

LEAST_DISTANCE_ANGSTROM = 0.3
"""Atoms nearer than this are a mistake in the file: those of H2 are 0.74 apart."""


def coulomb_matrices(numbers: ArrayLike, positions_angstrom: ArrayLike) -> Matrices:
    """Coulomb matrices of molecules, in hartree, shape (n, 29, 29).

    ``0.5 Z_i^2.4`` on the diagonal and ``Z_i Z_j / |R_i - R_j|`` off it, equation 1 of the report that the study
    follows.  It leaves open what lengths are measured in: here it is bohr, so that both are energies in hartree (the
    diagonal is a fit to the energies of free atoms, Rupp et al. 2012, doi:10.1103/PhysRevLett.108.058301).  Rows and
    columns past the last atom are zero.

    Parameters
    ----------
    numbers : array_like of int, shape (n, A) or (A,)
        Atomic numbers, 0 where there is no atom; A is at most 29.
    positions_angstrom : array_like, shape (n, A, 3) or (A, 3)
        Positions; those of no atom do not count.

    Raises
    ------
    InvalidInputError
        If the shapes do not fit, an atomic number is negative, a position is not finite, or two atoms are nearer than
        0.3 angstrom.

    Examples
    --------
    >>> coulomb_matrices([1, 1, 0], [[0, 0, 0], [0, 0, 0.529177210903], [0, 0, 0]])[0, :3, :3].tolist()
    [[0.5, 1.0, 0.0], [1.0, 0.5, 0.0], [0.0, 0.0, 0.0]]
    """
    charge, place = _checked(numbers, positions_angstrom)
    atoms = charge.shape[1]
    products = charge[:, :, None] * charge[:, None, :]
    distance = distances(place) / ANGSTROM_PER_BOHR
    matrices = np.zeros((len(charge), MAX_ATOMS, MAX_ATOMS), dtype=np.float32)
    # of no atom: 0 over anything; on the diagonal the distance is none
    off = np.divide(products, distance, out=np.zeros_like(products), where=products > 0)
    off[:, range(atoms), range(atoms)] = 0.5 * charge**2.4
    matrices[:, :atoms, :atoms] = off
    return matrices


def randomised(matrices: Matrices, noise: float, generator: np.random.Generator) -> Matrices:
    """Matrices with rows and columns sorted by the norms of the rows plus noise, the largest first.

    The scheme of Montavon et al. 2013 (doi:10.1088/1367-2630/15/9/095003): to sort makes the order of the atoms in a
    file irrelevant, and the noise shows a network many of the orders that are nearly as good.  Rows that stand for no
    atom stay last.

    Parameters
    ----------
    matrices : array of shape (n, A, A)
    noise : float
        Standard deviation of the noise in hartree; 0 sorts, and draws nothing.
    generator : Generator
        Draws the noise.

    Raises
    ------
    InvalidInputError
        If ``noise`` is negative or not finite.
    """
    if not (np.isfinite(noise) and noise >= 0):
        raise InvalidInputError("noise", noise, "a finite number from 0 (hartree)")
    norms = np.sqrt((matrices.astype(np.float64) ** 2).sum(axis=2))
    shaken = norms + generator.normal(0.0, noise, norms.shape) if noise else norms
    order = np.argsort(np.where(norms > 0, -shaken, np.inf), axis=1, kind="stable")
    rows = np.take_along_axis(matrices, order[:, :, None], axis=1)
    return np.take_along_axis(rows, order[:, None, :], axis=2)


def distances(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances between all pairs of points (..., A, 3), shape (..., A, A), infinite from a point to itself."""
    distance = np.linalg.norm(positions[..., :, None, :] - positions[..., None, :, :], axis=-1)
    atoms = range(positions.shape[-2])
    distance[..., atoms, atoms] = np.inf
    return np.asarray(distance)


def _checked(numbers: ArrayLike, positions_angstrom: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    charge = np.atleast_2d(np.asarray(numbers, dtype=np.float64))
    place = np.asarray(positions_angstrom, dtype=np.float64)
    place = place[None] if place.ndim == 2 else place
    if charge.ndim != 2 or charge.shape[1] > MAX_ATOMS:
        raise InvalidInputError("numbers", f"shape {charge.shape}", f"of shape (n, A), A at most {MAX_ATOMS} atoms")
    if place.shape != (*charge.shape, 3):
        raise InvalidInputError("positions_angstrom", f"shape {place.shape}", f"of shape {(*charge.shape, 3)}")
    if not (charge >= 0).all():
        raise InvalidInputError("numbers", charge[~(charge >= 0)][0], "atomic numbers, from 0 (no atom)")
    present = charge > 0
    if not np.isfinite(place[present]).all():
        molecule = int(np.flatnonzero((present & ~np.isfinite(place).all(axis=2)).any(axis=1))[0])
        raise InvalidInputError("positions_angstrom", f"molecule {molecule}", "finite")
    place = np.where(present[:, :, None], place, 0.0)
    pairs = present[:, :, None] & present[:, None, :]
    nearest = np.where(pairs, distances(place), np.inf).min(axis=(1, 2), initial=np.inf)
    if (nearest < LEAST_DISTANCE_ANGSTROM).any():
        molecule = int(np.argmin(nearest))
        found = f"molecule {molecule}: two atoms {nearest[molecule]:.3g} angstrom apart"
        raise InvalidInputError("positions_angstrom", found, f"of atoms at least {LEAST_DISTANCE_ANGSTROM} apart")
    return charge, place
