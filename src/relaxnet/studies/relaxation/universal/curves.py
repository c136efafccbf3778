"""What the networks learn from: glasses drawn over the plane, their scans on the reduced axis and as measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.threads import in_threads

from ..estimation.lag import with_lag
from ..estimation.scans import MeasuredScans, measured_scans
from ..physics import ChrProgram, Signals, simulate_many
from . import _kernels as kernels
from .layout import MOST_SCANS, Layout, lay_out
from .networks import AXIS_POINTS, SCAN_FEATURES
from .reduced import (
    HIGHEST_HEATING,
    HIGHEST_LAG,
    HIGHEST_RATIO,
    LOWEST_HEATING,
    LOWEST_LAG,
    LOWEST_RATIO,
    REFERENCE_RATE_K_PER_MIN,
    STEEPEST,
    axis_temperatures_k,
    reference,
)

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
Draw = Callable[[np.random.Generator, int], Float]

GROUP = 50  # glasses of one program
_LOWEST_NOISE, _HIGHEST_NOISE = 1e-4, 0.04
_MOST_LAG_K = 2.0


@dataclass(frozen=True, eq=False)
class Curves:
    """Scans on the reduced axis: ``features`` (m, 9), ``signals`` (m, axis points) and their ``weight`` (m,)."""

    features: Float32
    signals: Float32
    weight: Float32


@dataclass(frozen=True, eq=False)
class Batch:
    """Glasses of one program: their parameters (n, 4), and signals."""

    sets: Float
    program: ChrProgram
    signals: Signals

    def states(self, lag: Float) -> Float:
        """States as in `refinement.STATE`, with the lag in units of T_ref/u, shape (n, 5)."""
        reference_k, u = reference(self.sets[:, 0], self.sets[:, 1], REFERENCE_RATE_K_PER_MIN)
        return np.column_stack([reference_k, u, self.sets[:, 2:], lag])


def any_program(generator: np.random.Generator) -> ChrProgram:
    """Six cooling rates and a heating rate within the range of the networks."""
    heating = np.exp(generator.uniform(np.log(LOWEST_HEATING), np.log(HIGHEST_HEATING)))
    ratios = np.exp(generator.uniform(np.log(LOWEST_RATIO), np.log(HIGHEST_RATIO), MOST_SCANS))
    return ChrProgram(tuple(np.sort(ratios * heating).tolist()), float(heating))


def simulate_batches(
    draw: Draw,
    count: int,
    seed: int | Sequence[int],
    workers: int,
    progress: Callable[[int], object],
    table_1_share: float = 0.4,
) -> list[Batch]:
    """Glasses drawn by ``draw`` in groups, each along a program of its own, a share of them along that of Table 1."""
    generators = [np.random.default_rng([*np.atleast_1d(seed), group]) for group in range(-(-count // GROUP))]

    def run(part: slice) -> list[Batch]:
        found = []
        for group in range(part.start, part.stop):
            generator = generators[group]
            sets = draw(generator, GROUP)
            program = ChrProgram() if generator.uniform() < table_1_share else any_program(generator)
            found.append(Batch(sets, program, simulate_many(sets, program)))
        return found

    batches = []
    for part in in_threads(run, len(generators), 1, workers):
        batches += part
        progress(GROUP * len(part))
    return batches


def on_axis(batch: Batch, generator: np.random.Generator) -> Curves:
    """Scans of a batch on the reduced axis, each glass with a lag of its own; steeper ones than `STEEPEST` are left."""
    n, scans = batch.signals.cp_n.shape[:2]
    u_draw = generator.uniform(size=n)
    lag = np.where(
        u_draw < 0.12,
        LOWEST_LAG * generator.uniform(size=n),
        HIGHEST_LAG * generator.uniform(size=n) ** 2 * (u_draw > 0.25),
    )
    rate = batch.program.heating_rate_k_per_min
    reference_k, u = reference(batch.sets[:, 0], batch.sets[:, 1], rate)
    grid_k = axis_temperatures_k(reference_k, u, batch.sets[:, 2], batch.sets[:, 3], AXIS_POINTS)
    lag_k = lag * reference_k / u
    ln_cooling = np.log(np.array(batch.program.cooling_rates_k_per_min) / rate)
    features = np.empty((n, scans, SCAN_FEATURES), dtype=np.float32)
    signals = np.empty((n, scans, AXIS_POINTS), dtype=np.float32)
    node_k = batch.signals.temperature_k
    for q in range(n):
        for s in range(scans):
            nodes = node_k[q, s], batch.signals.cp_n[q, s], grid_k[q]
            signals[q, s] = with_lag(*nodes, max(lag_k[q], 0.0))
            if lag_k[q] < 0.0:  # a fit may go a little beyond none
                signals[q, s] -= lag_k[q] * np.gradient(signals[q, s], grid_k[q])
            kernels.scan_features(u[q], *batch.sets[q, 2:], ln_cooling[s], lag[q], features[q, s])
    height = batch.signals.cp_n.max(axis=2)
    kept = height <= STEEPEST
    weight = np.minimum(1.0, (2.5 / height) ** 2).astype(np.float32)
    return Curves(features[kept], signals[kept], weight[kept])


def measured(batch: Batch, generator: np.random.Generator) -> tuple[Layout, Float]:
    """Scans of a batch as measured, with noise, lag, step and missing scans at random, and the states behind them.

    Glasses with a steeper scan than `STEEPEST` are left out.
    """
    kept = np.flatnonzero(batch.signals.cp_n.max(axis=(1, 2)) <= STEEPEST)
    part = Batch(batch.sets[kept], batch.program, batch.signals.take(kept))
    n = len(kept)
    noise = np.exp(generator.uniform(np.log(_LOWEST_NOISE), np.log(_HIGHEST_NOISE), n))
    states = part.states(np.zeros(n))
    unit_k = states[:, 0] / states[:, 1]
    lag_k = np.minimum(generator.uniform(0.0, _MOST_LAG_K, n), HIGHEST_LAG * unit_k) * (generator.uniform(size=n) < 0.8)
    step_k = float(np.exp(generator.uniform(np.log(0.3), np.log(2.0))))
    samples = measured_scans(part.signals, part.program, noise=noise, lag_k=lag_k, generator=generator, step_k=step_k)
    samples = [
        MeasuredScans(sample.scans if row else _some(sample, generator))
        for row, sample in zip(generator.uniform(size=n) < 0.7, samples, strict=True)
    ]
    # the lag is a time: as a temperature it is proportional to the heating rate
    lag = lag_k / unit_k * REFERENCE_RATE_K_PER_MIN / part.program.heating_rate_k_per_min
    return lay_out(samples, noise), np.column_stack([states[:, :4], lag])


def _some(sample: MeasuredScans, generator: np.random.Generator) -> tuple:
    """Two scans or more of a sample."""
    keep = generator.permutation(len(sample))[: generator.integers(2, len(sample) + 1)]
    return tuple(sample.scans[k] for k in sorted(keep))
