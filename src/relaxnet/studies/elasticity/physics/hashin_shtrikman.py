"""Bounds of Hashin and Shtrikman's kind, in the form that holds for every cell, isotropic or not.

Written for the moduli of an isotropic composite, Hashin-Shtrikman bounds do not hold for a single anisotropic cell: a
laminate breaks them.  What holds always are their traces over strains T which the microstructure's directions cannot
tell apart (Milton and Kohn, J. Mech. Phys. Solids 36 (1988) 597).  With fractions f, soft phase 1 and stiff phase 2,

    f2 sum T:(C - C1)^-1:T  <=  sum T:(C2 - C1)^-1:T + f1 sum T:G1:T
    f1 sum T:(C2 - C)^-1:T  <=  sum T:(C2 - C1)^-1:T - f2 sum T:G2:T

where G is the strain answer of a uniform phase to a wave of stress; the sums over T are the same for waves of all
directions in the plane: the equal strain 11 and 22; the two shears of the plane; the two shears out of it.  For an
isotropic composite they are Hashin's bounds (1965) of the plane bulk modulus, and of the two shear moduli.  They hold
where the stiff phase is stiffer for every strain.
"""

import numpy as np
from numpy.typing import NDArray

from .phases import lame, stiffness

Float = NDArray[np.float64]
Images = NDArray[np.uint8]

FAMILIES = ("plane bulk", "plane shear", "antiplane shear")
_ROOT = np.sqrt(0.5)
_STRAINS = (  # of unit length; columns of a strain vector with engineering shears times the root of a half
    ((_ROOT, _ROOT, 0, 0, 0, 0),),
    ((_ROOT, -_ROOT, 0, 0, 0, 0), (0, 0, 0, 0, 0, 1)),
    ((0, 0, 0, 0, 1, 0), (0, 0, 0, 1, 0, 0)),
)
_SCALE = np.array([1, 1, 1, 2**0.5, 2**0.5, 2**0.5])


def bound_margins(images: Images, stiffness_gpa: Float, phases: Float) -> tuple[Float, Float]:
    """How far cells are within the lower and the upper bounds, each of shape (n, 3), by family.

    A margin is 1 - left / right side of the bound: 0 at the bound, negative beyond it; minus infinity where the cell is
    not between its phases.  NaN where the phases are not ordered, or one is absent.  The alternating part of an image,
    whose stress a grid of pixels does not answer, is taken into account, so that the bounds hold on the grid, too.

    Parameters
    ----------
    images : array (n, rows, columns) of 0 and 1
    stiffness_gpa : array (n, 6, 6)
    phases : array (n, 4)
    """
    stiff = images.mean(axis=(1, 2))
    rows, columns = images.shape[1:]
    signs = (-1.0) ** np.add.outer(np.arange(rows), np.arange(columns)) if rows % 2 == columns % 2 == 0 else 0.0
    alternating = (images * signs).mean(axis=(1, 2)) ** 2
    answered = stiff * (1 - stiff) - alternating
    soft_matrix, stiff_matrix = (_mandel(part) for part in np.moveaxis(stiffness(phases), 1, 0))
    cell, (lam, mu) = _mandel(stiffness_gpa), lame(phases)
    apart = stiff_matrix - soft_matrix
    judged = (np.linalg.eigvalsh(apart)[:, 0] > 0) & (stiff > 0) & (stiff < 1)
    stiff = np.where(judged, stiff, 0.5)
    lower, upper = np.full((2, len(images), len(FAMILIES)), np.nan)
    for number, strains in enumerate(np.array(family) for family in _STRAINS):
        between = _compliance(apart, strains)
        answers = [_answer(number, lam[:, phase], mu[:, phase]) for phase in (0, 1)]
        right = between + answered / stiff * answers[0], between - answered / (1 - stiff) * answers[1]
        left = stiff * _compliance(cell - soft_matrix, strains), (1 - stiff) * _compliance(stiff_matrix - cell, strains)
        for margins, a, b in zip((lower, upper), left, right, strict=True):
            margins[judged, number] = 1 - a[judged] / b[judged]
    return lower, upper


def _mandel(matrices: Float) -> Float:
    return np.asarray(matrices * np.outer(_SCALE, _SCALE))


def _compliance(matrices: Float, strains: Float) -> Float:
    """Sum of T:M^-1:T over the strains; infinite where M is not positive definite."""
    positive = np.linalg.eigvalsh(matrices)[:, 0] > 0
    inverse = np.linalg.inv(np.where(positive[:, None, None], matrices, np.eye(6)))
    return np.where(positive, np.einsum("ti,nij,tj->n", strains, inverse, strains), np.inf)


def _answer(family: int, lam: Float, mu: Float) -> Float:
    """Sum of T:G:T over a family."""
    if family == 0:
        return 0.5 / (lam + 2 * mu)
    if family == 1:
        return 0.5 / mu + 0.5 / (lam + 2 * mu)
    return 0.5 / mu
