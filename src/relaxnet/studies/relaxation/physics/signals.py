"""Relaxation signals cp_n(T) on natural nodes, and their values on any temperature grid."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.threads import in_threads

from .parameters import checked_numbers

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Float = NDArray[np.float64]
_CHUNK = 64  # sets of one task of a thread


@dataclass(frozen=True)
class Signals:
    """The heating scans of one or many parameter sets: below its first node a signal is 0 (glass), above its last 1.

    At the nodes, of shape (n, scans, nodes): ``u = dh/(R T)``, falling, and the signal ``cp_n``; ``u_scale_k`` (n,)
    is dh/R in K, ``glass_fictive_k`` (n, scans) the fictive temperature frozen in at the cold end, and ``error``
    (n, scans), where it was asked for, the estimated largest error of cp_n, relative to ``max(1, cp_n,max)``.
    ``cooling_rates_k_per_min`` are those of the scans, where they are known.
    """

    u: Float
    cp_n: NDArray[np.floating]
    u_scale_k: Float
    glass_fictive_k: Float
    error: Float | None = field(default=None, kw_only=True)
    cooling_rates_k_per_min: tuple[float, ...] | None = field(default=None, kw_only=True)

    def __len__(self) -> int:
        return len(self.u)

    def __str__(self) -> str:
        from .shown import signals_text

        return signals_text(self)

    __repr__ = __str__

    def to_frame(self) -> pd.DataFrame:
        """One row a node: ``set, scan, cooling_rate_k_per_min`` (NaN where unknown), ``temperature_k, cp_n``."""
        from .shown import signals_frame

        return signals_frame(self)

    def plot(self, index: int = 0) -> Figure:
        """Figure of the scans of one set; `InvalidInputError` unless there is one of that number."""
        from .shown import signals_figure

        if not 0 <= index < len(self):
            raise InvalidInputError("index", index, f"a whole number from 0 to {len(self) - 1}")
        return signals_figure(self, index)

    def take(self, index: slice | NDArray[np.int64]) -> Signals:
        """The signals of some of the sets."""
        return replace(
            self,
            u=self.u[index],
            cp_n=self.cp_n[index],
            u_scale_k=self.u_scale_k[index],
            glass_fictive_k=self.glass_fictive_k[index],
            error=None if self.error is None else self.error[index],
        )

    @property
    def temperature_k(self) -> Float:
        """Temperature at the nodes, shape (n, scans, nodes), rising."""
        return np.asarray(self.u_scale_k[:, None, None] / self.u)

    def on_grid(self, grid_k: ArrayLike, dtype: type = np.float64, *, workers: int = 1) -> NDArray[np.floating]:
        """Value of cp_n at the temperatures ``grid_k`` (rising, in K), shape (n, scans, len(grid_k)).

        Raises `InvalidInputError` for a grid that does not rise, or is none of temperatures from 0 K.

        Examples
        --------
        >>> from relaxnet import TNMParameters, chr_program, simulate
        >>> signals = simulate(TNMParameters(-79.21, 318_444.0, 0.57, 0.71), chr_program([1.0, 10.0]))
        >>> signals.on_grid([400.0, 460.0, 465.0, 520.0]).round(3).tolist()
        [[[0.0, 0.758, 1.342, 1.0], [-0.005, 0.567, 0.991, 1.0]]]
        """
        from .kernels.decoding import decode_many

        grid = np.ascontiguousarray(checked_numbers("grid_k", grid_k))
        if grid.ndim != 1 or not (np.isfinite(grid) & (grid >= 0)).all() or (np.diff(grid) < 0).any():
            shown = np.array2string(grid, threshold=6) if grid.ndim == 1 else f"shape {grid.shape}"
            raise InvalidInputError("grid_k", shown, "temperatures from 0 K, one-dimensional and rising")
        out = np.empty((*self.u.shape[:2], len(grid)), dtype=dtype)
        scale = np.asarray(self.u_scale_k, dtype=np.float64)

        def run(part: slice) -> None:
            decode_many(self.u[part], self.cp_n[part], scale[part], grid, out[part])

        for _ in in_threads(run, len(self), _CHUNK, workers):
            pass
        return out


def largest_difference(
    u_scale_k: float, u: NDArray[np.floating], cp_n: NDArray[np.floating], other_u: Float, other_cp_n: Float
) -> Float:
    """Largest difference of one set's scans from a finer run at its nodes, over ``max(1, cp_n,max)``: (scans,)."""
    from .kernels.decoding import decode_one

    found = np.empty(other_u.shape)
    for scan in range(len(u)):
        temperature_k = u_scale_k / u[scan].astype(np.float64)
        decode_one(temperature_k, cp_n[scan].astype(np.float64), u_scale_k / other_u[scan], found[scan])
    return np.asarray(np.abs(found - other_cp_n).max(axis=1) / np.maximum(other_cp_n.max(axis=1), 1.0))
