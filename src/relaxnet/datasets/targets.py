"""Named targets with units, and their min-max normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError


@dataclass(frozen=True)
class Target:
    """One quantity to estimate.

    Attributes
    ----------
    name, unit : str
        ``unit`` is "1" for a pure number.
    low, high : float
        Limits of the normalisation: they map to 0 and 1.
    thresholds : tuple of float
        Absolute errors whose reach (share of samples within) is reported, in ``unit``.
    """

    name: str
    unit: str
    low: float
    high: float
    thresholds: tuple[float, ...] = ()


@dataclass(frozen=True)
class Targets:
    """Ordered targets: the columns of every target array."""

    items: tuple[Target, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names in column order."""
        return tuple(target.name for target in self.items)

    @property
    def low(self) -> NDArray[np.float64]:
        """Lower limits, shape (targets,)."""
        return np.array([target.low for target in self.items])

    @property
    def high(self) -> NDArray[np.float64]:
        """Upper limits, shape (targets,)."""
        return np.array([target.high for target in self.items])

    def __len__(self) -> int:
        return len(self.items)

    def normalise(self, values: ArrayLike) -> NDArray[np.float64]:
        """``(value - low) / (high - low)`` of an array of shape (n, targets)."""
        return (np.asarray(values, dtype=np.float64) - self.low) / (self.high - self.low)

    def denormalise(self, values: ArrayLike) -> NDArray[np.float64]:
        """Inverse of `normalise`."""
        return self.low + np.asarray(values, dtype=np.float64) * (self.high - self.low)

    def weights(self, by_name: dict[str, float]) -> tuple[float, ...]:
        """Loss weights in column order.

        Raises
        ------
        InvalidInputError
            If a target has no weight, a weight has no target, or none is above 0.
        """
        if set(by_name) != set(self.names) or not any(by_name.values()):
            raise InvalidInputError("weights", by_name, f"one for each of {', '.join(self.names)}, not all 0")
        return tuple(float(by_name[name]) for name in self.names)

    def to_json(self) -> list[dict[str, Any]]:
        """As plain values."""
        return [{**asdict(target), "thresholds": list(target.thresholds)} for target in self.items]

    @classmethod
    def from_json(cls, values: Sequence[dict[str, Any]]) -> Targets:
        """Inverse of `to_json`."""
        return cls(tuple(Target(**{**value, "thresholds": tuple(value["thresholds"])}) for value in values))
