"""Training, validation and test part of a dataset."""

import hashlib
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator

from relaxnet.core.config import Config, Seed, Share
from relaxnet.core.errors import InvalidInputError

from .source import Grouped, Source

Index = NDArray[np.int64]


class SplitConfig(Config):
    """Shares of training, validation and test data; they add up to 1."""

    train: Share
    validation: Share
    test: Share
    seed: Seed

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if abs(self.train + self.validation + self.test - 1.0) > 1e-9:
            raise ValueError("shares train, validation and test that add up to 1")
        return self


@dataclass(frozen=True)
class Split:
    """Indices of the training, validation and test samples."""

    train: Index
    validation: Index
    test: Index

    def fingerprint(self) -> str:
        """Which samples are in which part: sixteen hexadecimal digits."""
        digest = hashlib.sha256()
        for part in (self.train, self.validation, self.test):
            digest.update(np.ascontiguousarray(part, dtype="<i8").tobytes() + b"|")
        return digest.hexdigest()[:16]

    @property
    def n_train(self) -> int:
        """Number of different training samples."""
        return len(np.unique(self.train))

    def limited(self, share: float, seed: int) -> Self:
        """Split with a share of the training samples only, at least one, repeated to the length of the whole part.

        With one ``seed`` a smaller share is a part of a larger one.

        Raises
        ------
        InvalidInputError
            If ``share`` is not within 0 < share <= 1.

        Examples
        --------
        >>> parts = split(100, SplitConfig(train=0.7, validation=0.15, test=0.15, seed=1)).limited(0.1, seed=2)
        >>> len(parts.train), parts.n_train
        (70, 7)
        """
        if not 0.0 < share <= 1.0:
            raise InvalidInputError("share", share, "within 0 < share <= 1")
        count = max(1, round(share * len(self.train)))
        if count == len(self.train):
            return self
        drawn = np.random.default_rng(seed).permutation(self.train)[:count]
        return replace(self, train=np.resize(drawn, len(self.train)))


def split_source(source: Source, config: SplitConfig) -> Split:
    """Parts of a source; samples of one group, if it is `Grouped`, are in one part."""
    return split(len(source.targets), config, source.groups if isinstance(source, Grouped) else None)


def split(samples: int, config: SplitConfig, groups: ArrayLike | None = None) -> Split:
    """Shuffle and cut ``samples`` into the shares of ``config``.

    Parameters
    ----------
    samples : int
    config : SplitConfig
    groups : array_like of shape (samples,), optional
        Samples with one value (copies of one thing, say) stay together: the shares are met as nearly as that allows.

    Raises
    ------
    InvalidInputError
        If a part would be empty: there are too few samples, or a group is too large.

    Examples
    --------
    >>> parts = split(100, SplitConfig(train=0.7, validation=0.15, test=0.15, seed=1))
    >>> len(parts.train), len(parts.validation), len(parts.test)
    (70, 15, 15)

    Copies of one cell are in one part:

    >>> parts = split(100, SplitConfig(train=0.7, validation=0.15, test=0.15, seed=1), np.arange(100) // 4)
    >>> sorted({int(i) // 4 for i in parts.test} & {int(i) // 4 for i in parts.train})
    []
    """
    generator, (first, second) = np.random.default_rng(config.seed), _cuts(samples, config)
    if groups is None:
        order = generator.permutation(samples)
    else:
        names, members = np.unique(np.asarray(groups), return_inverse=True)
        place = np.argsort(generator.permutation(len(names)))[members]  # of its group
        order = np.argsort(place, kind="stable")
        ends = np.cumsum(np.bincount(place))
        first, second = (int(ends[np.abs(ends - cut).argmin()]) for cut in (first, second))
    if not 0 < first < second < samples:
        shares = f"{config.train:g} : {config.validation:g} : {config.test:g}"
        parts = f"for a training, a validation and a test part of {shares}"
        if groups is not None and samples >= _min_samples(config):
            found = f"{len(ends)}, the largest of {np.bincount(place).max()} of the {samples} samples"
            raise InvalidInputError("groups", found, f"more, or smaller ones, {parts}")
        raise InvalidInputError("samples", samples, f"at least {_min_samples(config)}, {parts}")
    return Split(order[:first], order[first:second], order[second:])


def _cuts(samples: int, config: SplitConfig) -> tuple[int, int]:
    first = round(config.train * samples)
    return first, first + round(config.validation * samples)


def _min_samples(config: SplitConfig) -> int:
    """Number of samples from which on no part is empty."""
    # a part's share is at least the smallest one's, and rounding takes at most one sample off
    enough = int(2 / min(config.train, config.validation, config.test)) + 2
    cuts = [(samples, *_cuts(samples, config)) for samples in range(enough)]
    return 1 + max(samples for samples, first, second in cuts if not 0 < first < second < samples)
