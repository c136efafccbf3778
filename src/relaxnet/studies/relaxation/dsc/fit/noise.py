"""Noise of scans, and whether what a fit leaves is noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .problem import Problem, State
from .sample import FitScan
from .search import LEAST_SD

Float = NDArray[np.float64]

_WHITE_BEND = 6.0  # mean square of the second differences of white noise, in units of its variance
LEAST_NOISE = 1e-4  # shares of the step; smaller residuals are errors of the simulator
_SLOW_SHARE, _FEWEST_SLOW, _MOST_SLOW = 0.12, 6, 16  # of the cosines of a scan that a misfit would be made of
_CORRELATED = 2.5  # standard deviations of a correlation of white noise
IMPROBABLE = 1e-5  # level of the tests of a scan


class Residuals(NamedTuple):
    """What a fit leaves of one scan, in shares of the step.

    ``rms``; ``correlated``, the number of points that count as one because their residuals go together; ``noise``, the
    standard deviation that neighbours differ by; and ``probability`` that white noise looks as much like a misfit.
    """

    rms: float
    correlated: float
    noise: float
    probability: float


def white_noise(scans: Sequence[FitScan]) -> Float:
    """Standard deviation of the white noise of each scan, in shares of its step, from second differences."""
    found = [_bends(scan.signal) for scan in scans]
    return np.maximum(found, LEAST_SD)


def residuals_of(problem: Problem, state: State, white: Float) -> list[Residuals]:
    """What a fit leaves of every scan."""
    found = []
    for scan, residual, weights, sd, noise in zip(
        problem.scans, state.residuals, problem.weights, problem.sd, white, strict=True
    ):
        left = residual / np.maximum(weights, 1e-6) * sd
        count = len(left)
        lines = 0.0 if scan.lines_known else 4.0
        unknown = lines + len(problem.free) / len(problem.scans)
        rms = float(np.sqrt(left @ left / count))
        correlated = _correlation_length(left)
        # points that go together are few, and some of their freedom went into the fit
        freedom = count / correlated
        rms *= np.sqrt(freedom / max(freedom - unknown, 0.25 * freedom, 1.0))
        found.append(Residuals(max(rms, LEAST_SD), correlated, float(noise), _misfit_probability(left)))
    return found


def effective_sd(problem: Problem, state: State, white: Float) -> Float:
    """Standard deviation of each scan's points such that they may count as independent, in shares of the step."""
    return np.array([one.rms * np.sqrt(one.correlated) for one in residuals_of(problem, state, white)])


def all_white(problem: Problem, state: State, white: Float) -> bool:
    """Whether all that is left is noise, or no more than errors of the simulator."""
    found = residuals_of(problem, state, white)
    return all(one.rms < LEAST_NOISE or one.probability > IMPROBABLE for one in found)


def _bends(signal: Float) -> float:
    bends = np.diff(signal, 2)
    # few large ones are a steep peak or a spike
    usual = float(np.median(np.abs(bends))) / 0.6745
    kept = bends[np.abs(bends) <= 4.0 * max(usual, 1e-300)]
    return float(np.sqrt(np.mean(kept**2) / _WHITE_BEND)) if len(kept) else 0.0


def _correlation_length(left: Float) -> float:
    """``1 + 2 sum of correlations`` up to the first that white noise may have, at least 1."""
    count = len(left)
    square = float(left @ left)
    if not square > 0:
        return 1.0
    total = 1.0
    limit = _CORRELATED / np.sqrt(count)
    for lag in range(1, count // 3):
        correlation = float(left[lag:] @ left[:-lag]) / square
        if correlation < limit:
            break
        total += 2.0 * correlation
    return total


def _misfit_probability(left: Float) -> float:
    """Probability that white noise has as much of the slow cosines, or neighbours as alike, as these residuals."""
    from scipy.fft import dct
    from scipy.special import fdtrc, ndtr

    count = len(left)
    power = dct(left, norm="ortho") ** 2
    slow = int(np.clip(_SLOW_SHARE * count, _FEWEST_SLOW, _MOST_SLOW))
    rest = power[slow:].mean()
    if not rest > 0:
        return 1.0 if not power[:slow].any() else 0.0
    of_slow = float(fdtrc(slow, count - slow, power[:slow].mean() / rest))
    alike = float(left[1:] @ left[:-1]) / float(left @ left) * np.sqrt(count)
    return float(min(of_slow, 2.0 * ndtr(-abs(alike))))
