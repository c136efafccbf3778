"""What a user says of the scans that the files do not say, or knows better."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relaxnet.core.errors import InvalidInputError

from ..physics import ZERO_CELSIUS_K

Range = tuple[float, float]


@dataclass(frozen=True)
class ScanOptions:
    """Facts on the scans; None where the files, or the data, are to tell.

    ``program`` is a program file; rates are in K/min; ``segment`` counts the curves of a file from 1; the ranges of
    glass and liquid are ``(low, high)`` in K, the former below the latter, or `InvalidInputError` is raised.
    """

    program: Path | None = None
    cooling_rate_k_per_min: float | None = None
    heating_rate_k_per_min: float | None = None
    segment: int | None = None
    glass_range_k: Range | None = None
    liquid_range_k: Range | None = None

    def __post_init__(self) -> None:
        for name, range_k in (("--glass-range", self.glass_range_k), ("--liquid-range", self.liquid_range_k)):
            if range_k and not 0.0 < range_k[0] < range_k[1]:
                raise InvalidInputError(name, in_celsius(range_k), "two temperatures in degC, the lower one first")
        if self.glass_range_k and self.liquid_range_k and self.liquid_range_k[0] <= self.glass_range_k[1]:
            allowed = f"above the glass, {in_celsius(self.glass_range_k)}"
            raise InvalidInputError("--liquid-range", in_celsius(self.liquid_range_k), allowed)


def in_celsius(range_k: Range) -> str:
    """A range as it is given on the command line."""
    return ",".join(f"{end - ZERO_CELSIUS_K:.6g}" for end in range_k)
