"""How fast molecules of QM9 become data, and how their levels by GFN2-xTB compare with the HOMO that QM9 states.

Run: ``python benchmarks/molecules.py`` (two minutes on two processors); needs the extra ``spectroscopy``.  Where the
extra ``mkl`` is installed, too, all is done with MKL and without, and the data are compared.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from relaxnet.core.executors import LocalProcesses
from relaxnet.core.processes import usable_processors
from relaxnet.studies.spectroscopy.dataset import writer
from relaxnet.studies.spectroscopy.dataset.config import SimulateConfig
from relaxnet.studies.spectroscopy.dataset.reader import Dataset, read_dataset
from relaxnet.studies.spectroscopy.dataset.source import drawn_rows
from relaxnet.studies.spectroscopy.expectations.table import homo_rank_correlation
from relaxnet.studies.spectroscopy.molecules.identity import identity
from relaxnet.studies.spectroscopy.molecules.molecule import Molecule
from relaxnet.studies.spectroscopy.molecules.qm9 import Qm9
from relaxnet.studies.spectroscopy.physics.blas import mkl_library
from relaxnet.studies.spectroscopy.physics.coulomb import coulomb_matrices, randomised
from relaxnet.studies.spectroscopy.physics.levels import highest_levels
from relaxnet.studies.spectroscopy.physics.spectra import WINDOW_EV, Grid, broaden

BLOCK = 1000


def main() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"  # as in the writer's processes; tblite reads it when it is loaded
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--molecules", type=int, default=8000, help="drawn from QM9")
    parser.add_argument("--workers", type=int, help="processes; by default as many as processors")
    arguments = parser.parse_args()
    config = SimulateConfig(molecules=arguments.molecules, seed=1, workers=arguments.workers)
    workers = config.workers or usable_processors()
    prefer_mkl = writer.prefer_mkl  # what the writer's processes begin with
    libraries: dict[str, Callable[[], bool]] = {"the reference BLAS": bool}
    if mkl_library():
        libraries = {"MKL": prefer_mkl, **libraries}
    with tempfile.TemporaryDirectory() as place:
        folders = {name: Path(place) / name for name in libraries}
        for name, begin in libraries.items():
            writer.prefer_mkl = begin
            begin_s = time.perf_counter()
            writer.write(folders[name], config)
            taken_s = time.perf_counter() - begin_s
            rate = arguments.molecules / taken_s
            alone = levels_alone(config, workers, begin)
            print(f"{name}: {arguments.molecules} molecules in {taken_s:.1f} s with {workers} processes", end="")
            print(f", {rate:.0f} a second; levels alone {alone:.0f} a second", flush=True)
        first, *others = map(contents, folders.values())
        for other in others:
            print(f"the data are {'the same, byte for byte' if other == first else 'NOT the same'}")
        dataset = read_dataset(next(iter(folders.values())))
        size = sum(map(len, first.values()))
    print(f"{size / len(dataset.molecules):.0f} bytes a molecule\n")
    prefer_mkl()
    print_steps(config)
    print_agreement(dataset)


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a dataset."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@dataclass(frozen=True, eq=False)
class Levels:
    """The levels of some molecules, twice, so that what is loaded and set up once is not counted."""

    molecules: list[Molecule]

    def __call__(self) -> float:
        """Seconds that the second time takes."""
        begin_s = 0.0
        for _ in range(2):
            begin_s = time.perf_counter()
            for one in self.molecules:
                highest_levels(one.numbers, one.positions_angstrom)
        return time.perf_counter() - begin_s


def levels_alone(config: SimulateConfig, workers: int, begin: Callable[[], bool], count: int = 600) -> float:
    """Molecules a second of all processes together that do nothing else: the most that the making of data can reach."""
    source = Qm9()
    drawn = source.molecules(drawn_rows(config, len(source))[:count])
    pool = LocalProcesses(workers, {"OMP_NUM_THREADS": "1"}, initializer=begin)
    # each has all of them: molecules differ in size
    return sum(count / seconds for _, seconds in pool.run([Levels(drawn) for _ in range(workers)]))


def print_steps(config: SimulateConfig, count: int = 300) -> None:
    """Time of each step in one process: of the processor, which others that run do not add to."""
    opened = time.process_time()
    source = Qm9()
    print(f"QM9 is opened in {time.process_time() - opened:.1f} s\n")
    rows = drawn_rows(config, len(source))[:count]
    molecules = source.molecules(rows)
    padded = np.zeros((BLOCK, 29), dtype=np.int8), np.zeros((BLOCK, 29, 3))
    for row in range(BLOCK):
        one = molecules[row % len(molecules)]
        padded[0][row, : len(one.numbers)], padded[1][row, : len(one.numbers)] = one.numbers, one.positions_angstrom
    matrices, levels_ev = coulomb_matrices(*padded), np.random.default_rng(0).uniform(-20, -7, (BLOCK, 16))
    steps = {
        "read a molecule of QM9": (lambda: source.molecules(rows), len(rows)),
        "levels by GFN2-xTB": (lambda: [highest_levels(m.numbers, m.positions_angstrom) for m in molecules], len(rows)),
        "identity": (lambda: [identity(m) for m in molecules], len(rows)),
        "Coulomb matrix": (lambda: coulomb_matrices(*padded), BLOCK),
        "randomise it": (lambda: randomised(matrices, 1.0, np.random.default_rng(1)), BLOCK),
        "spectrum of 300 points": (lambda: broaden(levels_ev, 0.5, Grid(*WINDOW_EV, 300)), BLOCK),
        "spectrum of 700 points": (lambda: broaden(levels_ev, 0.1, Grid(*WINDOW_EV, 700)), BLOCK),
    }
    print("| step, one process | ms of processor time a molecule |\n|---|---|")
    for name, (action, size) in steps.items():
        action()  # imports what it needs
        begin = time.process_time()
        action()
        print(f"| {name} | {(time.process_time() - begin) / size * 1e3:.3f} |")
    print()


def print_agreement(dataset: Dataset) -> None:
    molecules = dataset.molecules
    own, stated = molecules.levels_ev[:, -1], molecules.homo_ev
    slope, offset = np.polyfit(own, stated, 1)
    residual = stated - (slope * own + offset)
    reasons = dict(Counter(one.reason for one in dataset.dropped))
    print(f"kept {len(molecules)} of {dataset.metadata.molecules}; dropped: {reasons or 'none'}")
    print(f"identities: {len(np.unique(molecules.group))}")
    print(f"lowest of the 16 levels: {molecules.levels_ev[:, 0].min():.2f} eV; highest of all: {own.max():.2f} eV")
    correlation, of_ranks = np.corrcoef(own, stated)[0, 1], homo_rank_correlation(molecules)[1]
    print(f"HOMO, GFN2-xTB and QM9 (B3LYP): correlation {correlation:.3f}, of ranks {of_ranks:.3f}")
    spread = f"residual {residual.std():.2f} eV (spread of QM9's {stated.std():.2f} eV)"
    print(f"QM9's = {slope:.2f} times GFN2's {offset:+.2f} eV, {spread}")


if __name__ == "__main__":
    main()
