"""A dataset of molecules as a source of samples."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError
from relaxnet.datasets.source import Inputs

from ..dataset.molecules import Molecules
from ..dataset.reader import read
from ..physics.constants import LEVELS, MAX_ATOMS
from ..physics.coulomb import Matrices, coulomb_matrices, randomised
from ..physics.spectra import Grid, broaden
from .targets import energy_grid

if TYPE_CHECKING:
    from relaxnet.workflow.recipe import Recipe

    from ..params import SpectrumModelConfig

COULOMB = "coulomb"
ATOMS = "atoms"


class MoleculeSource:
    """Molecules: Coulomb matrices (n, 29, 29, 1), sorted by the norms of their rows, and spectra made of the levels."""

    def __init__(self, molecules: Molecules, sigma_ev: float, grid: Grid) -> None:
        self.molecules, self.sigma_ev, self.grid = molecules, sigma_ev, grid
        self.input_shapes: dict[str, tuple[int, ...]] = {COULOMB: (MAX_ATOMS, MAX_ATOMS, 1)}
        self.layout: dict[str, Any] = {ATOMS: MAX_ATOMS}

    @cached_property
    def targets(self) -> NDArray[np.float64]:
        """Spectra in states per eV, shape (n, points)."""
        return broaden(self.molecules.levels_ev, self.sigma_ev, self.grid).astype(np.float64)

    @property
    def groups(self) -> NDArray[np.int64]:
        """Duplicates of one molecule have one number, shape (n,)."""
        return self.molecules.group

    @property
    def facts(self) -> dict[str, Any]:
        """Number of levels in a spectrum."""
        return {"levels": LEVELS}

    def inputs(self, index: NDArray[np.int64]) -> Inputs:
        """Coulomb matrices of the molecules ``index``."""
        return {COULOMB: sorted_matrices(self.molecules.numbers[index], self.molecules.positions_angstrom[index])}


def sorted_matrices(numbers: NDArray[np.integer], positions_angstrom: NDArray[np.floating]) -> Matrices:
    """Coulomb matrices (n, 29, 29, 1), rows and columns by falling norm: no order of the atoms in a file matters."""
    matrices = coulomb_matrices(numbers, positions_angstrom)
    return randomised(matrices, 0.0, np.random.default_rng(0))[..., None]


def open_source(data: Path, recipe: Recipe, layout: Mapping[str, Any] | None) -> MoleculeSource:
    """Dataset as samples, with spectra as the recipe's model has them.

    Raises
    ------
    DataFileError
        If a stored model reads matrices of another size.
    """
    model = cast("SpectrumModelConfig", recipe.model)
    source = MoleculeSource(read(data), model.sigma_ev, energy_grid(model.points))
    if layout is not None and dict(layout) != source.layout:
        raise DataFileError(f"{data}: matrices of {MAX_ATOMS} atoms: must be of {layout.get(ATOMS)}")
    return source
