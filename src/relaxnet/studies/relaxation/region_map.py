"""Where the subsets lie in the plane of (dh, ln A), and the real materials among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relaxnet.reporting.spec import RegionMap

from .dataset.state_space import DH_J_PER_MOL, SUBSETS, ln_a_table
from .physics.published import MATERIALS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHOLE = "G"
_NAMES = {"LU": (-40, 6), "RU": (24, -10), "LB": (-18, 26), "RB": (-34, 12), "C": (34, -6)}  # points from the region
_COLUMN = (-640.0, 290.0, 60.0)  # ln A, first dh (kJ/mol) and step of the materials' names, where no subset is


def draw_regions() -> Figure:
    """Draw the plane as the paper prints it, dh downwards: the five blocks, the grid of G, the published materials."""
    from matplotlib.figure import Figure  # not before it is drawn: every command reads the report's texts

    from relaxnet.evaluation.figures import PALETTE

    table, dh = ln_a_table(), DH_J_PER_MOL / 1e3
    figure = Figure(figsize=(5.2, 4.5), layout="constrained")
    ax = figure.subplots()
    ax.fill_betweenx(dh, table[:, 0], table[:, -1], color="0.93", label="the whole plane")
    rows, columns = SUBSETS[WHOLE]
    ax.plot(
        table[np.ix_(rows, columns)].ravel(),
        np.repeat(dh[rows], len(columns)),
        ".",
        color="0.5",
        ms=4,
        label=f"{WHOLE}: its grid over the plane",
    )
    for number, (name, place) in enumerate(_NAMES.items()):
        rows, columns = SUBSETS[name]
        low, high = table[rows, columns[0]], table[rows, columns[-1]]
        ax.fill_betweenx(dh[rows], low, high, color=PALETTE[number], alpha=0.85, linewidth=0)
        middle = len(rows) // 2
        _name(ax, name, ((low[middle] + high[middle]) / 2, dh[rows][middle]), place, PALETTE[number])
    across, first, step = _COLUMN
    by_dh = sorted(MATERIALS.items(), key=lambda item: item[1].dh_j_per_mol)
    for number, (name, values) in enumerate(by_dh):
        point = values.ln_a, values.dh_j_per_mol / 1e3
        label = None if number else "real materials"
        ax.plot(*point, "*", color="black", ms=9, mec="white", mew=0.6, linestyle="none", label=label, zorder=5)
        line = {"arrowstyle": "-", "color": "0.6", "linewidth": 0.7, "shrinkB": 4}
        ax.annotate(name, point, (across, first + number * step), ha="left", va="center", fontsize=9, arrowprops=line)
    ax.set(xlim=(-660, 60), xlabel="ln(A/s) (–)", ylabel="Δh* (kJ/mol)")
    ax.invert_yaxis()
    ax.grid(alpha=0.25)
    style = {"frameon": False, "fontsize": 9.5, "handletextpad": 0.4, "columnspacing": 1.2}
    figure.legend(loc="outside lower center", ncols=2, **style)
    return figure


def _name(ax: Axes, name: str, point: tuple[float, float], place: tuple[float, float], colour: str) -> None:
    line = {"arrowstyle": "-", "color": colour, "linewidth": 1.2}
    ax.annotate(name, point, place, textcoords="offset points", color=colour, fontsize=12, fontweight="bold",
                ha="center", va="center", arrowprops=line)  # fmt: skip


REGIONS = RegionMap(
    title="The regions",
    text="Each model is trained for one region of the plane of Δh* and ln(A/s), with all x and β: four corners of the "
    "plane (LU, RU, LB, RB: left or right, that is low or high ln A; upper or bottom, that is low or high Δh*), its "
    "centre (C), or the whole plane on a coarse grid (G). Stars: real materials.",
    draw=draw_regions,
)
