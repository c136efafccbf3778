"""Two models on the same samples: whether one is better than the other, or only luckier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Targets

from .metrics import sample_errors

Float = NDArray[np.float64]


@dataclass(frozen=True)
class SampleErrors:
    """Errors of a model on a test set, sample by sample.

    Attributes
    ----------
    sample : array, shape (n,)
        Numbers of the samples in the set.
    errors : mapping
        Absolute errors by target, each of shape (n,), in the target's unit (`metrics.sample_errors`).
    spread : mapping
        Mean absolute error of estimating the mean of the set itself, by target: the same for all models.
    """

    sample: NDArray[np.int64]
    errors: Mapping[str, Float]
    spread: Mapping[str, float]

    @classmethod
    def of(cls, targets: Targets, sample: NDArray[np.int64], true: Float, estimate: Float) -> Self:
        """Errors of estimates of shape (n, targets.width)."""
        errors, spread = {}, {}
        for name in targets.names:
            truth = targets.values(name, true)
            errors[name] = sample_errors(truth, targets.values(name, estimate))
            mean = np.broadcast_to(truth.mean(axis=0), truth.shape)
            spread[name] = float(sample_errors(truth, mean).mean())
        return cls(sample, errors, spread)

    def relative(self) -> Float:
        """Error of each sample relative to the spread, mean over the targets that vary, shape (n,).

        Its mean is 1 for knowing nothing.
        """
        varied = [name for name, spread in self.spread.items() if spread > 0]
        terms: list[Float] = [self.errors[name] / self.spread[name] for name in varied]
        return np.asarray(np.mean(terms, axis=0), dtype=np.float64)

    def mean(self, target: str) -> float:
        """Mean absolute error of a target, in its unit."""
        return float(self.errors[target].mean())


@dataclass(frozen=True)
class Difference:
    """Mean of paired differences, and its bootstrap interval."""

    mean: float
    low: float
    high: float


def paired_difference(
    one: SampleErrors, other: SampleErrors, *, confidence: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Difference:
    """Mean relative error of ``one`` less that of ``other``, with the percentile interval of a paired bootstrap.

    Both models see the same samples in each resample, so that samples that are hard for both do not count.

    Raises
    ------
    InvalidInputError
        If the two were not measured on the same samples and targets.

    Examples
    --------
    >>> sample, true = np.arange(50), np.linspace(0.0, 1.0, 50)
    >>> one, other = (SampleErrors(sample, {"x": error * true}, {"x": 0.25}) for error in (0.1, 0.2))
    >>> paired_difference(one, other).high < 0
    True
    """
    if not np.array_equal(one.sample, other.sample) or set(one.errors) != set(other.errors):
        raise InvalidInputError("samples", f"{len(one.sample)} and {len(other.sample)}", "the same ones for both")
    difference = one.relative() - other.relative()
    generator, means = np.random.default_rng(seed), np.empty(resamples)
    for number in range(resamples):
        means[number] = difference[generator.integers(0, len(difference), len(difference))].mean()
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Difference(float(difference.mean()), float(low), float(high))
