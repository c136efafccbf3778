"""Models that differ only in how one target is weighted in the loss."""

from __future__ import annotations

from dataclasses import dataclass

from relaxnet.datasets.targets import Target

from .collect import Comparison


@dataclass(frozen=True)
class LossWeightVariants:
    """Models that differ only in the loss weight of one target; ``variants`` maps that weight to a model."""

    subset: str
    target: Target
    variants: dict[float, str]

    @property
    def stem(self) -> str:
        """Name for files and sections: that of the first model and the target, which no other group shares."""
        return f"loss_weights_{next(iter(self.variants.values()))}_{self.target.name}"

    @property
    def title(self) -> str:
        """Heading of a section or figure."""
        return f"Subset {self.subset}: loss weight of {self.target.short}"


def loss_weight_variants(comparison: Comparison) -> list[LossWeightVariants]:
    """Find models of equal subset, architecture, profile and loss that differ only in one target's weight."""
    found = []
    for target in reversed(comparison.targets):
        groups: dict[tuple, dict[float, str]] = {}
        for name, result in comparison.models.items():
            m = result.metrics
            others = tuple(sorted((t, w) for t, w in m.loss_weights.items() if t != target.name))
            if target.name in m.loss_weights:
                same = groups.setdefault((m.subset, m.architecture, m.profile, m.loss, others), {})
                same.setdefault(m.loss_weights[target.name], name)
        found += [
            LossWeightVariants(key[0], target, dict(sorted(group.items())))
            for key, group in groups.items()
            if len(group) > 1
        ]
    return found
