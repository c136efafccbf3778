"""Where errors lie: their means over the plane of two quantities, and errors against descriptors of the samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

from .figures import PALETTE, panel_axes

Float = NDArray[np.float64]

SAMPLES_PER_CELL = 4
MAX_CELLS = 41
COLOURS = "cividis"  # even to the eye, and alike for all forms of colour vision
_GROUPS = 12


@dataclass(frozen=True)
class ErrorMap:
    """Means (NaN where empty) and counts of cells, shape (ny, nx), between ``nx + 1`` and ``ny + 1`` rising edges."""

    x_edges: Float
    y_edges: Float
    mean: Float
    count: NDArray[np.int64]


def cell_edges(values: ArrayLike, cells: int) -> Float:
    """Edges of at most ``cells`` even cells over ``values``.

    Where there are few distinct values (a grid), edges lie midway between them and a cell holds a whole number.
    """
    array = np.asarray(values, dtype=np.float64)
    distinct = np.unique(array)
    if len(distinct) == 1:
        half = 0.5 * abs(distinct[0]) or 0.5
        return np.array([distinct[0] - half, distinct[0] + half])
    if len(distinct) > MAX_CELLS:
        return np.linspace(distinct[0], distinct[-1], cells + 1)
    middles = 0.5 * (distinct[1:] + distinct[:-1])
    edges = np.concatenate([[2 * distinct[0] - middles[0]], middles, [2 * distinct[-1] - middles[-1]]])
    chosen = np.unique(np.round(np.linspace(0, len(distinct), min(cells, len(distinct)) + 1)).astype(int))
    return np.asarray(edges[chosen])


def error_map(x: ArrayLike, y: ArrayLike, values: ArrayLike, edges: tuple[Float, Float] | None = None) -> ErrorMap:
    """Mean of ``values`` in the cells of a plane; all of shape (n,), those not finite are left out.

    By default there are as many ``edges`` that about `SAMPLES_PER_CELL` samples fall in each cell.

    Raises
    ------
    InvalidInputError
        If no value is finite.
    """
    columns = np.column_stack([np.asarray(c, dtype=np.float64) for c in (x, y, values)])
    columns = columns[np.isfinite(columns).all(axis=1)]
    if not len(columns):
        raise InvalidInputError("values", "none finite", "finite, one or more")
    across, up, heights = columns.T
    if edges is None:
        cells = int(np.clip(np.sqrt(len(columns) / SAMPLES_PER_CELL), 2, MAX_CELLS))
        edges = cell_edges(across, cells), cell_edges(up, cells)
    count = np.histogram2d(across, up, bins=list(edges))[0]
    total = np.histogram2d(across, up, bins=list(edges), weights=heights)[0]
    mean = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return ErrorMap(*edges, mean.T, count.T.astype(np.int64))


def error_maps(
    x: ArrayLike, y: ArrayLike, kinds: Mapping[str, ArrayLike], samples: str
) -> tuple[tuple[Float, Float], dict[str, Float]]:
    """Edges of cells, and label to means of several errors in them, last to the number of ``samples``: (ny, nx) each.

    Cells count all samples, also where an error is not known; NaN where a cell is empty.
    """
    cells = error_map(x, y, np.ones(np.shape(x)))
    edges, maps = (cells.x_edges, cells.y_edges), {}
    for label, values in kinds.items():
        known = bool(np.isfinite(np.asarray(values, dtype=np.float64)).any())
        maps[f"mean {label}"] = error_map(x, y, values, edges).mean if known else np.full(cells.mean.shape, np.nan)
    return edges, maps | {f"{samples} in the cell (count)": np.where(cells.count > 0, cells.count, np.nan)}


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
        draw_map(ax, edges, label, heights)
        ax.set(xlabel=x.label, ylabel=y.label)
    figure.suptitle(title)
    return figure


def draw_map(ax: Axes, edges: tuple[Float, Float], label: str, heights: Float) -> None:
    """Draw one of `error_maps`, with its colour bar: on a logarithmic scale where it spans a decade or more."""
    positive = heights[np.isfinite(heights) & (heights > 0)]
    norm: Normalize | None = None
    if not label.endswith("(count)") and len(positive) and positive.max() > 10 * positive.min():
        norm = LogNorm(max(positive.min(), positive.max() * 1e-6), positive.max())
    mesh = ax.pcolormesh(*edges, heights, cmap=COLOURS, norm=norm, rasterized=True)
    ax.set_facecolor("0.92")  # empty cells
    ax.figure.colorbar(mesh, ax=ax, label=label)


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
            medians = [[np.median(values[group]) for group in groups] for values in (x, y)]
            ax.plot(*medians, color=PALETTE[1], linewidth=1.8)
            ax.set(xscale="log" if x.max() > 20 * x.min() else "linear", yscale="log")
            ax.set_ylim(max(np.percentile(y, 2), y.max() * 1e-6) / 1.5, y.max() * 1.5)
            ax.grid(alpha=0.25)
        row[0].set_ylabel(error.label)
    for ax, descriptor in zip(panels[-1], descriptors, strict=True):
        ax.set_xlabel(descriptor.label)
    figure.suptitle(f"{title}; the line is the running median")
    return figure
