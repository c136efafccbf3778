"""Solutions along free programs: at the nodes of one parameter set, or of many sets at the same times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

from .parameters import checked_kind, checked_numbers
from .program import History, Path, Program

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Float = NDArray[np.float64]
_TIMES_A_SEGMENT = 200
_FIRST_TIME_SHARE = 1e-6  # of a hold


@dataclass(frozen=True)
class States:
    """States of one glass former, or of n of them, at m times of a program.

    ``time_s`` from the start, ``temperature_k`` and ``rate_k_per_s``, the ``dT/dt`` of the piece of the program that
    leads there, have the shape (m,); ``fictive_k`` and ``fictive_rate_k_per_s`` (Tf, dTf/dt) the shape (m,) or (n, m).
    """

    time_s: Float
    temperature_k: Float
    rate_k_per_s: Float
    fictive_k: Float
    fictive_rate_k_per_s: Float

    @property
    def cp_n(self) -> Float:
        """``dTf/dT``, shape of ``fictive_k``; NaN on holds."""
        moving = np.where(self.rate_k_per_s == 0.0, np.nan, self.rate_k_per_s)
        return np.asarray(self.fictive_rate_k_per_s / moving)


@dataclass(frozen=True)
class Trajectories(States):
    """States of many sets at the same times; ``error_k`` (n,), if asked for, estimates the largest of ``fictive_k``."""

    error_k: Float | None = None


@dataclass(frozen=True)
class Solution:
    """What `kernels.segments.solve_pieces` found along a path."""

    path: Path
    knots: Float
    begin: NDArray[np.int64]

    def at(self, places: Places) -> tuple[Float, Float]:
        """Fictive temperature and its rate, each of shape (m,)."""
        from .kernels.segments import sample_pieces

        fictive_k, rate_k_per_s = np.empty(len(places.piece)), np.empty(len(places.piece))
        sample_pieces(self.knots, self.begin, places.piece, places.since_s, fictive_k, rate_k_per_s)
        return fictive_k, rate_k_per_s


@dataclass(frozen=True)
class Places:
    """Times on a path: number of the piece, and time since its start, each of shape (m,)."""

    piece: NDArray[np.int64]
    since_s: Float

    @classmethod
    def of(cls, path: Path, time_s: ArrayLike) -> Places:
        """The places of ``time_s`` (m,), or `InvalidInputError`; a time between two pieces belongs to the earlier."""
        knot_s = path.knot_s
        allowed = f"times from 0 to {knot_s[-1]:.10g} s, those of the program"
        time = np.atleast_1d(checked_numbers("time_s", time_s, allowed))
        if time.ndim != 1:
            raise InvalidInputError("time_s", f"shape {time.shape}", "one-dimensional")
        # room for the rounding of sums
        outside = ~((time >= 0.0) & (time <= knot_s[-1] * (1.0 + 1e-12)))
        if outside.any():
            raise InvalidInputError("time_s", time[outside][0], allowed)
        piece = np.clip(np.searchsorted(knot_s, time) - 1, 0, len(path.end_k) - 1)
        return cls(piece, np.minimum(time - knot_s[piece], path.duration_s[piece]))


@dataclass(frozen=True)
class Trajectory(States):
    """Solution of one parameter set, at the nodes of the integration; each array has shape (m,).

    ``segment`` is that of the program that each node ends (0 for the start), ``error_k`` the estimated largest error of
    ``fictive_k``, between the nodes too, where it was asked for.
    """

    segment: NDArray[np.int64]
    error_k: float | None
    solution: Solution = field(repr=False)

    @classmethod
    def of(cls, solution: Solution, error_k: float | None) -> Trajectory:
        """The states at the nodes of a solution."""
        path, (since_s, temperature_k, fictive_k, rate_k_per_s, _) = solution.path, solution.knots
        piece = np.repeat(np.arange(len(path.end_k)), np.diff(solution.begin))
        kept = np.ones(len(piece), dtype=np.bool_)
        kept[solution.begin[1:-1]] = False  # starts of pieces are the ends of others
        time_s = np.where(since_s == path.duration_s[piece], path.knot_s[piece + 1], path.knot_s[piece] + since_s)
        return cls(
            time_s[kept], temperature_k[kept], path.rate_k_per_s[piece[kept]], fictive_k[kept], rate_k_per_s[kept],
            path.segment[piece[kept]], error_k, solution,
        )  # fmt: skip

    def __str__(self) -> str:
        from .shown import trajectory_text

        return trajectory_text(self)

    __repr__ = __str__

    def to_frame(self) -> pd.DataFrame:
        """One row a node: ``time_s, segment, temperature_k, rate_k_per_s, fictive_k, cp_n``."""
        from .shown import trajectory_frame

        return trajectory_frame(self)

    def plot(self) -> Figure:
        """Figure of temperature and fictive temperature over time, and of the latter over the former."""
        from .shown import trajectory_figure

        return trajectory_figure(self)

    def at(self, time_s: ArrayLike) -> States:
        """States at any times of the program, in any order, by quintics that never reach across a kink of it.

        Raises `InvalidInputError` for times outside the program.
        """
        return States(
            *coordinates(self.solution.path, time_s), *self.solution.at(Places.of(self.solution.path, time_s))
        )


def coordinates(path: Path, time_s: ArrayLike) -> tuple[Float, Float, Float]:
    """Time, temperature and ``dT/dt`` at ``time_s``, each of shape (m,)."""
    places = Places.of(path, time_s)
    piece = places.piece
    share = places.since_s / path.duration_s[piece]
    temperature_k = (1.0 - share) * path.knot_k[piece] + share * path.end_k[piece]  # exact at both ends
    return np.atleast_1d(np.asarray(time_s, dtype=np.float64)), temperature_k, path.rate_k_per_s[piece]


def default_times_s(program: Program) -> Float:
    """Times that show a program, shape (m,): even on ramps, in decades on holds, the samples of histories."""
    checked_kind("program", program, Program, "a Program")
    path = program.path()
    knot_s = path.knot_s
    times = [np.zeros(1)]
    for number, segment in enumerate(program.segments):
        pieces = np.flatnonzero(path.segment == number)
        start_s, end_s = knot_s[pieces[0]], knot_s[pieces[-1] + 1]
        if isinstance(segment, History):
            inner = knot_s[pieces[1:]]
        else:
            even = np.linspace(0.0, 1.0, _TIMES_A_SEGMENT + 1)[1:-1]
            share = even if path.rate_k_per_s[pieces[0]] else _FIRST_TIME_SHARE ** (1.0 - even)
            inner = start_s + share * (end_s - start_s)
        times.append(np.append(inner, end_s))
    return np.concatenate(times)
