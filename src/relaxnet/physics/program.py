"""Temperature programs: constant-rate cycles (CHR) and free sequences of ramps and holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..errors import InvalidInputError

TABLE_1_COOLING_RATES_K_PER_MIN = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
TABLE_1_HEATING_RATE_K_PER_MIN = 10.0
MIN_RATE, MAX_RATE = 1e-6, 1e9
_RATE_RANGE = f"a rate from {MIN_RATE:g} to {MAX_RATE:g} K/min, greater than 0"


@dataclass(frozen=True)
class ChrProgram:
    """Cooling at several rates, each followed by heating at one rate.

    Every cycle starts in equilibrium in the liquid and passes through the whole transition into the glass and back;
    its temperature limits follow from the parameters.

    Parameters
    ----------
    cooling_rates_k_per_min : tuple of float
        Strictly increasing.
    heating_rate_k_per_min : float
    """

    cooling_rates_k_per_min: tuple[float, ...] = TABLE_1_COOLING_RATES_K_PER_MIN
    heating_rate_k_per_min: float = TABLE_1_HEATING_RATE_K_PER_MIN

    def __post_init__(self) -> None:
        if not self.cooling_rates_k_per_min:
            raise InvalidInputError("cooling_rates_k_per_min", "()", "at least one rate")
        for rate in self.cooling_rates_k_per_min:
            check_rate("cooling_rates_k_per_min", rate)
        check_rate("heating_rate_k_per_min", self.heating_rate_k_per_min)
        rates = self.cooling_rates_k_per_min
        if any(later <= earlier for earlier, later in pairwise(rates)):
            raise InvalidInputError("cooling_rates_k_per_min", list(rates), "strictly increasing")


def chr_program(
    cooling_rates_k_per_min: Sequence[float] = TABLE_1_COOLING_RATES_K_PER_MIN,
    heating_rate_k_per_min: float = TABLE_1_HEATING_RATE_K_PER_MIN,
) -> ChrProgram:
    """Constant-heating-rate cycles; the defaults are the six cycles of the paper's Table 1.

    Raises
    ------
    InvalidInputError
        For rates that are not positive or not strictly increasing.
    """
    return ChrProgram(tuple(float(rate) for rate in cooling_rates_k_per_min), float(heating_rate_k_per_min))


@dataclass(frozen=True)
class Ramp:
    """Linear change to ``to_temperature_k`` at ``rate_k_per_min`` (a positive number for cooling too)."""

    to_temperature_k: float
    rate_k_per_min: float

    def __post_init__(self) -> None:
        check_temperature("to_temperature_k", self.to_temperature_k)
        check_rate("rate_k_per_min", self.rate_k_per_min)


@dataclass(frozen=True)
class Hold:
    """Constant temperature for ``duration_min`` (isothermal ageing)."""

    duration_min: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.duration_min) and self.duration_min > 0):
            raise InvalidInputError("duration_min", self.duration_min, "a finite duration in minutes, greater than 0")


@dataclass(frozen=True)
class Program:
    """Ramps and holds one after the other, from equilibrium at ``start_temperature_k``.

    Several cycles without re-equilibration are just a longer sequence.

    Raises
    ------
    InvalidInputError
        For an empty program or a ramp that leads nowhere.
    """

    start_temperature_k: float
    segments: tuple[Ramp | Hold, ...]

    def __post_init__(self) -> None:
        check_temperature("start_temperature_k", self.start_temperature_k)
        object.__setattr__(self, "segments", tuple(self.segments))
        if not self.segments:
            raise InvalidInputError("segments", "()", "at least one Ramp or Hold")
        temperature = self.start_temperature_k
        for segment in self.segments:
            if isinstance(segment, Ramp):
                if segment.to_temperature_k == temperature:
                    raise InvalidInputError(
                        "to_temperature_k", segment.to_temperature_k, "another temperature than where the ramp starts"
                    )
                temperature = segment.to_temperature_k


def check_rate(field: str, value: float) -> None:
    """Raise `InvalidInputError` unless ``value`` is a usable positive rate in K/min."""
    if not (math.isfinite(value) and MIN_RATE <= value <= MAX_RATE):
        raise InvalidInputError(field, value, _RATE_RANGE)


def check_temperature(field: str, value: float) -> None:
    """Raise `InvalidInputError` unless ``value`` is a finite temperature above 1 K."""
    if not (math.isfinite(value) and 1.0 <= value <= 1e5):
        raise InvalidInputError(field, value, "a temperature from 1 to 100000 K")
