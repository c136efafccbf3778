"""The stretched exponential as a sum of exponentials with log-spaced rates.

``exp(-u**beta) = sum_k w_k exp(-lambda_k u)`` turns the superposition integral of the TNM model into
independent first-order modes, so that a scan costs O(N K) instead of O(N**2).  The rates of one sum are in
geometric ratio ``2**(1/chains)``: within a chain every exponential follows from the previous one by squaring.

All that enters the simulation is computed by IEEE arithmetic in a fixed order (sums included, which NumPy orders by
processor): the same bits on every machine.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._rates import BLOCK, powers_of_two

# The sum covers exp(-u**beta) from 1 - FAST_END down to SLOW_END; beyond, the curve itself no longer changes.
FAST_END = 1e-6
SLOW_END = 1e-8
# Below this beta the spectrum of rates is broad and smooth, and 3.3 terms a decade are ample.
ONE_CHAIN_BELOW = 0.45
# Points of the fit: this many for every rate (a power of two), and beyond the slowest and the fastest rate
POINTS_A_RATE, MARGIN_OCTAVES = 2, 3
RIDGE = 1e-8  # of the weights, relative to the norm of the matrix


class Blocks(NamedTuple):
    """An exponential sum in blocks of modes.

    ``weights`` (K,) are padded with zeros to whole blocks; ``suffix`` (4, K / BLOCK + 1) holds
    ``sum w_k (lambda_b / lambda_k)**m`` over the modes from the first of block ``b`` on, for m = 0 ... 3.
    """

    weights: NDArray[np.float64]
    suffix: NDArray[np.float64]
    first: int
    chains: int


@dataclass(frozen=True)
class ExponentialSum:
    """Weights and rates of one exponential sum, for the stretching exponent ``beta``.

    The rates are ``2**(index/chains)`` with indices from ``first`` on, slowest first; ``weights`` (K,) add up to 1.
    """

    beta: float
    chains: int
    first: int
    weights: NDArray[np.float64]

    @property
    def rates(self) -> NDArray[np.float64]:
        """Rates of the terms, shape (K,), dimensionless (per unit of reduced time)."""
        return powers_of_two(self.first, len(self.weights), self.chains)

    def blocks(self) -> Blocks:
        """The sum as the kernel takes it."""
        return self._blocks

    @cached_property
    def _blocks(self) -> Blocks:
        count = -(-len(self.weights) // BLOCK)
        weights = np.zeros(count * BLOCK)
        weights[: len(self.weights)] = self.weights
        ratios = 1.0 / powers_of_two(0, len(weights), self.chains)
        suffix = np.zeros((4, count + 1))
        for block in range(count):
            term = weights[block * BLOCK :]
            for power in range(4):
                suffix[power, block] = term.cumsum()[-1]
                term = term * ratios[: len(term)]
        return Blocks(weights, suffix, self.first, self.chains)

    def __call__(self, reduced_time: NDArray[np.float64]) -> NDArray[np.float64]:
        """Value of the sum at ``reduced_time`` (any shape)."""
        u = np.asarray(reduced_time, dtype=np.float64)
        return np.asarray(np.exp(-u[..., None] * self.rates) @ self.weights)


@lru_cache(maxsize=4096)
def exponential_sum(beta: float, refinement: int = 1) -> ExponentialSum:
    """Fit the sum for one ``beta``.

    The fit is a ridge-regularised least squares on the function *and* its logarithmic derivative, because the
    heat-capacity curve is a derivative of the relaxation function.  For beta in [0.1, 1] it is within 1e-6 of the
    former and 5e-6 of the latter.  ``refinement`` multiplies the density of the rates (2 serves to certify a result).
    """
    if beta == 1.0:
        return ExponentialSum(1.0, 1, 0, np.ones(1))
    from .kernels.elementary import LN_2, log
    from .kernels.least_squares import fit_weights

    chains = refinement * (1 if beta < ONE_CHAIN_BELOW else 2)
    # to both ends of the curve: where u**beta is FAST_END and where exp(-u**beta) is SLOW_END
    log_fastest, log_slowest = log(FAST_END) / beta, log(-log(SLOW_END)) / beta
    first, last = math.floor(-chains * log_slowest / LN_2), math.ceil(-chains * log_fastest / LN_2)
    margin, points = _points(last + 1 - first, chains)
    times = powers_of_two(-POINTS_A_RATE * last - margin, points, POINTS_A_RATE * chains)
    return ExponentialSum(beta, chains, first, fit_weights(beta, times, *_factored(last + 1 - first, chains)))


def _points(terms: int, chains: int) -> tuple[int, int]:
    """Number of points before the inverse of the fastest rate, and in all."""
    margin = math.ceil(MARGIN_OCTAVES * POINTS_A_RATE * chains)
    return margin, POINTS_A_RATE * (terms - 1) + 1 + 2 * margin


@lru_cache(maxsize=256)  # of 0.1 to 3 MB
def _factored(terms: int, chains: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The factored matrix of all sums with so many terms and chains."""
    from .kernels.least_squares import factored

    margin, points = _points(terms, chains)
    spread = POINTS_A_RATE * (terms - 1)
    products = powers_of_two(-spread - margin, points + spread, POINTS_A_RATE * chains)
    return factored(products, terms, POINTS_A_RATE, RIDGE)  # type: ignore[no-any-return]
