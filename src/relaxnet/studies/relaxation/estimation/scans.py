"""Measured heating scans of one sample, and scans as they would be measured, from simulated signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.threads import in_threads

from ..physics import ChrProgram, Signals, chr_program, describe, simulate_many
from ..physics.limits import as_sets, check_sets
from ..physics.parameters import checked_numbers
from ..physics.program import check_rate
from ..physics.window import measured_window
from .lag import with_lag
from .levels import levels

Float = NDArray[np.float64]

MIN_POINTS = 4  # a scan of fewer points is no scan
MAX_POINTS = 1_000_000
_CHUNK = 16  # sets of one task of a thread


@dataclass(frozen=True, eq=False)
class Scan:
    """One heating scan: its rates in K/min, and ``temperature_k`` (points,) with ``cp_n`` (points,).

    Raises `InvalidInputError`, which names the scan and the field, for fewer than 4 points, values that are no finite
    numbers, temperatures that do not rise from above 0 K, and impossible rates.

    Examples
    --------
    >>> Scan(20.0, 10.0, [440.0, 450.0, 460.0, 470.0], [0.0, 0.1, float("nan"), 1.0])
    Traceback (most recent call last):
    relaxnet.core.errors.InvalidInputError: cp_n of the scan after cooling at 20 K/min = nan: must be finite numbers
    """

    cooling_rate_k_per_min: float
    heating_rate_k_per_min: float
    temperature_k: Float
    cp_n: Float

    def __post_init__(self) -> None:
        cooling = check_rate("cooling_rate_k_per_min", self.cooling_rate_k_per_min)
        of_scan = f"of the scan after cooling at {cooling:g} K/min"
        heating = check_rate(f"heating_rate_k_per_min {of_scan}", self.heating_rate_k_per_min)
        temperature_k = _column(f"temperature_k {of_scan}", self.temperature_k)
        cp_n = _column(f"cp_n {of_scan}", self.cp_n)
        for step in np.flatnonzero(np.diff(temperature_k, prepend=0.0) <= 0)[:1]:
            allowed = f"above {temperature_k[step - 1]:g} K, the temperature before it" if step else "above 0 K"
            raise InvalidInputError(f"temperature_k {of_scan}", temperature_k[step], allowed)
        if len(temperature_k) < MIN_POINTS:
            allowed = f"at least {MIN_POINTS} points"
            raise InvalidInputError(f"temperature_k {of_scan}", f"{len(temperature_k)} points", allowed)
        if len(cp_n) != len(temperature_k):
            allowed = f"as many as temperature_k, {len(temperature_k)}"
            raise InvalidInputError(f"cp_n {of_scan}", f"{len(cp_n)} points", allowed)
        values = (cooling, heating, temperature_k, cp_n)
        for name, value in zip(self.__dataclass_fields__, values, strict=True):
            object.__setattr__(self, name, value)


@dataclass(frozen=True, eq=False)
class MeasuredScans:
    """The heating scans of one sample, at least one, in any order and at any rates, also repeated ones."""

    scans: tuple[Scan, ...]

    def __post_init__(self) -> None:
        scans = tuple(self.scans)
        if not scans or not all(isinstance(scan, Scan) for scan in scans):
            raise InvalidInputError("scans", repr(scans), "a sequence of Scan, at least one")
        object.__setattr__(self, "scans", scans)

    def __len__(self) -> int:
        return len(self.scans)

    @property
    def cp_n(self) -> Float:
        """All measured values one after the other, shape (points of all scans,)."""
        return np.concatenate([scan.cp_n for scan in self.scans])

    @property
    def fastest(self) -> Scan:
        """The scan after the fastest cooling."""
        return max(self.scans, key=lambda scan: scan.cooling_rate_k_per_min)

    @property
    def half_rise_k(self) -> float:
        """Temperature T0 at which the scan after the fastest cooling rises through 1/2.

        The place that parts values below 1/2 from those above with the fewest on the wrong side: noise does not move
        it far.  Raises `InvalidInputError` for a scan that does not rise from glass to liquid.
        """
        scan = self.fastest
        above = scan.cp_n > 0.5
        below_after: NDArray[np.int64] = (~above).sum() - np.cumsum(~above)
        last = int(np.argmin((np.cumsum(above) + below_after)[:-1]))  # of the values below
        low, high = scan.cp_n[last : last + 2]
        rises = not above[: last + 1].all() and above[last + 1 :].any() and low < high
        if not rises:
            of_scan = f"cp_n of the scan after cooling at {scan.cooling_rate_k_per_min:g} K/min"
            shown = f"{scan.cp_n[0]:.3g} to {scan.cp_n[-1]:.3g}"
            raise InvalidInputError(of_scan, shown, "a signal that rises from 0 (glass) to 1 (liquid)")
        share = float(np.clip((0.5 - low) / (high - low), 0.0, 1.0))
        return float(scan.temperature_k[last] + share * (scan.temperature_k[last + 1] - scan.temperature_k[last]))


def simulate_scans(
    parameters: ArrayLike, program: ChrProgram | None = None, *, noise: ArrayLike = 0.0, lag_k: ArrayLike = 0.0,
    generator: np.random.Generator | None = None, step_k: float = 1.0, reach_k: tuple[float, float] | None = None,
    workers: int = 1,
) -> list[MeasuredScans]:  # fmt: skip
    """Simulate parameter sets (n, 4) and return their scans as they would be measured, see `measured_scans`.

    The result does not depend on the number of threads, ``workers``.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> (sample,) = simulate_scans([[-79.21, 318_444.0, 0.57, 0.71]], noise=0.01, lag_k=0.5, generator=generator)
    >>> len(sample), sample.scans[0].temperature_k[[0, -1]].tolist(), round(sample.half_rise_k)
    (6, [363.0, 521.0], 461)
    """
    program = chr_program() if program is None else program
    sets = as_sets(parameters)
    check_sets(sets, program)
    noises, lags = levels("noise", noise, len(sets)), levels("lag_k", lag_k, len(sets))
    # parts of the sets: the exponential sums, one for every beta, are then made in threads too
    parts = in_threads(lambda part: simulate_many(sets[part], program), len(sets), _CHUNK, workers)
    samples = list[MeasuredScans]()
    for signals in parts:
        part = slice(len(samples), len(samples) + len(signals))
        samples += measured_scans(
            signals, program, noise=noises[part], lag_k=lags[part], generator=generator, step_k=step_k, reach_k=reach_k
        )
    return samples


def measured_scans(
    signals: Signals, program: ChrProgram, *, noise: ArrayLike = 0.0, lag_k: ArrayLike = 0.0,
    generator: np.random.Generator | None = None, step_k: float = 1.0, reach_k: tuple[float, float] | None = None,
) -> list[MeasuredScans]:  # fmt: skip
    """Scans as they would be measured, one `MeasuredScans` for each set of ``signals``.

    All scans of a set share their temperatures, multiples of ``step_k``.  They reach from the glass to the liquid of
    the signals without noise, 10 % of the width of the transition and at least 10 K beyond it, and further for the
    lag to die down.

    Parameters
    ----------
    signals : Signals
        Along ``program``.
    noise : array_like, shape () or (n,)
        Standard deviation of the white noise of every point.
    lag_k : array_like, shape () or (n,)
        Thermal lag as a temperature, the heating rate times the time constant: the measured signal y follows
        ``lag_k dy/dT + y = cp_n``.
    generator : numpy.random.Generator, optional
        Of the noise; needed where there is any.
    step_k : float
        Distance of the points in K.
    reach_k : (float, float), optional
        How far the scans reach below and above the half-rise of the scan after the fastest cooling, instead.

    Raises
    ------
    InvalidInputError
        For levels below 0, a window of fewer than 4 or more than a million points, and noise without a generator.
    """
    noises, lags = levels("noise", noise, len(signals)), levels("lag_k", lag_k, len(signals))
    if noises.any() and generator is None:
        raise InvalidInputError("generator", "None", "given, where there is noise")
    cooling, heating = program.cooling_rates_k_per_min, program.heating_rate_k_per_min
    windows = zip(*_windows(signals, lags, reach_k), strict=True)
    node_k = signals.temperature_k
    samples = []
    for q, (low_k, high_k) in enumerate(windows):
        grid_k = _multiples(low_k, high_k, step_k)
        scans = []
        for scan, rate in enumerate(cooling):
            cp_n = with_lag(node_k[q, scan], signals.cp_n[q, scan], grid_k, float(lags[q]))
            if noises[q] and generator is not None:
                cp_n += noises[q] * generator.standard_normal(len(grid_k))
            scans.append(Scan(rate, heating, grid_k, cp_n))
        samples.append(MeasuredScans(tuple(scans)))
    return samples


def _windows(signals: Signals, lag_k: Float, reach_k: tuple[float, float] | None) -> tuple[Float, Float]:
    """Ends of the measurement of every set, shape (n,) each."""
    if reach_k is not None:
        below_k, above_k = reach_k
        half_rise_k = describe(signals).half_rise_k[:, -1]
        return half_rise_k - below_k, half_rise_k + above_k
    return measured_window(signals.temperature_k, signals.cp_n, lag_k)


def _multiples(low_k: float, high_k: float, step_k: float) -> Float:
    if not (np.isfinite(step_k) and step_k > 0 and (high_k - low_k) / step_k <= MAX_POINTS):
        finest_k = (high_k - low_k) / MAX_POINTS
        raise InvalidInputError("step_k", f"{step_k:g}", f"at least {finest_k:.2g} K for scans of this width")
    grid_k = np.arange(np.ceil(low_k / step_k), np.floor(high_k / step_k) + 1) * step_k
    return np.asarray(grid_k[grid_k > 0])


def _column(field: str, values: Sequence[float] | Float) -> Float:
    column = checked_numbers(field, values).copy()
    if column.ndim != 1:
        raise InvalidInputError(field, f"shape {column.shape}", "one-dimensional")
    for wrong in column[~np.isfinite(column)][:1]:
        raise InvalidInputError(field, wrong, "finite numbers")
    column.flags.writeable = False
    return column
