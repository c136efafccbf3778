"""Published figures that the models are compared with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .records import MetricsRecord


@dataclass(frozen=True)
class ReferenceFigure:
    """Share of estimates (0..1) that is published as lying within ``threshold`` of the truth.

    ``share`` is the lower end where a range is published; ``threshold`` (in the target's unit) its upper end.
    """

    target: str
    threshold: float
    subsets: frozenset[str]
    share: float
    text: str
    source: str  # the place and, shortly, the wording


@dataclass(frozen=True)
class References:
    """Figures of one publication; only models trained with these ``loss_weights`` (by target) are compared."""

    name: str  # noun for the publication: "paper", "standard"
    citation: str
    note: str  # sentences on how its figures compare
    figures: tuple[ReferenceFigure, ...]
    loss_weights: Mapping[str, float] = field(default_factory=dict)

    def figure(
        self, target: str, threshold: float, subset: str, loss_weights: Mapping[str, float]
    ) -> ReferenceFigure | None:
        """Look up what is published of this target, threshold and subset for a model of these loss weights."""
        if any(loss_weights.get(name) != weight for name, weight in self.loss_weights.items()):
            return None
        for figure in self.figures:
            if figure.target == target and figure.threshold == threshold and subset in figure.subsets:
                return figure
        return None


class Finding(NamedTuple):
    """Whether a claim holds for the models (None: they cannot tell), and the numbers that say so."""

    holds: bool | None
    evidence: str


@dataclass(frozen=True)
class Claim:
    """A statement of the publication on how results compare, and a function of the metrics by model that judges it."""

    text: str
    source: str
    judge: Callable[[Mapping[str, MetricsRecord]], Finding]
