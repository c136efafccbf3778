"""Figures of where errors lie: maps over pairs of quantities, and errors against descriptors of the samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from relaxnet.core.errors import InvalidInputError

from .figures import PALETTE, panel_axes
from .maps import error_maps

COLOURS = "cividis"  # even to the eye, and alike for all forms of colour vision
_GROUPS = 12


@dataclass(frozen=True)
class Axis:
    """A quantity on an axis: its values, and its name with the unit."""

    label: str
    values: ArrayLike


def map_figure(x: Axis, y: Axis, kinds: Mapping[str, ArrayLike], samples: str, title: str) -> Figure:
    """Mean of several errors over the plane of two quantities, and the number of samples in each cell.

    ``kinds`` maps a label with its unit to the errors of the samples, shape (n,); ``samples`` is a noun for them.
    """
    edges, maps = error_maps(x.values, y.values, kinds, samples)
    figure, axes = panel_axes(len(maps), 3.7)
    for ax, (label, heights) in zip(axes, maps.items(), strict=True):
        positive = heights[np.isfinite(heights) & (heights > 0)]
        norm: Normalize | None = None
        if not label.endswith("(count)") and len(positive) and positive.max() > 10 * positive.min():
            norm = LogNorm(max(positive.min(), positive.max() * 1e-6), positive.max())
        mesh = ax.pcolormesh(*edges, heights, cmap=COLOURS, norm=norm, rasterized=True)
        ax.set_facecolor("0.92")  # empty cells
        ax.set(xlabel=x.label, ylabel=y.label)
        figure.colorbar(mesh, ax=ax, label=label)
    figure.suptitle(title)
    return figure


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
