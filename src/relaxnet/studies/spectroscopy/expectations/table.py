"""The numbers that the validation of molecules judges: one row a molecule."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.datasets.split import SplitConfig, split

from ..dataset.config import ValidateConfig
from ..dataset.molecules import Molecules
from ..molecules.identity import identity
from ..molecules.molecule import ELEMENTS, Molecule
from ..physics.coulomb import LEAST_DISTANCE_ANGSTROM, Matrices, coulomb_matrices, distances
from ..physics.spectra import WINDOW_EV, Grid, broaden

Float = NDArray[np.float64]

_SAMPLE_SEED = 20190531
_BLOCK = 2048  # molecules at once: the differences of their positions take 41 MB
_NORM_DECIMALS = 3  # to which, in hartree, the norms of the rows of copies are equal


def molecule_table(molecules: Molecules, config: ValidateConfig, parts: SplitConfig, *, sample: int) -> pd.DataFrame:
    """Compute the numbers; the bonds of ``sample`` molecules are looked at again.

    Where a number cannot be computed, as others are wrong, it is infinite, and NaN where a check does not apply.
    """
    numbers, positions, levels = molecules.numbers, molecules.positions_angstrom, molecules.levels_ev
    present = numbers > 0
    nearest = _nearest(positions, present)
    all_placed = np.isfinite(positions).all(axis=(1, 2))
    sound = all_placed & (numbers >= 0).all(axis=1) & (nearest >= LEAST_DISTANCE_ANGSTROM)
    finite = np.asarray(np.isfinite(levels).all(axis=1))
    placed = np.abs(np.nan_to_num(positions, nan=np.inf))
    norms, matrix_columns = _matrix_columns(numbers, positions, sound)
    geometry = _same_rows(norms)
    grid = Grid(*WINDOW_EV, config.points)
    area = broaden(np.where(finite[:, None], levels, 0.0), config.sigma_ev, grid).sum(axis=1, dtype=np.float64)
    columns: dict[str, NDArray] = {
        "number_step": np.diff(molecules.number, prepend=molecules.number[:1] - 1),
        "atoms": present.sum(axis=1),
        "unknown_atoms": (~np.isin(numbers, [0, *ELEMENTS.values()])).sum(axis=1),
        "atoms_after_gaps": (present[:, 1:] & ~present[:, :-1]).sum(axis=1),
        "position_of_no_atom": np.where(present[:, :, None], 0.0, placed).max(axis=(1, 2)),
        "nearest_angstrom": np.where(all_placed, nearest, -np.inf),
        **matrix_columns,
        "non_finite_levels": (~np.isfinite(levels)).sum(axis=1),
        "least_level_step_ev": np.where(finite, np.diff(levels, axis=1).min(axis=1), -np.inf),
        "lowest_level_ev": np.where(finite, levels[:, 0], -np.inf),
        "highest_level_ev": np.where(finite, levels[:, -1], np.inf),
        "area": np.where(finite, area * grid.step_ev, np.inf),
        "identity_error": _identity_error(molecules, sound, sample),
        "geometry": geometry,
        "identities_of_geometry": _distinct(molecules.group, geometry),
        "parts_of_identity": _distinct(_part(molecules.group, parts), molecules.group),
    }
    return pd.DataFrame({"molecule": molecules.number, "name": molecules.name, **columns})


def homo_rank_correlation(molecules: Molecules) -> tuple[int, float]:
    """Number of molecules whose source states a HOMO, and its rank correlation (Spearman) with the highest level.

    Of fewer than three, or where all are equal, the correlation is NaN.
    """
    both = np.stack([molecules.levels_ev[:, -1], molecules.homo_ev])
    both = both[:, np.isfinite(both).all(axis=0)]
    if both.shape[1] < 3 or (np.ptp(both, axis=1) == 0).any():
        return both.shape[1], float("nan")
    own, stated = (pd.Series(values).rank() for values in both)
    return both.shape[1], float(own.corr(stated))


def _nearest(positions: Float, present: NDArray[np.bool_]) -> Float:
    """Least distance of two atoms in angstrom, infinite where there is one atom, shape (n,)."""
    nearest = np.empty(len(positions))
    for start in range(0, len(positions), _BLOCK):
        rows = slice(start, start + _BLOCK)
        pairs = present[rows, :, None] & present[rows, None, :]
        between = distances(np.nan_to_num(positions[rows], posinf=0.0, neginf=0.0))
        nearest[rows] = np.where(pairs, between, np.inf).min(axis=(1, 2))
    return nearest


def _matrix_columns(numbers: NDArray[np.int8], positions: Float, sound: NDArray[np.bool_]) -> tuple[Float, dict]:
    """Sorted norms of the rows of the Coulomb matrices (n, 29), and what is judged of the matrices."""
    norms = np.full(numbers.shape, np.nan)
    columns = {name: np.full(len(numbers), np.inf) for name in ("asymmetry", "padding", "diagonal_error")}
    for start in range(0, len(numbers), _BLOCK):
        rows = start + np.flatnonzero(sound[start : start + _BLOCK])
        matrices = coulomb_matrices(numbers[rows], positions[rows])
        norms[rows] = np.sort(np.linalg.norm(matrices, axis=2), axis=1)
        for name, values in _judged(matrices, numbers[rows]).items():
            columns[name][rows] = values
    return norms, columns


def _judged(matrices: Matrices, numbers: NDArray[np.int8]) -> dict[str, NDArray]:
    empty = numbers == 0
    outside = np.where(empty[:, :, None] | empty[:, None, :], matrices, 0.0)
    diagonal = np.diagonal(matrices, axis1=1, axis2=2)
    atoms = 0.5 * np.abs(numbers).astype(np.float64) ** 2.4
    return {
        "asymmetry": np.abs(matrices - matrices.swapaxes(1, 2)).max(axis=(1, 2)),
        "padding": np.abs(outside).max(axis=(1, 2)),
        "diagonal_error": (np.abs(diagonal - atoms) / np.maximum(atoms, 1.0)).max(axis=1),
    }


def _identity_error(molecules: Molecules, sound: NDArray[np.bool_], sample: int) -> Float:
    """1 where the bonds of a molecule, of a sample, are not those of its identity; NaN outside of the sample."""
    generator = np.random.default_rng(_SAMPLE_SEED)
    errors = np.full(len(molecules), np.nan)
    for row in generator.choice(len(molecules), min(sample, len(molecules)), replace=False):
        atoms = molecules.numbers[row] > 0
        known = sound[row] and np.isin(molecules.numbers[row][atoms], list(ELEMENTS.values())).all() and atoms.any()
        if known:
            found = identity(Molecule(molecules.numbers[row][atoms], molecules.positions_angstrom[row][atoms]))
        errors[row] = not known or found != molecules.identity[row]
    return errors


def _same_rows(norms: Float) -> NDArray[np.int64]:
    """Number (n,) that rows which are equal have in common."""
    _, inverse = np.unique(np.round(norms, _NORM_DECIMALS), axis=0, return_inverse=True)
    return np.asarray(inverse.reshape(-1), dtype=np.int64)


def _distinct(values: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each row, how many different values there are in its group, shape (n,)."""
    return np.asarray(pd.Series(values).groupby(group).transform("nunique"))


def _part(group: NDArray[np.int64], config: SplitConfig) -> NDArray[np.int64]:
    """Part of the split, by number, that each molecule is in, shape (n,)."""
    parts, number = split(len(group), config, group), np.full(len(group), -1)
    for value, rows in enumerate((parts.train, parts.validation, parts.test)):
        number[rows] = value
    return number
