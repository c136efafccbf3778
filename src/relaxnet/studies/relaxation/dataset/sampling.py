"""Where the training quartets of a subset lie: on its lattice, as the paper's do, or anywhere in the same region."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from .regions import draw, region_of
from .state_space import Quartets, select

Sampling = Literal["lattice", "continuous"]


@dataclass(frozen=True)
class Sample:
    """Quartets to be simulated: columns ``ln_a, dh_j_per_mol, x, beta`` of ``parameters``, shape (n, 4).

    ``source`` is the subset on whose lattice they lie, at ``index``, or the region that they are drawn from.
    """

    source: str
    parameters: NDArray[np.float64]
    index: Quartets | None = None


def training_sample(subset: str, sampling: Sampling, count: int | None, seed: int) -> Sample:
    """Training quartets of a subset.

    With ``continuous`` sampling ``count`` quartets are drawn by `draw` from the region that the subset covers; a test
    set drawn from there with the same seed holds others.

    Raises
    ------
    InvalidInputError
        For an unknown subset, a ``count`` that it does not have, and for all (None) of a region without a lattice.

    Examples
    --------
    >>> training_sample("G", "lattice", 2000, seed=1).source, training_sample("G", "continuous", 2000, seed=1).source
    ('G', 'plane')
    """
    if sampling == "lattice":
        quartets = select(subset, count, seed)
        return Sample(subset, quartets.parameters(), quartets)
    region = region_of(subset)
    if count is None:
        raise InvalidInputError("quartets_per_subset", "all", "a number: between the points of a lattice are no all")
    generator = np.random.default_rng([seed, *f"{region} training".encode()])
    return Sample(region, draw(region, generator, count))
