"""What the report draws of its method: a Coulomb matrix, and spectra of several broadenings and numbers of points."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import SymLogNorm
from matplotlib.figure import Figure

from relaxnet.evaluation.figures import line_style

from ..dataset.molecules import Molecules
from ..molecules.molecule import ELEMENTS
from ..physics.coulomb import coulomb_matrices
from ..physics.spectra import broaden
from ..samples.targets import energy_grid

SIGMAS_EV, POINTS = (0.1, 0.3, 0.5), (300, 500, 700)
_SYMBOLS = {number: symbol for symbol, number in ELEMENTS.items()}


def matrix_figure(molecules: Molecules) -> Figure:
    """Coulomb matrix of the first molecule without its empty rows (Fig. 1)."""
    numbers = molecules.numbers[0]
    atoms = int((numbers > 0).sum())
    matrix = coulomb_matrices(numbers, molecules.positions_angstrom[0])[0, :atoms, :atoms]
    figure = Figure(figsize=(4.6, 4.0), layout="constrained")
    panel = figure.subplots()
    image = panel.imshow(matrix, cmap="viridis", norm=SymLogNorm(1.0, vmin=0.0, vmax=float(matrix.max())))
    names = [_SYMBOLS[int(number)] for number in numbers[:atoms]]
    panel.set_xticks(range(atoms), names, fontsize=8)
    panel.set_yticks(range(atoms), names, fontsize=8)
    figure.colorbar(image, ax=panel, label="Coulomb matrix (hartree)")
    return figure


def broadenings_figure(molecules: Molecules) -> Figure:
    """Spectra of three molecules, a row a broadening, with their levels below (Figs 2 and 3)."""
    count, grid = min(3, len(molecules)), energy_grid(1000)
    figure = Figure(figsize=(10.5, 4.8), layout="constrained")
    panels = figure.subplots(len(SIGMAS_EV), count, squeeze=False, sharex=True, sharey="row")
    for row, sigma in zip(panels, SIGMAS_EV, strict=True):
        spectra = broaden(molecules.levels_ev[:count], sigma, grid)
        for number, (panel, spectrum) in enumerate(zip(row, spectra, strict=True)):
            panel.plot(grid.energies_ev, spectrum, **line_style(0))
            panel.plot(molecules.levels_ev[number], np.zeros(molecules.levels_ev.shape[1]), "|", color="0.3", ms=7)
            panel.set_xlim(molecules.levels_ev[:count].min() - 2.0, molecules.levels_ev[:count].max() + 2.0)
        row[0].set_ylabel(f"σ = {sigma:g} eV\nstates per eV")
    for panel in panels[-1]:
        panel.set_xlabel("energy (eV)")
    return figure


def points_figure(molecules: Molecules) -> Figure:
    """The highest line of a molecule at 0.1 eV, on several numbers of points (Fig. 4)."""
    highest = float(molecules.levels_ev[0, -1])
    figure = Figure(figsize=(5.6, 3.2), layout="constrained")
    panel = figure.subplots()
    for number, points in enumerate(POINTS):
        grid = energy_grid(points)
        spectrum = broaden(molecules.levels_ev[:1], SIGMAS_EV[0], grid)[0]
        panel.plot(grid.energies_ev, spectrum, marker=".", ms=4, label=f"{points} points", **line_style(number))
    panel.set(xlim=(highest - 0.6, highest + 0.6), xlabel="energy (eV)", ylabel="states per eV")
    panel.legend(frameon=False)
    return figure
