"""Training signals as they would be measured: with noise and lag, drawn anew for every sample and epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from relaxnet.datasets.source import Inputs, Source

from ..dataset.measured import STEP_K
from ..physics.window import measured_window
from .source import INPUT, laid_out

if TYPE_CHECKING:
    from relaxnet.workflow.recipe import Recipe

    from ..params import SignalTrainConfig

Float = NDArray[np.float64]


class Measuring:
    """Makes measured scans of the signals of a batch, on their even, rising grid ``grid_k`` (points,).

    A sample's standard deviation of the noise and its lag are drawn evenly from 0 to ``noise`` and ``lag_k``; its six
    scans share them.  As in a test set, there is noise at points `STEP_K` apart, between which values are interpolated,
    and none where nothing is measured.
    """

    def __init__(self, grid_k: Float, noise: float, lag_k: float) -> None:
        self._grid_k, self._noise, self._lag_k = grid_k, noise, lag_k

    def __call__(self, inputs: Inputs, generator: np.random.Generator) -> Inputs:
        """New inputs of the same shape, (n, points, scans); those given stay as they are."""
        clean = inputs[INPUT]
        noises, lags = (generator.uniform(0.0, limit, len(clean)) for limit in (self._noise, self._lag_k))
        values = np.empty_like(clean)
        for row, signals in enumerate(clean):
            values[row] = self._measured(signals, float(noises[row]), float(lags[row]), generator)
        return {**inputs, INPUT: values}

    def _measured(
        self, signals: NDArray[np.float32], noise: float, lag_k: float, generator: np.random.Generator
    ) -> NDArray[np.floating]:
        """Scans of one sample, (points, scans)."""
        grid_k = self._grid_k
        (low_k,), (high_k,) = measured_window(grid_k, signals.T[None], np.array([lag_k]))
        first_k = low_k + generator.uniform(0.0, STEP_K)  # as the points of a measurement may lie on the grid
        steps = int((high_k - first_k) / STEP_K)  # twice the margin, or more
        place = (grid_k - first_k) / STEP_K
        inside = (place >= 0) & (place < steps)
        values = with_lag(signals, float(grid_k[1] - grid_k[0]), lag_k)
        values[place < 0], values[place >= steps] = 0.0, 1.0
        if noise:
            points = noise * generator.standard_normal((steps + 1, signals.shape[1]))
            before = place[inside].astype(np.int64)
            share = (place[inside] - before)[:, None]
            values[inside] += (1.0 - share) * points[before] + share * points[before + 1]
        return values


def with_lag(signals: NDArray[np.floating], step_k: float, lag_k: float) -> Float:
    """Signals (points, scans) on an even grid, measured with a thermal lag.

    Exact solution of ``lag_k dy/dT + y = cp_n`` for the straight lines between the points, which begins at the first
    value.

    Examples
    --------
    Behind a ramp the signal stays back by the lag, once the start is forgotten:

    >>> float((with_lag(np.arange(100.0)[:, None], 1.0, 2.5)[-1, 0] - 99.0).round(6))
    -2.5
    """
    values = np.array(signals, dtype=np.float64)
    if lag_k == 0.0:
        return values
    from scipy.signal import lfilter  # not before it is needed: its import takes half a second

    ratio = step_k / lag_k
    kept = np.exp(-ratio)
    mean = -np.expm1(-ratio) / ratio  # of the kept share over a step
    start = values[:1] * mean  # the state of the filter for which its first output is the first value
    return np.asarray(lfilter([1.0 - mean, mean - kept], [1.0, -kept], values, axis=0, zi=start)[0])


def open_augment(recipe: Recipe, source: Source) -> Measuring | None:
    """What the training inputs of a recipe are made with, if with anything, on the grid of its samples."""
    config = cast("SignalTrainConfig", recipe.config).augment
    if not (config.noise or config.lag_k):
        return None
    return Measuring(laid_out(source.layout), config.noise, config.lag_k)
