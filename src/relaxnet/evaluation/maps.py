"""Mean errors over the plane of two quantities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binned_statistic_2d

from relaxnet.core.errors import InvalidInputError

Float = NDArray[np.float64]

SAMPLES_PER_CELL = 4
MAX_CELLS = 41


@dataclass(frozen=True)
class ErrorMap:
    """Means over cells.

    Attributes
    ----------
    x_edges, y_edges : ndarray, shape (nx + 1,) and (ny + 1,)
        Rising.
    mean : ndarray, shape (ny, nx)
        NaN where a cell is empty.
    count : ndarray of int, shape (ny, nx)
    """

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
    """Mean of ``values`` in the cells of a plane.

    Parameters
    ----------
    x, y, values : array_like, shape (n,)
        Samples whose value is not finite are left out.
    edges : pair of ndarray, optional
        Of the cells; by default as many that about `SAMPLES_PER_CELL` samples fall in each.

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
    count = np.histogram2d(across, up, bins=list(edges))[0].astype(np.int64)
    mean = binned_statistic_2d(across, up, heights, statistic="mean", bins=list(edges)).statistic
    return ErrorMap(*edges, np.asarray(mean.T, dtype=np.float64), count.T)


def error_maps(
    x: ArrayLike, y: ArrayLike, kinds: Mapping[str, ArrayLike], samples: str
) -> tuple[tuple[Float, Float], dict[str, Float]]:
    """Means of several errors (label to values) over one plane, and last the number of ``samples`` in each cell.

    Returns
    -------
    edges : pair of ndarray
        Of the cells, which count all samples, also where an error is not known.
    maps : dict
        Label to an array of shape (ny, nx), NaN where a cell is empty or an error is known of no sample.
    """
    cells = error_map(x, y, np.ones(np.shape(x)))
    edges, maps = (cells.x_edges, cells.y_edges), {}
    for label, values in kinds.items():
        known = bool(np.isfinite(np.asarray(values, dtype=np.float64)).any())
        maps[f"mean {label}"] = error_map(x, y, values, edges).mean if known else np.full(cells.mean.shape, np.nan)
    return edges, maps | {f"{samples} in the cell (count)": np.where(cells.count > 0, cells.count, np.nan)}
