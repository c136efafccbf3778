"""A few molecules for tests, without QM9."""

import numpy as np

from relaxnet.studies.spectroscopy.dataset.making import gather
from relaxnet.studies.spectroscopy.molecules.molecule import ELEMENTS, Molecule

PROPANOL = """\
12
propan-1-ol
C  -1.9076  0.2384  0.0000
C  -0.6316 -0.5994  0.0000
C   0.6213  0.2612  0.0000
O   1.7663 -0.5854  0.0000
H  -2.7951 -0.4000  0.0000
H  -1.9508  0.8806  0.8842
H  -1.9508  0.8806 -0.8842
H  -0.6190 -1.2550  0.8765
H  -0.6190 -1.2550 -0.8765
H   0.6440  0.9121  0.8868
H   0.6440  0.9121 -0.8868
H   2.5536 -0.0286  0.0000
"""
WATER = "3\nwater\nO 0 0 0.1173\nH 0 0.7572 -0.4692\nH 0 -0.7572 -0.4692\n"


def chain(carbons, end="C", seed=0, name=None):
    """A zigzag of carbon atoms that ends in another element, each with two hydrogen atoms, a little disordered."""
    generator = np.random.default_rng(seed)
    symbols, places = [], []
    for number in range(carbons + 1):
        place = np.array([1.27 * number, 0.42 * (-1) ** number, 0.0])
        symbols.append("C" if number < carbons else end)
        places.append(place)
        if number < carbons:
            for side in (1.0, -1.0):
                symbols.append("H")
                places.append(place + np.array([0.0, 0.55 * (-1) ** number, 0.92 * side]))
    symbols.append("H")
    places.append(np.array([-0.9, 1.0, 0.0]))
    if end in ("C", "O"):  # an even number of electrons
        for number in range(3 if end == "C" else 1):
            angle = 2.1 * number
            symbols.append("H")
            places.append(places[3 * carbons] + [0.62, 0.87 * np.cos(angle), 0.87 * np.sin(angle)])
    positions = np.array(places) + generator.normal(0, 0.02, (len(places), 3))
    numbers = np.array([ELEMENTS[symbol] for symbol in symbols], dtype=np.int8)
    return Molecule(numbers, positions, name or f"{end}-{carbons}-{seed}")


def xyz(molecule, comment=""):
    """A molecule as a block of text."""
    symbols = {number: symbol for symbol, number in ELEMENTS.items()}
    rows = [
        f"{symbols[int(number)]} " + " ".join(f"{value:.8f}" for value in place)
        for number, place in zip(molecule.numbers, molecule.positions_angstrom, strict=True)
    ]
    return "\n".join([str(len(rows)), comment, *rows]) + "\n"


def molecules(count=40):
    """Molecules with invented levels; two each are geometries of one molecule."""
    generator, made = np.random.default_rng(7), []
    for number in range(count):
        kind = number // 2
        one = chain(4 + kind % 4, ("C", "O", "F")[kind // 4 % 3], seed=number)
        homo = -9.0 - 0.1 * (kind % 9)
        made.append((number, one, np.append(np.sort(generator.uniform(-20.0, -10.2, 15)), homo)))
    found = gather(made)
    found.homo_ev[:] = found.levels_ev[:, -1] + 3.0 + generator.normal(0, 0.02, count)
    return found
