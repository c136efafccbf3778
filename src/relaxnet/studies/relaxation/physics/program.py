"""Temperature programs: constant-rate cycles (CHR) and free sequences of ramps, holds and measured histories."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

from .parameters import checked_number, checked_numbers

TABLE_1_COOLING_RATES_K_PER_MIN = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
TABLE_1_HEATING_RATE_K_PER_MIN = 10.0
MIN_RATE, MAX_RATE = 1e-6, 1e9
MIN_TEMPERATURE_K, MAX_TEMPERATURE_K = 1.0, 1e5
MIN_DURATION_MIN, MAX_DURATION_MIN = 1e-12, 1e15
_RATE_RANGE = f"a rate from {MIN_RATE:g} to {MAX_RATE:g} K/min, greater than 0"
_TEMPERATURE_RANGE = f"a temperature from {MIN_TEMPERATURE_K:g} to {MAX_TEMPERATURE_K:g} K"


@dataclass(frozen=True)
class ChrProgram:
    """Cooling at several rates, each followed by heating at one rate.

    Every cycle starts in equilibrium in the liquid and passes through the whole transition into the glass and back;
    its temperature limits follow from the parameters.  Cooling rates must increase strictly, or `InvalidInputError` is
    raised, as for rates that are not positive.
    """

    cooling_rates_k_per_min: tuple[float, ...] = TABLE_1_COOLING_RATES_K_PER_MIN
    heating_rate_k_per_min: float = TABLE_1_HEATING_RATE_K_PER_MIN

    def __post_init__(self) -> None:
        allowed = f"a sequence of rates, each {_RATE_RANGE}"
        given = _several("cooling_rates_k_per_min", self.cooling_rates_k_per_min, allowed)
        rates = tuple(check_rate("cooling_rates_k_per_min", rate) for rate in given)
        if not rates:
            raise InvalidInputError("cooling_rates_k_per_min", "()", "at least one rate")
        if any(later <= earlier for earlier, later in pairwise(rates)):
            raise InvalidInputError("cooling_rates_k_per_min", list(rates), "strictly increasing")
        object.__setattr__(self, "cooling_rates_k_per_min", rates)
        heating = check_rate("heating_rate_k_per_min", self.heating_rate_k_per_min)
        object.__setattr__(self, "heating_rate_k_per_min", heating)


def chr_program(
    cooling_rates_k_per_min: Sequence[float] = TABLE_1_COOLING_RATES_K_PER_MIN,
    heating_rate_k_per_min: float = TABLE_1_HEATING_RATE_K_PER_MIN,
) -> ChrProgram:
    """Constant-heating-rate cycles; the defaults are the six cycles of the paper's Table 1.

    Raises `InvalidInputError` for rates that are not positive or not strictly increasing.

    Examples
    --------
    >>> chr_program([1.0, 10.0], heating_rate_k_per_min=20.0)
    ChrProgram(cooling_rates_k_per_min=(1.0, 10.0), heating_rate_k_per_min=20.0)
    >>> chr_program().cooling_rates_k_per_min
    (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
    """
    return ChrProgram(cooling_rates_k_per_min, heating_rate_k_per_min)  # type: ignore[arg-type]  # it makes a tuple


@dataclass(frozen=True)
class Ramp:
    """Linear change to ``to_temperature_k`` at ``rate_k_per_min`` (a positive number for cooling too).

    Examples
    --------
    >>> Ramp(to_temperature_k=440.0, rate_k_per_min=20.0)
    Ramp(to_temperature_k=440.0, rate_k_per_min=20.0)
    """

    to_temperature_k: float
    rate_k_per_min: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "to_temperature_k", check_temperature("to_temperature_k", self.to_temperature_k))
        object.__setattr__(self, "rate_k_per_min", check_rate("rate_k_per_min", self.rate_k_per_min))


@dataclass(frozen=True)
class Hold:
    """Constant temperature for ``duration_min`` (isothermal ageing).

    Examples
    --------
    >>> Hold(duration_min=600.0)
    Hold(duration_min=600.0)
    """

    duration_min: float

    def __post_init__(self) -> None:
        allowed = f"a duration from {MIN_DURATION_MIN:g} to {MAX_DURATION_MIN:g} minutes"
        duration = checked_number("duration_min", self.duration_min, MIN_DURATION_MIN, MAX_DURATION_MIN, allowed)
        object.__setattr__(self, "duration_min", duration)


@dataclass(frozen=True)
class History:
    """Sampled temperatures, as a thermocouple gives them, joined by straight lines.

    The segment begins at the first of the rising ``time_s``, and at the first of as many ``temperature_k``.

    Raises `InvalidInputError` for samples that are no numbers, out of range, fewer than two or not in order of time.
    """

    time_s: tuple[float, ...]
    temperature_k: tuple[float, ...]

    def __post_init__(self) -> None:
        time, temperature = _samples("time_s", self.time_s), _samples("temperature_k", self.temperature_k)
        if len(time) < 2:
            raise InvalidInputError("time_s", f"{len(time)} samples", "at least two samples")
        if len(temperature) != len(time):
            raise InvalidInputError("temperature_k", f"{len(temperature)} samples", f"as long as time_s, {len(time)}")
        stuck = np.flatnonzero(~((np.diff(time) > 0) & np.isfinite(time[1:]) & np.isfinite(time[:-1])))
        if len(stuck):
            pair = f"{time[stuck[0]]:g}, {time[stuck[0] + 1]:g}"
            raise InvalidInputError("time_s", pair, "finite and strictly increasing")
        for value in (temperature.min(), temperature.max()):
            check_temperature("temperature_k", value)
        object.__setattr__(self, "time_s", tuple(time.tolist()))
        object.__setattr__(self, "temperature_k", tuple(temperature.tolist()))


class Path(NamedTuple):
    """Linear pieces of a program: temperature at the end, duration, and segment of the program, each of shape (P,)."""

    start_k: float
    end_k: NDArray[np.float64]
    duration_s: NDArray[np.float64]
    segment: NDArray[np.int64]

    @property
    def knot_k(self) -> NDArray[np.float64]:
        """Temperature between the pieces, shape (P + 1,)."""
        return np.concatenate([[self.start_k], self.end_k])

    @property
    def knot_s(self) -> NDArray[np.float64]:
        """Time between the pieces, shape (P + 1,), from 0."""
        return np.concatenate([[0.0], np.cumsum(self.duration_s)])

    @property
    def rate_k_per_s(self) -> NDArray[np.float64]:
        """Slope of each piece, shape (P,)."""
        return np.asarray(np.diff(self.knot_k) / self.duration_s)


@dataclass(frozen=True)
class Program:
    """Ramps, holds and histories one after the other, from equilibrium at ``start_temperature_k``.

    Several cycles without re-equilibration are just a longer sequence.  Raises `InvalidInputError` for an empty
    program, a ramp that leads nowhere, or a history that begins at another temperature.

    Examples
    --------
    Ageing for ten hours at 440 K, between cooling and heating:

    >>> ageing = Program(490.0, (Ramp(440.0, 20.0), Hold(600.0), Ramp(490.0, 10.0)))
    >>> ageing.path().knot_s.tolist()
    [0.0, 150.0, 36150.0, 36450.0]
    """

    start_temperature_k: float
    segments: tuple[Ramp | Hold | History, ...]

    def __post_init__(self) -> None:
        temperature = check_temperature("start_temperature_k", self.start_temperature_k)
        object.__setattr__(self, "start_temperature_k", temperature)
        segments = _several("segments", self.segments, "a sequence of Ramp, Hold and History")
        object.__setattr__(self, "segments", segments)
        if not self.segments:
            raise InvalidInputError("segments", "()", "at least one Ramp, Hold or History")
        for segment in self.segments:
            if isinstance(segment, Ramp):
                if segment.to_temperature_k == temperature:
                    allowed = "another temperature than where the ramp starts"
                    raise InvalidInputError("to_temperature_k", temperature, allowed)
                temperature = segment.to_temperature_k
            elif isinstance(segment, History):
                if segment.temperature_k[0] != temperature:
                    allowed = f"{temperature:g} K first, where the history starts"
                    raise InvalidInputError("temperature_k", segment.temperature_k[0], allowed)
                temperature = segment.temperature_k[-1]
            elif not isinstance(segment, Hold):
                raise InvalidInputError("segments", repr(segment), "a Ramp, Hold or History")

    @classmethod
    def from_history(cls, time_s: ArrayLike, temperature_k: ArrayLike) -> Self:
        """Measured temperatures, from equilibrium at the first; times of results count from the first sample."""
        history = History(time_s, temperature_k)  # type: ignore[arg-type]  # it makes tuples of them
        return cls(history.temperature_k[0], (history,))

    def path(self) -> Path:
        """The linear pieces."""
        end_k, duration_s, owner = list[float](), list[float](), list[int]()
        temperature = self.start_temperature_k
        for number, segment in enumerate(self.segments):
            if isinstance(segment, History):
                end_k.extend(segment.temperature_k[1:])
                duration_s.extend(np.diff(segment.time_s).tolist())
            elif isinstance(segment, Hold):
                end_k.append(temperature)
                duration_s.append(segment.duration_min * 60.0)
            else:
                end_k.append(segment.to_temperature_k)
                duration_s.append(abs(segment.to_temperature_k - temperature) / segment.rate_k_per_min * 60.0)
            temperature = end_k[-1]
            owner.extend([number] * (len(end_k) - len(owner)))
        return Path(self.start_temperature_k, np.array(end_k), np.array(duration_s), np.array(owner))


def check_rate(field: str, value: float) -> float:
    """``value`` as a float; raises `InvalidInputError` unless it is a usable positive rate in K/min."""
    return checked_number(field, value, MIN_RATE, MAX_RATE, _RATE_RANGE)


def check_temperature(field: str, value: float) -> float:
    """``value`` as a float; raises `InvalidInputError` unless it is a usable temperature in K."""
    return checked_number(field, value, MIN_TEMPERATURE_K, MAX_TEMPERATURE_K, _TEMPERATURE_RANGE)


def _several(field: str, values: object, allowed: str) -> tuple[Any, ...]:
    if not isinstance(values, Iterable) or isinstance(values, str | bytes | Mapping | Set):
        raise InvalidInputError(field, repr(values), allowed)
    try:
        return tuple(values)
    except TypeError:  # an array without axes
        raise InvalidInputError(field, repr(values), allowed) from None


def _samples(field: str, values: ArrayLike) -> NDArray[np.float64]:
    samples = checked_numbers(field, values)
    if samples.ndim != 1:
        raise InvalidInputError(field, f"shape {samples.shape}", "one-dimensional")
    return samples
