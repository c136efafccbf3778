"""The stiffness of periodic two-phase cells: images of pixels, extruded along the third axis.

Strain and stress of such a cell depend on two coordinates, and the plane (11, 22, 12, with a uniform strain 33) does
not know the shears out of it (13, 23).  Both are solved on the grid of the pixels with a strain for each pixel, the
rotated scheme of Willot (2015, doi:10.1016/j.crme.2014.12.005), which is bilinear elements with one point of
integration; conjugate gradients are preconditioned by a uniform medium.

With two phases all loads come down to five.  A uniform strain E leaves the stress C E, which differs between the phases
by (C_stiff - C_soft) E only.  Of that the plane sees three parts, equal stresses 11 and 22, opposite ones, and a
shear; so the displacements of the loads 11, 22, 33 and 12 are sums of those of three unit stresses in the stiff phase.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError, RelaxnetError
from relaxnet.core.threads import in_threads

from .bounds import nine_constants
from .green import green
from .kernels import cell
from .phases import lame, stiffness

Float = NDArray[np.float64]
Images = NDArray[np.uint8]

TOLERANCE = 1e-4
MAX_ITERATIONS = 2000


class ConvergenceError(RelaxnetError):
    """Conjugate gradients that did not reach their tolerance."""


@dataclass(frozen=True)
class Homogenised:
    """Stiffness (n, 6, 6) in GPa and the number of conjugate-gradient steps (n,) it took."""

    stiffness_gpa: Float
    steps: NDArray[np.int64]


def homogenise(
    images: Images, phases: ArrayLike, *, tolerance: float = TOLERANCE, max_iterations: int = MAX_ITERATIONS,
    workers: int = 1, first: int = 0,
) -> Float:  # fmt: skip
    """The nine constants in GPa, shape (n, 9), in the order of `CONSTANTS`; arguments and errors of `homogenise_full`.

    Examples
    --------
    >>> stripes = np.tile(np.array([0, 1], dtype=np.uint8), (8, 4))  # layers normal to the first axis
    >>> homogenise(stripes[None], [1.0, 0.0, 3.0, 0.0])[0].round(4).tolist()
    [1.5, 2.0, 2.0, 0.0, 0.0, 0.0, 1.0, 0.75, 0.75]
    """
    full = homogenise_full(
        images, phases, tolerance=tolerance, max_iterations=max_iterations, workers=workers, first=first
    )
    return nine_constants(full.stiffness_gpa)


def homogenise_full(
    images: Images, phases: ArrayLike, *, tolerance: float = TOLERANCE, max_iterations: int = MAX_ITERATIONS,
    workers: int = 1, first: int = 0,
) -> Homogenised:  # fmt: skip
    """Homogenise periodic cells.

    Parameters
    ----------
    images : array of 0 (soft phase) and 1 (stiff phase), shape (n, rows, columns)
        Axis 1 of the material runs along the columns' numbers, axis 2 along the rows'.
    phases : array_like, shape (n, 4) or (4,)
        Columns `PHASE_COLUMNS`.
    tolerance : float
        To which the residual falls, relative to that of uniform strain, in the norm of the preconditioner.  The error
        of the stiffness goes with its square.
    max_iterations : int
    workers : int
        Threads.  The result does not depend on them.
    first : int
        Number of the first image, by which an error names them.

    Raises
    ------
    InvalidInputError
        For images that are no array (n, rows, columns) of 0 and 1, phases that are not stable, or a tolerance that
        is not above 0 and below 1.
    ConvergenceError
        If an image does not reach the tolerance in ``max_iterations`` steps.
    """
    images = check_images(images)
    if not 0 < tolerance < 1:
        raise InvalidInputError("tolerance", tolerance, "above 0 and below 1")
    moduli = lame(phases)
    if len(moduli[0]) not in (1, len(images)):
        raise InvalidInputError("phases", f"{len(moduli[0])} rows", f"one for all images, or {len(images)}")
    lam, mu = (np.broadcast_to(modulus, (len(images), 2)) for modulus in moduli)
    matrices = np.empty((len(images), 6, 6))
    steps = np.empty(len(images), dtype=np.int64)

    def solve(rows: slice) -> None:
        for row in range(rows.start, rows.stop):
            solution = _solve(images[row], lam[row], mu[row], tolerance, max_iterations)
            if solution is None:
                raise ConvergenceError(
                    f"image {first + row}: the residual is not within {tolerance:g} after {max_iterations} iterations"
                )
            matrices[row] = _effective(lam[row], mu[row], *solution[:2])
            steps[row] = solution[2]

    for _ in in_threads(solve, len(images), 8, workers):
        pass
    fraction = images.mean(axis=(1, 2))[:, None, None]
    both = np.broadcast_to(stiffness(phases), (len(images), 2, 6, 6))
    return Homogenised(matrices + (1 - fraction) * both[:, 0] + fraction * both[:, 1], steps)


def check_images(images: NDArray) -> Images:
    """Images as unsigned bytes; an `InvalidInputError` if they are no (n, rows, columns) of 0 and 1."""
    array = np.asarray(images)
    if array.ndim != 3 or 0 in array.shape[1:]:
        raise InvalidInputError("images", f"shape {array.shape}", "of shape (n, rows, columns)")
    strange = array[(array != 0) & (array != 1)]
    if strange.size:
        raise InvalidInputError("images", strange[0], "0 (soft phase) or 1 (stiff phase) in every pixel")
    return array.astype(np.uint8)


def _solve(image: Images, lam: Float, mu: Float, tolerance: float, limit: int) -> tuple[Float, Float, int] | None:
    """Means of stress by displacements in and out of the plane, see `cell.cross`, and the steps; None if too many."""
    rows, columns = image.shape
    shape = (cell.FIELDS, rows, columns)
    share = image.mean()
    medium = green(rows, columns, float(lam @ [1 - share, share]), float(mu @ [1 - share, share]))
    load, residual, forces, displacement = np.empty(shape), np.empty(shape), np.empty(shape), np.zeros(shape)
    direction, stress = np.zeros((cell.FIELDS, rows + 1, columns + 1)), np.empty((3, rows + 1, columns + 1))
    rounded = np.empty(shape, dtype=np.float32)
    energy, size = np.empty(cell.CASES), np.empty(cell.CASES)
    pixel_lam, pixel_mu = lam[image], mu[image]

    cell.load(image.astype(np.float64), load)
    residual[:] = load
    rounded[:] = load
    solved = medium.solve(rounded)
    cell.products(residual, solved, size)
    first, keep, steps = size.copy(), np.zeros(cell.CASES), 0
    while (active := size > tolerance**2 * first).any():
        if steps == limit:
            return None
        cell.turn(keep, solved, direction)
        cell.apply(pixel_lam, pixel_mu, direction, stress, forces, energy)
        before = size.copy()
        cell.advance(np.where(active, size / np.where(active, energy, 1.0), 0.0), direction, forces, displacement,
                     residual, rounded)  # fmt: skip
        solved = medium.solve(rounded)
        cell.products(residual, solved, size)
        keep = np.where(active, size / np.where(active, before, 1.0), 0.0)
        steps += 1
    plane, antiplane = np.empty((3, 3)), np.empty((2, 2))
    cell.cross(load, displacement, residual, plane, antiplane)
    return plane, antiplane, steps


def _effective(lam: Float, mu: Float, plane: Float, antiplane: Float) -> Float:
    """What the displacements add to the mean stiffness, (6, 6): never stiffer."""
    of_lam, of_mu = lam[1] - lam[0], mu[1] - mu[0]
    # unit stresses (rows: equal, opposite, shear) in the jumps of stress under the strains 11, 22, 33 and 12
    jumps = np.array([
        [of_lam + of_mu, of_lam + of_mu, of_lam, 0.0],
        [of_mu, -of_mu, 0.0, 0.0],
        [0.0, 0.0, 0.0, of_mu],
    ])  # fmt: skip
    matrix = np.zeros((6, 6))
    matrix[np.ix_([0, 1, 2, 5], [0, 1, 2, 5])] = jumps.T @ plane @ jumps
    matrix[np.ix_([4, 3], [4, 3])] = of_mu**2 * antiplane
    return (matrix + matrix.T) / 2
