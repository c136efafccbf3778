"""The fitted glass under another thermal history, with bands from the covariance of its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..physics import PARAMETER_NAMES, ZERO_CELSIUS_K, History, Program, default_times_s, simulate_many
from ..physics.parameters import RANGES
from ..physics.program import Path
from .history import Smoothed, smooth
from .record import Known
from .starting import start_in_glass

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Float = NDArray[np.float64]

DRAWS = 200
_ROUNDS = 50  # of drawing anew what fell outside the physical ranges
_QUANTILES = (0.05, 0.95)
_TOLD_NOISE_K = 1e-3  # of a measured history, above which its smoothing is told, as for a fit
_STILL_K = 0.1  # a piece of a measured history that moves by less, or by less than its noise, is a hold


@dataclass(frozen=True, eq=False)
class Prediction:
    """State along a program: ``fictive_k`` and ``cp_n`` (m,) of the estimate, their 90 % bands (2, m).

    ``time_s``, ``temperature_k`` and ``rate_k_per_s`` have the shape (m,); ``cp_n`` is NaN on holds.  ``segment`` (m,)
    is the segment of the program that leads there.  Measured histories in ``program`` are smoothed.  ``notes`` are
    sentences on what to know about it.
    """

    program: Program
    time_s: Float
    temperature_k: Float
    rate_k_per_s: Float
    segment: NDArray[np.int64]
    fictive_k: Float
    fictive_band_k: Float
    cp_n: Float
    cp_n_band: Float
    notes: tuple[str, ...]

    def __str__(self) -> str:
        from .shown import prediction_text

        return prediction_text(self)

    __repr__ = __str__

    def to_frame(self) -> pd.DataFrame:
        """One row a time: ``time_s, temperature_c, fictive_c, cp_n`` and the ends of their 90 % bands."""
        import pandas as pd

        low, high = self.fictive_band_k - ZERO_CELSIUS_K
        return pd.DataFrame(
            {
                "time_s": self.time_s,
                "temperature_c": self.temperature_k - ZERO_CELSIUS_K,
                "fictive_c": self.fictive_k - ZERO_CELSIUS_K,
                "fictive_c_low": low,
                "fictive_c_high": high,
                "cp_n": self.cp_n,
                "cp_n_low": self.cp_n_band[0],
                "cp_n_high": self.cp_n_band[1],
            }
        )

    def plot(self) -> Figure:
        """Temperature and fictive temperature over time, and cp_n of the last heating, with their bands."""
        from .figures import prediction_figure

        return prediction_figure(self)


def predict(known: Known, program: Program, *, draws: int = DRAWS, seed: int = 0, workers: int = 1) -> Prediction:
    """Simulate the fitted glass along ``program``, and ``draws`` others from the covariance of its parameters.

    They are drawn in coordinates in which the covariance is well conditioned; what falls outside the physical ranges
    is drawn anew.  Measured histories are smoothed, as for the fit.

    Raises
    ------
    InvalidInputError
        Where the glass cannot be simulated along the program, or fewer than 20 draws are asked for.
    """
    if draws < 20:
        raise InvalidInputError("draws", draws, "a whole number of at least 20")
    given, times_s = program.path(), default_times_s(program)
    smoothed = smooth(program) if any(isinstance(part, History) for part in program.segments) else None
    if smoothed:  # shown at the times of the samples; sums of fewer durations may end a rounding error earlier
        program = smoothed.program
        times_s = np.minimum(times_s, program.path().knot_s[-1])
    sets = np.vstack([known.coordinates.parameters(known.point), draw(known, draws, seed)])
    found = simulate_many(sets, program, time_s=times_s, workers=workers)
    moving = found.rate_k_per_s != 0.0
    if smoothed:
        moving &= ~_still(smoothed, times_s)
    cp_n = np.where(moving, found.cp_n, np.nan)
    band = np.full((2, len(times_s)), np.nan)
    band[:, moving] = np.quantile(cp_n[1:, moving], _QUANTILES, axis=0)
    segment = given.segment[_piece(given, times_s)]
    return Prediction(
        program, found.time_s, found.temperature_k, found.rate_k_per_s, segment, found.fictive_k[0],
        np.quantile(found.fictive_k[1:], _QUANTILES, axis=0), cp_n[0], band,
        _notes(known, sets[0], program, smoothed),
    )  # fmt: skip


def draw(known: Known, draws: int, seed: int) -> Float:
    """Parameters drawn from the covariance, shape (draws, 4), all within the ranges that can be simulated."""
    generator = np.random.default_rng(seed)
    # an estimate may have been fixed: its row of the covariance is zero
    values, vectors = np.linalg.eigh(known.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    low, high = np.array([RANGES[name] for name in PARAMETER_NAMES]).T
    kept = np.empty((0, 4))
    for _ in range(_ROUNDS):
        points = known.point + generator.standard_normal((draws, 4)) @ root.T
        with np.errstate(over="ignore"):
            sets = known.coordinates.parameters(points)
        kept = np.vstack([kept, sets[((sets >= low) & (sets <= high)).all(axis=1)]])
        if len(kept) >= draws:
            return kept[:draws]
    raise InvalidInputError("covariance", "that of the result", "small enough that parameters drawn from it exist")


def _piece(path: Path, times_s: Float) -> NDArray[np.int64]:
    """Linear piece of a path that leads to each time."""
    return np.asarray(np.clip(np.searchsorted(path.knot_s, times_s) - 1, 0, len(path.segment) - 1))


def _still(smoothed: Smoothed, times_s: Float) -> NDArray[np.bool_]:
    """Times in pieces of measured histories that drift by no more than what is left of the noise."""
    path = smoothed.program.path()
    measured = np.array([isinstance(part, History) for part in smoothed.program.segments])
    still = measured[path.segment] & (np.abs(np.diff(path.knot_k)) < max(smoothed.noise_k, _STILL_K))
    return np.asarray(still[_piece(path, times_s)])


def _notes(known: Known, values: Float, program: Program, smoothed: Smoothed | None) -> tuple[str, ...]:
    notes = [f"Flagged when it was estimated: {text}" for text in known.flags]
    notes += filter(None, [start_in_glass(values, program.start_temperature_k)])
    if smoothed and smoothed.noise_k > _TOLD_NOISE_K:
        notes.append(
            f"The measured history has noise of {smoothed.noise_k:.2g} K, which the model would read as heating and "
            f"cooling; it was smoothed to {smoothed.pieces} straight pieces, at most {smoothed.largest_k:.2g} K away."
        )
    return tuple(notes)
