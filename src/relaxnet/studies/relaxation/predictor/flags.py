"""What may be wrong with a sample or its estimates: names for programs, sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..physics import ZERO_CELSIUS_K
from .tables import Sample, half_rise_k

WRONG_RATES = "wrong_rates"
NOT_NORMALISED = "not_normalised"
OUTSIDE = "outside_training_region"
CELSIUS_AS_KELVIN = "celsius_as_kelvin"
KELVIN_AS_CELSIUS = "kelvin_as_celsius"
CLIPPED = "clipped"
MISFIT = "does_not_fit"
UNUSUAL = "unusual_misfit"

_END_SHARE, _END_POINTS = 0.05, 3  # of the points of a scan, that show its glass, and its liquid
END_TOLERANCE = 0.1  # of their median


class Flag(NamedTuple):
    """Its name, what was found, what is allowed."""

    name: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.found}: must be {self.allowed}"


@dataclass(frozen=True)
class Rates:
    """Rates of the program that a network was trained for, in K/min."""

    cooling: tuple[float, ...]
    heating: float

    def flag(self, sample: Sample) -> Flag | None:
        """Whether a sample was measured along another program."""
        given = [(scan.cooling_rate_k_per_min, scan.heating_rate_k_per_min) for scan in sample.scans]
        wanted = [(rate, self.heating) for rate in self.cooling]
        if len(given) == len(wanted) and np.allclose(given, wanted, rtol=1e-3, atol=0.0):
            return None
        return Flag(WRONG_RATES, f"rates = {_rates(given)}", _rates(wanted))


def _rates(pairs: Sequence[tuple[float, float]]) -> str:
    cooling, heating = ([f"{rate:g}" for rate in rates] for rates in zip(*pairs, strict=True))
    several = len(set(heating)) > 1
    return f"{', '.join(cooling)} K/min (cooling), {', '.join(heating if several else heating[:1])} K/min (heating)"


def normalisation(sample: Sample) -> Flag | None:
    """Whether a scan does not begin in the glass, at 0, or does not end in the liquid, at 1."""
    for scan in sample.scans:
        count = max(_END_POINTS, round(_END_SHARE * len(scan.cp_n)))
        for part, place, level in ((scan.cp_n[:count], "coldest", 0.0), (scan.cp_n[-count:], "hottest", 1.0)):
            median = float(np.median(part))
            if abs(median - level) > END_TOLERANCE:
                found = (
                    f"cp_n = {median:.3g} at the {place} end of the scan after {scan.cooling_rate_k_per_min:g} K/min"
                )
                phase = "liquid" if level else "glass"
                return Flag(NOT_NORMALISED, found, f"within {END_TOLERANCE:g} of {level:g}, the {phase}")
    return None


def place(sample: Sample, lowest_k: float, highest_k: float) -> list[Flag]:
    """Whether a sample's scans rise at other temperatures than those that a network has seen; perhaps a wrong unit."""
    halves = [half_rise_k(scan) for scan in sample.scans]
    away = [half for half in halves if not lowest_k <= half <= highest_k]
    if not away:
        return []
    shift, unit = (ZERO_CELSIUS_K, "degC") if sample.celsius else (0.0, "K")
    allowed = f"between {lowest_k - shift:.0f} and {highest_k - shift:.0f} {unit}, as in training"
    flags = [Flag(OUTSIDE, f"half rise at {away[0] - shift:.0f} {unit}", allowed)]
    other = -ZERO_CELSIUS_K if sample.celsius else ZERO_CELSIUS_K
    if all(lowest_k <= half + other <= highest_k for half in halves):
        given, meant = ("temperature_c", "kelvins") if sample.celsius else ("temperature_k", "degrees Celsius")
        name = KELVIN_AS_CELSIUS if sample.celsius else CELSIUS_AS_KELVIN
        flags.append(Flag(name, f"{given} fits as {meant}", "in the unit of the column's name"))
    return flags
