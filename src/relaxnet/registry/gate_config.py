"""Limits of the gates that a model must pass to become champion, as params give them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from relaxnet.core.config import Config, Seed, Share
from relaxnet.core.errors import InvalidInputError

Margin = Annotated[float, Field(ge=0, le=10)]


class GateConfig(Config):
    """Limits of the gates.

    Attributes
    ----------
    confidence, resamples, seed
        Of the paired bootstrap interval beyond which a challenger must be better than the champion.
    margin : float
        By how much of the champion's mean absolute error that of a target may be larger.
    margins : mapping
        The same of one target, by name, in place of ``margin``.
    distorted : float
        Largest mean absolute error of a target on the distorted test sets, relative to estimating the set's mean.
    latency_ms : float
        Longest time to predict the model's example, in milliseconds.
    size_mb : float
        Largest size of the model in the store, in megabytes.
    """

    confidence: Share = 0.95
    resamples: Annotated[int, Field(ge=100, le=100_000)] = 2000
    seed: Seed = 1
    margin: Margin = 0.05
    margins: Annotated[dict[str, Margin], Field(default_factory=dict)]
    distorted: Annotated[float, Field(gt=0, le=10)] = 1.0
    latency_ms: Annotated[float, Field(gt=0, le=1e6)] = 1000.0
    size_mb: Annotated[float, Field(gt=0, le=1e5)] = 50.0

    def check_targets(self, names: Iterable[str], place: str) -> None:
        """Raise `InvalidInputError` for a margin of a target that does not exist."""
        known = dict.fromkeys(names)
        for name in self.margins:
            if name not in known:
                raise InvalidInputError(f"{place}.margins.{name}", self.margins[name], f"of one of {', '.join(known)}")
