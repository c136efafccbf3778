"""The stretched exponential as a sum of exponentials with log-spaced rates.

``exp(-u**beta) = sum_k w_k exp(-lambda_k u)`` turns the superposition integral of the TNM model into
independent first-order modes, so that a scan costs O(N K) instead of O(N**2).  The rates of one sum are in
geometric ratio ``2**(1/chains)``: within a chain every exponential follows from the previous one by squaring.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

BLOCK = 8  # modes that change their class together in a step: one vector register
# The sum covers exp(-u**beta) from 1 - FAST_END down to SLOW_END; beyond, the curve itself no longer changes.
FAST_END = 1e-6
SLOW_END = 1e-8
# Below this beta the spectrum of rates is broad and smooth, and 3.3 terms a decade are ample.
ONE_CHAIN_BELOW = 0.45
RIDGE = 1e-8


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
        return np.exp2(np.arange(self.first, self.first + len(self.weights)) / self.chains)

    def blocks(self) -> Blocks:
        """The sum as the kernel takes it."""
        return self._blocks

    @cached_property
    def _blocks(self) -> Blocks:
        count = -(-len(self.weights) // BLOCK)
        weights = np.zeros(count * BLOCK)
        weights[: len(self.weights)] = self.weights
        suffix = np.zeros((4, count + 1))
        for block in range(count):
            rest = weights[block * BLOCK :]
            ratio = np.exp2(-np.arange(len(rest)) / self.chains)
            suffix[:, block] = [(rest * ratio**power).sum() for power in range(4)]
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
    chains = refinement * (1 if beta < ONE_CHAIN_BELOW else 2)
    u_fast, u_slow = FAST_END ** (1 / beta), (-np.log(SLOW_END)) ** (1 / beta)
    first = int(np.floor(-chains * np.log2(u_slow)))
    last = int(np.ceil(-chains * np.log2(u_fast)))
    rates = np.exp2(np.arange(first, last + 1) / chains)
    u = np.geomspace(u_fast / 8, u_slow * 8, max(6 * len(rates), 200))
    terms = np.exp(-np.outer(u, rates))
    stretched = u**beta
    unit_sum = 100.0  # a heavy row that makes the weights add up to one
    matrix = np.vstack([terms, -np.outer(u, rates) * terms, np.full(len(rates), unit_sum)])
    target = np.concatenate([np.exp(-stretched), -beta * stretched * np.exp(-stretched), [unit_sum]])
    # the matrix is small: threads of the linear algebra would wait for each other a hundred times longer
    with threadpool_limits(1, "blas"):
        left, singular, right = np.linalg.svd(matrix, full_matrices=False)
    damped = singular / (singular**2 + (RIDGE * singular[0]) ** 2)
    weights = right.T @ (damped * (left.T @ target))
    return ExponentialSum(beta, chains, first, weights / weights.sum())
