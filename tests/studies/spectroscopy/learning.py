"""Made-up molecules whose levels follow from their atoms, so that networks have something to learn, for tests."""

import numpy as np

from relaxnet.models.blocks.architectures import build
from relaxnet.studies.spectroscopy.dataset.molecules import Molecules
from relaxnet.studies.spectroscopy.samples.source import MoleculeSource
from relaxnet.studies.spectroscopy.samples.targets import energy_grid

NETWORKS = "relaxnet.studies.spectroscopy.networks"
SHAPES = {"coulomb": (29, 29, 1)}
SMALL = {"filters": [2, 3, 4]}


def molecules(count=40, seed=1):
    """Atoms on a lattice, 12 to 20 of them, with electrons for 16 levels; nitrogen and oxygen lower all levels."""
    generator = np.random.default_rng(seed)
    numbers, positions = np.zeros((count, 29), dtype=np.int8), np.zeros((count, 29, 3))
    places = np.stack(np.meshgrid(*[np.arange(4.0)] * 3), axis=-1).reshape(-1, 3) * 1.2
    for row in range(count):
        atoms = generator.integers(12, 21)
        numbers[row, :atoms] = generator.choice([1, 6, 6, 7, 8], atoms)
        if valence(numbers[row]) % 2:
            numbers[row, 0] = {1: 6, 6: 7, 7: 8, 8: 7}[int(numbers[row, 0])]
        positions[row, :atoms] = places[generator.permutation(64)[:atoms]]
    lower = 0.5 * (numbers > 6).sum(axis=1)
    levels = np.linspace(-19.0, -8.0, 16) - lower[:, None] + generator.normal(0.0, 0.05, (count, 16))
    names = np.array([f"molecule {row}" for row in range(count)])
    return Molecules(
        np.arange(count), names, names, numbers, positions, np.sort(levels, axis=1), np.full(count, np.nan), names
    )


def valence(numbers):
    """Valence electrons of a molecule."""
    return sum({1: 1, 6: 4, 7: 5, 8: 6}[int(number)] for number in numbers if number)


def source(count=40, sigma_ev=0.5, points=60, seed=1):
    return MoleculeSource(molecules(count, seed), sigma_ev, energy_grid(points))


def network(name, options=None, points=60):
    return build(f"{NETWORKS}.{name}", SMALL if options is None else options, SHAPES, points)


def write_folder(folder, count):
    """A folder of .xyz files with files of levels beside them."""
    folder.mkdir(parents=True)
    symbols = {1: "H", 6: "C", 7: "N", 8: "O"}
    found = molecules(count)
    for row in range(count):
        atoms = [int(z) for z in found.numbers[row] if z]
        places = found.positions_angstrom[row]
        lines = [
            f"{symbols[z]} {x:.6f} {y:.6f} {w:.6f}" for z, (x, y, w) in zip(atoms, places[: len(atoms)], strict=True)
        ]
        counts = {symbols[z]: atoms.count(z) for z in symbols}
        # Hill's order: carbon and hydrogen first, or all by the alphabet where there is no carbon
        order = ["C", "H", "N", "O"] if counts["C"] else ["H", "N", "O"]
        formula = "".join(f"{s}{counts[s] if counts[s] > 1 else ''}" for s in order if counts[s])
        (folder / f"m{row:04}.xyz").write_text("\n".join([str(len(atoms)), "", *lines]) + "\n")
        levels = [f"{level:.6f}" for level in found.levels_ev[row]]
        (folder / f"m{row:04}.levels").write_text("\n".join([formula, *levels]) + "\n")
