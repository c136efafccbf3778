"""Training molecules with their atoms in ever other orders: the randomisation of Coulomb matrices."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np

from relaxnet.datasets.source import Augment, Inputs, Source

from ..physics.coulomb import randomised
from .source import COULOMB

if TYPE_CHECKING:
    from relaxnet.workflow.recipe import Recipe

    from ..params import MoleculeTrainConfig

_BLOCK = 4096  # molecules at once: norms in double precision of a whole epoch would take gigabytes


def open_augment(recipe: Recipe, _source: Source) -> Augment | None:
    """Randomisation of a recipe whose training asks for any."""
    noise = cast("MoleculeTrainConfig", recipe.config).coulomb_noise
    return partial(in_other_orders, noise) if noise else None


def in_other_orders(noise: float, inputs: Inputs, generator: np.random.Generator) -> Inputs:
    """Matrices sorted by the norms of their rows plus ``noise`` (hartree), drawn anew."""
    matrices = inputs[COULOMB]
    found = np.empty_like(matrices)
    for start in range(0, len(matrices), _BLOCK):
        rows = slice(start, start + _BLOCK)
        found[rows] = randomised(matrices[rows, ..., 0], noise, generator)[..., None]
    return {COULOMB: found}
