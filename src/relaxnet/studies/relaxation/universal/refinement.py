"""Gauss-Newton steps from the guess of one network to the least-squares fit by the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .layout import Layout
from .networks import AXIS_POINTS, SCAN_FEATURES
from .reduced import HIGHEST_LAG, HIGHEST_U, LOWEST_LAG, LOWEST_U

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
Network = Callable[[Float32], Float32]

STATE = ("reference_k", "u", "x", "beta", "lag")
_VARIANTS = 5  # a state and its neighbours in the directions that the scan network sees
_MOST_STEPS = 16
_TRUSTED = 0.7  # of the farthest step: derivatives of the emulated scans hold so far, and are taken once more beyond
_CONVERGED = 0.8  # decrease of chi2/2 by a step that is not worth another one: the next is far smaller
_NEAR = 1.0  # decrease still promised at the end, above which the fit is more than 1.4 standard deviations away
_LOWEST = np.array([0.0, LOWEST_U, 0.2, 0.2, LOWEST_LAG])
_HIGHEST = np.array([np.inf, HIGHEST_U, 1.0, 1.0, HIGHEST_LAG])


@dataclass(frozen=True, eq=False)
class Refined:
    """Fits of n samples.

    Attributes
    ----------
    states : ndarray, shape (n, 5)
        Columns as `STATE`: the reference temperature in K and u, both at 10 K/min, x, beta, the lag at 10 K/min in
        units of T_ref/u.
    covariance : ndarray, shape (n, 5, 5)
        Of T_ref in units of T_ref/u, ln u, x, beta, lag.
    chi2 : ndarray, shape (n,)
        Sum of squared residuals in units of the noise (and of the networks' own error).
    points : ndarray, shape (n,)
        Number of averages that it sums over.
    emulated_share : ndarray, shape (n,)
        Share of the networks' own error in the variance of these averages.
    converged : ndarray, shape (n,)
    """

    states: Float
    covariance: Float
    chi2: Float
    points: NDArray[np.int64]
    emulated_share: Float
    converged: NDArray[np.bool_]

    def better(self, rows: NDArray[np.intp], other: Refined) -> Refined:
        """These fits, but in ``rows`` those of ``other`` that are better."""
        won = other.chi2 < self.chi2[rows]
        for name in self.__dataclass_fields__:
            getattr(self, name)[rows[won]] = getattr(other, name)[won]
        return self


def in_range(states: Float) -> Float:
    """States moved into the range of the networks."""
    return np.clip(states, _LOWEST, _HIGHEST)


def first_states(layout: Layout, guesses: Float) -> Float:
    """States from the guesses of the network, moved into their ranges."""
    states = np.empty((len(layout), len(STATE)))
    states[:, 0] = layout.centre_k + layout.width_k * np.clip(guesses[:, 0], -20.0, 20.0)
    states[:, 1] = np.exp(np.clip(guesses[:, 1], -5.0, 5.0)) * layout.centre_k / layout.width_k
    states[:, 2:] = guesses[:, 2:]
    states[:, 0] = np.maximum(states[:, 0], 0.2 * layout.centre_k)
    states[:, 4] = np.clip(states[:, 4], 0.0, HIGHEST_LAG)
    return in_range(states)


def guess_targets(layout: Layout, states: Float) -> Float:
    """What the guessing network is to say for known states; inverse of `first_states`."""
    place = (states[:, 0] - layout.centre_k) / layout.width_k
    scale = np.log(states[:, 1] * layout.width_k / layout.centre_k)
    return np.column_stack([place, scale, states[:, 2:]])


def refine(
    layout: Layout, states: Float, emulate: Network, model_error: float, prior: Float, prior_weight: Float
) -> Refined:
    """Fit samples from ``states`` (n, 5); ``emulate`` maps features of scans (m, 9) to signals (m, axis points).

    ``model_error`` is the standard deviation that emulated signals err by; ``prior`` (n, 5) and ``prior_weight`` (n, 5)
    are what is known beforehand, and its inverse variances, of x, beta and the lag.
    """
    from . import _kernels as kernels

    n, _, bins = layout.count.shape
    used = int((layout.count.max(axis=2) > 0).any(axis=0).nonzero()[0].max(initial=0)) + 1
    cut = (slice(None), slice(0, used))
    variance = layout.noise[:, None, None] ** 2 / np.maximum(layout.count[cut], 1.0) + model_error**2
    weight = np.where(layout.count[cut] > 0, 1.0 / variance, 0.0)
    temperature_k, spread_k2, cp_n = layout.temperature_k[cut], layout.spread_k2[cut], layout.cp_n[cut]
    cooling, heating = np.ascontiguousarray(layout.cooling[cut]), np.ascontiguousarray(layout.heating[cut])
    states, best = states.copy(), states.copy()
    chi2, damping, decrease = np.full(n, np.inf), np.full(n, 1e-3), np.full(n, np.inf)
    travelled, age = np.full(n, np.inf), np.zeros(n, dtype=np.int64)
    matrices, gradients = np.zeros((n, 5, 5)), np.zeros((n, 5))
    jacobians = np.empty((n, 5, used, bins), dtype=np.float32)
    data = (temperature_k, spread_k2, cp_n, weight, heating)
    memory = (states, best, chi2, jacobians, matrices, gradients, damping, decrease, travelled, age)

    active = np.arange(n)
    for _ in range(_MOST_STEPS):
        renew = travelled[active] > _TRUSTED
        for variants, part in ((_VARIANTS, active[renew]), (1, active[~renew])):
            if len(part):
                inputs = np.empty((len(part), variants, used, SCAN_FEATURES), dtype=np.float32)
                kernels.features(states[part], cooling[part], heating[part], variants, inputs)
                curves = emulate(inputs.reshape(-1, SCAN_FEATURES)).reshape(len(part), variants, used, AXIS_POINTS)
                kernels.advance_all(part, curves, *data, prior, prior_weight, _LOWEST, _HIGHEST, *memory)
        active = active[(decrease[active] >= _CONVERGED) | (travelled[active] > _TRUSTED)]
        if not len(active):
            break
    converged = kernels.promised(best, matrices, gradients, _LOWEST, _HIGHEST) < _NEAR
    scale = np.sqrt(np.einsum("nii->ni", matrices))
    scaled = matrices / (scale[:, :, None] * scale[:, None, :])
    covariance = np.linalg.inv(scaled) / (scale[:, :, None] * scale[:, None, :])
    points = (weight > 0).sum(axis=(1, 2))
    share = model_error**2 * weight.sum(axis=(1, 2)) / np.maximum(points, 1)
    states[~converged] = best[~converged]
    return Refined(states, covariance, chi2, points, share, converged)
