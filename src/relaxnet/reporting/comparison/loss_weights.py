"""Models that differ only in how one target is weighted in the loss."""

from __future__ import annotations

from dataclasses import dataclass

from .collect import Comparison


@dataclass(frozen=True)
class WeightVariants:
    """Models that differ only in the weight of one target; ``variants`` maps that weight to a model."""

    subset: str
    target: str
    variants: dict[float, str]

    @property
    def stem(self) -> str:
        """Name for files and sections: that of the first model and the target, which no other group shares."""
        return f"weights_{next(iter(self.variants.values()))}_{self.target}"


def weight_variants(comparison: Comparison) -> list[WeightVariants]:
    """Find models of equal subset, architecture and profile that differ only in one target's weight."""
    found = []
    for label in reversed(comparison.targets):
        groups: dict[tuple, dict[float, str]] = {}
        for name, result in comparison.models.items():
            m = result.metrics
            others = tuple(sorted((t, w) for t, w in m.weights.items() if t != label.name))
            if label.name in m.weights:
                same = groups.setdefault((m.subset, m.architecture, m.profile, others), {})
                same.setdefault(m.weights[label.name], name)
        found += [
            WeightVariants(key[0], label.name, dict(sorted(group.items())))
            for key, group in groups.items()
            if len(group) > 1
        ]
    return found
