"""Regions of the plane of (dh, ln A): continuous quartets between the points of the lattice.

The points of a subset share their (dh, ln A) pairs, so that a network has seen the pair of an unseen quartet with other
x and beta.  A continuous quartet has a pair, and a shape, that no subset holds.
"""

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from .state_space import DH_J_PER_MOL, N_LN_A, SHAPE_VALUES, SUBSETS, ln_a_bounds

Float = NDArray[np.float64]

PLANE = "plane"
REGIONS = (*SUBSETS, PLANE)
LATTICE, BETWEEN, TUNING = "lattice", "between", "tuning"
"""Names of sets held out from training: points of a subset's lattice, and two of quartets drawn between them."""


def region_of(name: str) -> str:
    """Region that a subset covers, the whole plane for the coarse grid G; a region is its own.

    Raises
    ------
    InvalidInputError
        For an unknown one.

    Examples
    --------
    >>> region_of("C"), region_of("G"), region_of("plane")
    ('C', 'plane', 'plane')
    """
    if name not in REGIONS:
        raise InvalidInputError("region", name, f"one of {', '.join(REGIONS)}")
    return PLANE if name == "G" else name


def limits(name: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """First and last place of a region along dh, and along ln A: indices of the state space, ends included."""
    rows, columns = SUBSETS["G" if region_of(name) == PLANE else name]
    return (float(rows[0]), float(rows[-1])), (float(columns[0]), float(columns[-1]))


def draw(name: str, generator: np.random.Generator, count: int) -> Float:
    """Quartets drawn evenly from a region, between the points of the lattice.

    dh, x and beta are uniform, and so is ln A between the region's bounds at that dh.

    Parameters
    ----------
    name : str
        Of a subset, for the region that it covers, or ``plane``.
    generator : numpy.random.Generator
    count : int

    Returns
    -------
    ndarray, shape (count, 4)
        Columns ``ln_a, dh_j_per_mol, x, beta``.

    Raises
    ------
    InvalidInputError
        For an unknown region, or a ``count`` below 1.

    Examples
    --------
    >>> draw("C", np.random.default_rng(1), 2).round(2).tolist()  # ln A, dh, x, beta
    [[-223.02, 701182.16, 0.45, 0.86], [-203.23, 745046.37, 0.54, 0.53]]
    """
    if count < 1:
        raise InvalidInputError("count", count, "at least 1")
    row_limits, column_limits = limits(name)
    i, j = generator.uniform(*row_limits, count), generator.uniform(*column_limits, count)
    dh = np.interp(i, np.arange(len(DH_J_PER_MOL)), DH_J_PER_MOL)
    low, high = ln_a_bounds(dh)
    x, beta = generator.uniform(SHAPE_VALUES[0], SHAPE_VALUES[-1], (2, count))
    return np.column_stack([low + (high - low) * j / (N_LN_A - 1), dh, x, beta])


def places(parameters: Float) -> tuple[Float, Float]:
    """Where quartets (n, 4) lie along dh and along ln A, as fractional indices of the state space, each (n,)."""
    ln_a, dh = parameters[:, 0], parameters[:, 1]
    low, high = ln_a_bounds(dh)
    return (dh - DH_J_PER_MOL[0]) / (DH_J_PER_MOL[1] - DH_J_PER_MOL[0]), (ln_a - low) / (high - low) * (N_LN_A - 1)


def lattice_distance(parameters: Float, subset: str) -> Float:
    """Distance of quartets (n, 4) from the nearest (dh, ln A) pair of a subset, in steps of the state space, (n,).

    The plane's pairs are those of G.

    Examples
    --------
    >>> from relaxnet.studies.relaxation.dataset import select
    >>> float(lattice_distance(select("C", 50, seed=1).parameters(), "C").max().round(6))
    0.0
    """
    rows, columns = SUBSETS["G" if region_of(subset) == PLANE else subset]
    i, j = places(parameters)
    # the pairs are all those of a row and a column
    of_row, of_column = (np.abs(place[:, None] - values).min(axis=1) for place, values in ((i, rows), (j, columns)))
    return np.asarray(np.hypot(of_row, of_column))
