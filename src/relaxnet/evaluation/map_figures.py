"""Figures of where errors lie: maps over pairs of quantities, and errors against descriptors of the samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from relaxnet.core.errors import InvalidInputError

from .figures import PALETTE
from .maps import ErrorMap, error_map

COLOURS = "cividis"  # even to the eye, and alike for all forms of colour vision
_GROUPS = 12


@dataclass(frozen=True)
class Axis:
    """A quantity on an axis: its values, and its name with the unit."""

    label: str
    values: ArrayLike


def map_figure(x: Axis, y: Axis, kinds: Mapping[str, ArrayLike], samples: str, title: str) -> Figure:
    """Mean of several errors over the plane of two quantities, and the number of samples in each cell.

    Parameters
    ----------
    x, y : Axis
    kinds : mapping
        Label with unit to the errors of the samples, shape (n,).
    samples : str
        Noun for the samples.
    title : str
    """
    first = error_map(x.values, y.values, np.ones(np.shape(x.values)))  # all samples, also where an error is not known
    edges = first.x_edges, first.y_edges
    maps = {label: error_map(x.values, y.values, values, edges) for label, values in kinds.items()}
    figure = Figure(figsize=(9.4, 3.7 * -(-(len(maps) + 1) // 2)), layout="constrained")
    axes = figure.subplots(-(-(len(maps) + 1) // 2), 2, squeeze=False).ravel()
    for ax, (label, found) in zip(axes, maps.items(), strict=False):
        _draw(figure, ax, found, found.mean, f"mean {label}")
    count = np.where(first.count > 0, first.count, np.nan).astype(float)
    _draw(figure, axes[len(maps)], first, count, f"{samples} in the cell (count)", linear=True)
    for ax in axes[len(maps) + 1 :]:
        ax.set_visible(False)
    for ax in axes[: len(maps) + 1]:
        ax.set(xlabel=x.label, ylabel=y.label)
    figure.suptitle(title)
    return figure


def _draw(figure: Figure, ax: Axes, cells: ErrorMap, values: ArrayLike, label: str, *, linear: bool = False) -> None:
    heights = np.asarray(values, dtype=np.float64)
    positive = heights[np.isfinite(heights) & (heights > 0)]
    norm: Normalize | None = None
    if not linear and len(positive) and positive.max() > 10 * positive.min():
        norm = LogNorm(max(positive.min(), positive.max() * 1e-6), positive.max())
    mesh = ax.pcolormesh(cells.x_edges, cells.y_edges, heights, cmap=COLOURS, norm=norm, rasterized=True)
    ax.set_facecolor("0.92")  # empty cells
    figure.colorbar(mesh, ax=ax, label=label)


def descriptor_figure(descriptors: Sequence[Axis], errors: Sequence[Axis], title: str) -> Figure:
    """Every error against every descriptor of the samples, with the running median; a row an error.

    Raises
    ------
    InvalidInputError
        If a descriptor is known of no sample.
    """
    size = (3.3 * len(descriptors) + 0.4, 2.3 * len(errors) + 0.4)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(errors), len(descriptors), squeeze=False, sharex="col", sharey="row")
    for row, error in zip(panels, errors, strict=True):
        for ax, descriptor in zip(row, descriptors, strict=True):
            x, y = np.asarray(descriptor.values, float), np.asarray(error.values, float)
            known = np.isfinite(x) & np.isfinite(y) & (x > 0)
            if not known.any():
                raise InvalidInputError(descriptor.label, "known of no sample", "finite and positive, one or more")
            x, y = x[known], np.maximum(y[known], 1e-12)
            order = np.argsort(x)
            groups = [group for group in np.array_split(order, _GROUPS) if len(group)]
            ax.plot(x, y, ".", ms=3, mec="none", alpha=0.45, color=PALETTE[0], rasterized=True)
            ax.plot(
                [np.median(x[group]) for group in groups], [np.median(y[group]) for group in groups],
                color=PALETTE[1], linewidth=1.8,
            )  # fmt: skip
            ax.set(xscale="log" if x.max() > 20 * x.min() else "linear", yscale="log")
            ax.set_ylim(max(np.percentile(y, 2), y.max() * 1e-6) / 1.5, y.max() * 1.5)
            ax.grid(alpha=0.25)
        row[0].set_ylabel(error.label)
    for ax, descriptor in zip(panels[-1], descriptors, strict=True):
        ax.set_xlabel(descriptor.label)
    figure.suptitle(f"{title}; the line is the running median")
    return figure
