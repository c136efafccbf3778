"""Figure of one model's estimates: a scatter plot of each number, example curves of each vector."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from numpy.typing import ArrayLike

from relaxnet.core.errors import InvalidInputError

from .figures import PALETTE

CELL_IN = 4.2


@dataclass(frozen=True)
class ScatterPanel:
    """One panel of estimates against true values; ``label`` names the quantity and its unit."""

    label: str
    true: ArrayLike
    estimate: ArrayLike


@dataclass(frozen=True)
class Example:
    """Curves of one sample, and what it is an example of."""

    title: str
    true: ArrayLike
    estimate: ArrayLike


@dataclass(frozen=True)
class CurvePanel:
    """One panel of example curves over ``positions``, one below the other; the labels hold the units."""

    label: str
    position_label: str
    positions: ArrayLike
    examples: Sequence[Example]


def estimates_figure(panels: Sequence[ScatterPanel | CurvePanel], title: str) -> Figure:
    """Estimates and true values of one model, a panel a target, two panels to a row.

    Raises
    ------
    InvalidInputError
        If a panel has no values, or values that are not finite.
    """
    columns, rows = min(len(panels), 2), -(-len(panels) // 2)
    figure = Figure(figsize=(8.8 if columns == 2 else 6.4, CELL_IN * rows + 0.3), layout="constrained")
    cells = figure.add_gridspec(rows, columns)
    handles: dict[str, Any] = {}
    for number, panel in enumerate(panels):
        cell = cells[number // columns, number % columns]
        axes = [_scatter(figure, cell, panel)] if isinstance(panel, ScatterPanel) else _curves(figure, cell, panel)
        for ax in axes:
            handles |= {label: handle for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=len(handles), frameon=False)
    figure.suptitle(title)
    return figure


def _scatter(figure: Figure, cell: SubplotSpec, panel: ScatterPanel) -> Axes:
    ax = figure.add_subplot(cell)
    true, estimate = np.asarray(panel.true, float), np.asarray(panel.estimate, float)
    low, high = _range(panel.label, true, estimate)
    pad = 0.04 * ((high - low) or 1.0)
    limits = (low - pad, high + pad)
    ax.plot(limits, limits, color="0.35", linewidth=1.0, label="perfect")
    ax.plot(true, estimate, "o", ms=3.2, mec="none", alpha=0.55, color=PALETTE[0], label="test samples")
    ax.set(xlim=limits, ylim=limits, xlabel=f"true {panel.label}", ylabel=f"estimated {panel.label}")
    ax.set_box_aspect(1)
    ax.grid(alpha=0.25)
    return ax


def _curves(figure: Figure, cell: SubplotSpec, panel: CurvePanel) -> list[Axes]:
    axes: list[Axes] = []
    places = cell.subgridspec(len(panel.examples), 1)
    for row, example in enumerate(panel.examples):
        ax = figure.add_subplot(places[row, 0], sharex=axes[0] if axes else None)
        low, high = _range(panel.label, example.true, example.estimate)
        margin = (high - low) or 1.0
        ax.plot(panel.positions, example.true, color="0.35", linewidth=2.2, label="true")
        ax.plot(panel.positions, example.estimate, color=PALETTE[0], linewidth=1.2, label="estimated")
        ax.set_ylim(low - 0.06 * margin, high + 0.26 * margin)  # room for the title inside
        style: dict[str, Any] = {"va": "top", "fontsize": 8, "color": "0.2", "parse_math": False}
        ax.annotate(example.title, (0, 1), (5, -4), "axes fraction", "offset points", **style)
        ax.grid(alpha=0.25)
        ax.tick_params(labelbottom=row == len(panel.examples) - 1)
        axes.append(ax)
    axes[len(axes) // 2].set_ylabel(panel.label)
    axes[-1].set_xlabel(panel.position_label)
    return axes


def _range(label: str, *values: ArrayLike) -> tuple[float, float]:
    both = np.concatenate([np.asarray(array, float) for array in values])
    if not (both.size and np.isfinite(both).all()):
        raise InvalidInputError(label, "empty or not finite", "finite values, one or more")
    return float(both.min()), float(both.max())
