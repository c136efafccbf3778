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
_LEAST_STEP = 0.05
_SAME_SHARE = 0.7  # of the steps between neighbours, that are none where values are rounded more coarsely
_OF_A_DIGIT = 1e-3  # of the largest step; less is an error of the machine
IMPROBABLE = 1e-4  # level of the tests of a scan


class Residuals(NamedTuple):
    """What a fit leaves of one scan, in shares of the step.

    ``rms``; ``correlated``, the number of points that count as one because their residuals go together; ``noise``, the
    standard deviation that neighbours differ by; ``probability`` that white noise looks as much like a misfit; height
    of the ``step`` in units of the scan, and number of ``points``.
    """

    rms: float
    correlated: float
    noise: float
    probability: float
    step: float
    points: int

    @property
    def misfit(self) -> bool:
        """Whether this is more than noise, and than errors of the simulator."""
        return self.rms > LEAST_NOISE and self.probability < IMPROBABLE


def white_noise(scans: Sequence[FitScan]) -> Float:
    """Standard deviation of the white noise of each scan, in its units, from second differences.

    Values that an instrument writes with few digits hide its noise: then it is at least that of the rounding.
    """
    found = [max(_bends(scan.signal), _rounding(scan.signal)) for scan in scans]
    return np.maximum(found, LEAST_SD)


def residuals_of(problem: Problem, state: State, white: Float) -> list[Residuals]:
    """What a fit leaves of every scan; ``white`` is its noise in units of the scan."""
    found = []
    for scan, residual, weights, sd, noise, lines in zip(
        problem.scans, state.residuals, problem.weights, problem.sd, white, state.lines, strict=True
    ):
        left = residual * weights * sd  # of a robust fit, what it lets a point count for
        count = len(left)
        unknown = len(problem.free) / len(problem.scans) + (0.0 if scan.lines_known else 4.0)
        rms = float(np.sqrt(left @ left / count) / max(np.mean(weights >= 1.0), 0.5))
        correlated = _correlation_length(left)
        # points that go together are few, and some of their freedom went into the fit
        freedom = count / correlated
        rms *= np.sqrt(freedom / max(freedom - unknown, 0.25 * freedom, 1.0))
        step = step_of(scan, lines)
        shares = max(rms / step, LEAST_SD), correlated, float(noise) / step
        found.append(Residuals(*shares, _misfit_probability(left, unknown), step, count))
    return found


def effective_sd(found: Sequence[Residuals]) -> Float:
    """Standard deviation of each scan's points such that they may count as independent, in units of the scans.

    What the model misses is much the same share of the step in all scans: one that happens to be described better does
    not count for more.
    """
    square, noise, step, count = np.array([(one.rms**2, one.noise**2, one.step, one.points) for one in found]).T
    missed = np.array([one.misfit for one in found])
    if missed.any():
        misfit = np.average(np.maximum(square - noise, 0.0)[missed], weights=count[missed])
        square = np.where(missed, np.maximum(noise + misfit, 0.1 * square), square)
    return np.asarray(np.sqrt(square * [one.correlated for one in found]) * step)


def all_white(problem: Problem, state: State, white: Float) -> bool:
    """Whether all that is left is noise, or no more than errors of the simulator."""
    return not misfits(residuals_of(problem, state, white))


def misfits(found: Sequence[Residuals]) -> bool:
    """Whether a scan, or all of them together (Fisher), leave more than noise."""
    from scipy.special import chdtrc

    told = -2.0 * sum(np.log(max(one.probability, 1e-300)) for one in found)
    together = float(chdtrc(2.0 * len(found), told))
    return any(one.misfit for one in found) or (together < IMPROBABLE and max(one.rms for one in found) > LEAST_NOISE)


def step_of(scan: FitScan, lines: Float) -> float:
    """Height of the fitted step in the middle of it, in units of the scan; where the lines cross, that of before."""
    place = (scan.rough.half_rise_k - scan.centre_k) / scan.half_k
    step = float(lines[2] - lines[0] + (lines[3] - lines[1]) * place)
    return step if step > _LEAST_STEP else 1.0


def _bends(signal: Float) -> float:
    bends = np.diff(signal, 2)
    # few large ones are a steep peak or a spike
    usual = float(np.median(np.abs(bends))) / 0.6745
    kept = bends[np.abs(bends) <= 4.0 * max(usual, 1e-300)]
    return float(np.sqrt(np.mean(kept**2) / _WHITE_BEND)) if len(kept) else 0.0


def _rounding(signal: Float) -> float:
    """Standard deviation of the rounding, where many neighbours have the same value."""
    steps = np.abs(np.diff(signal))
    if np.count_nonzero(steps) > _SAME_SHARE * len(steps) or not steps.any():
        return 0.0
    digit = float(np.min(steps[steps > _OF_A_DIGIT * steps.max()]))
    return digit / float(np.sqrt(12.0))


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


def _cosines(values: Float) -> Float:
    """Orthonormal cosine transform (DCT-II); `scipy.fft.dct` takes a twelfth of a second to import."""
    count = len(values)
    turned = np.fft.rfft(np.concatenate([values, values[::-1]]))[:count]
    out = 0.5 * (turned * np.exp(-0.5j * np.pi * np.arange(count) / count)).real
    out *= np.sqrt(2.0 / count)
    out[0] /= np.sqrt(2.0)
    return np.asarray(out)


def _misfit_probability(left: Float, unknown: float) -> float:
    """Probability that white noise has as much of the slow cosines, or neighbours as alike, as these residuals.

    What was fitted has taken as many of the slow cosines as it has unknowns.
    """
    from scipy.special import fdtrc, ndtr

    count = len(left)
    power = _cosines(left) ** 2
    slow = int(np.clip(_SLOW_SHARE * count, _FEWEST_SLOW, _MOST_SLOW))
    rest = power[slow:].mean()
    if not rest > 0:
        return 1.0 if not power[:slow].any() else 0.0
    freedom = max(slow - unknown, 2.0)
    of_slow = float(fdtrc(freedom, count - slow, power[:slow].sum() / (freedom * rest)))
    alike = float(left[1:] @ left[:-1]) / float(left @ left) * np.sqrt(count)
    return float(min(1.0, 2.0 * min(of_slow, 2.0 * ndtr(-abs(alike)))))
