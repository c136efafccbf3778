"""Program files: the thermal history of each scan, in YAML, for ``relaxnet estimate`` and ``relaxnet predict``."""

from __future__ import annotations

import math
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from relaxnet.core.config import Config, Positive, parse
from relaxnet.core.errors import DataFileError, InvalidInputError, within
from relaxnet.core.files import read_yaml
from relaxnet.core.tables import read_numbers

from ..physics import ZERO_CELSIUS_K, History, Hold, Program, Ramp

Segments = tuple[Ramp | Hold | History, ...]

_RATES = {"rate_k_per_min": 1.0, "rate_k_per_s": 60.0}
# a year is that of 365.25 days
_HOLDS_MIN = {"hold_s": 1 / 60, "hold_min": 1.0, "hold_h": 60.0, "hold_days": 1440.0, "hold_years": 525_960.0}
_STEP = (
    f"a ramp (to_c and one of {', '.join(_RATES)}), a hold (one of {', '.join(_HOLDS_MIN)}) or "
    "a measured history (measured: FILE.csv)"
)
_TURN_K = 0.5  # a measured history may begin this far from where the step before it ends


class Step(Config):
    """One step: a ramp to ``to_c`` at a rate, a hold, or a measured history; each has its unit in its name."""

    to_c: float = math.nan  # what is not given is told by the fields that are set; null is no value
    rate_k_per_min: Positive = math.nan
    rate_k_per_s: Positive = math.nan
    hold_s: Positive = math.nan
    hold_min: Positive = math.nan
    hold_h: Positive = math.nan
    hold_days: Positive = math.nan
    hold_years: Positive = math.nan
    measured: str = ""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = self.model_fields_set
        if given == {"measured"} or (len(given) == 1 and given <= set(_HOLDS_MIN)):
            return self
        if len(given) == 2 and "to_c" in given and given <= {"to_c", *_RATES}:
            return self
        raise InvalidInputError("", f"{{{', '.join(sorted(given))}}}", _STEP)

    def segment(self, temperature_k: float, folder: Path) -> Ramp | Hold | History:
        """The step as a segment of a program that has come to ``temperature_k``."""
        if self.measured:
            return _measured(folder / self.measured, temperature_k)
        (name,) = self.model_fields_set - {"to_c"}
        if name in _HOLDS_MIN:
            return Hold(getattr(self, name) * _HOLDS_MIN[name])
        if self.to_c + ZERO_CELSIUS_K == temperature_k:
            raise InvalidInputError("to_c", self.to_c, "another temperature than where the step begins")
        return Ramp(self.to_c + ZERO_CELSIUS_K, getattr(self, name) * _RATES[name])


class ScanProgram(Config):
    """History of one scan, from equilibrium in the liquid at ``start_c``.

    ``file`` is the name of the file that holds the scan, or a pattern such as ``*_3K.csv``; ``curve`` its name or
    number there, as ``relaxnet inspect`` shows it; ``label`` its name in the results.
    """

    start_c: float
    steps: Annotated[list[Step], Field(min_length=1)]
    file: str | None = None
    curve: str | int | None = None
    label: str | None = None

    def is_of(self, path: str) -> bool:
        """Whether the scan is in the file ``path``."""
        if self.file is None:
            return True
        name, wanted = Path(path).name, Path(self.file).name
        return name == wanted or fnmatch(name, wanted)

    def program(self, folder: Path) -> Program:
        """The history as a `Program`; measured histories are found relative to ``folder``."""
        start_k = temperature_k = self.start_c + ZERO_CELSIUS_K
        segments = list[Ramp | Hold | History]()
        for number, step in enumerate(self.steps):
            with within(f"steps.{number}"):
                segments.append(step.segment(temperature_k, folder))
                temperature_k = float(Program(temperature_k, tuple(segments[-1:])).path().end_k[-1])
        return Program(start_k, tuple(segments))


class _ProgramFile(Config):
    scans: Annotated[list[ScanProgram], Field(min_length=1)]


def read_programs(path: Path) -> list[tuple[ScanProgram, Program]]:
    """Read a program file: a list ``scans`` of histories, or a single one.

    Raises
    ------
    DataFileError
        If it is missing or no YAML.
    InvalidInputError
        Naming the file, the step and the value that is out of range, unknown or missing.
    """
    content = read_yaml(path)
    several = "scans" in content
    try:
        scans = parse(_ProgramFile, content).scans if several else [parse(ScanProgram, content)]
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error.field.rstrip('.')}", error.value, error.allowed) from None
    found = []
    for number, scan in enumerate(scans):
        try:
            found.append((scan, scan.program(path.parent)))
        except InvalidInputError as error:
            where = f"scans.{number}." if several else ""
            raise InvalidInputError(f"{path}: {where}{error.field}", error.value, error.allowed) from None
    return found


def read_program(path: Path) -> Program:
    """Read a program file that holds a single history; more are a `DataFileError`."""
    found = read_programs(path)
    if len(found) > 1:
        raise DataFileError(f"{path}: has {len(found)} histories; must have one")
    return found[0][1]


def measured_files(path: Path) -> list[Path]:
    """Recorded histories that a program file names; none where it cannot be read."""
    try:
        content = read_yaml(path)
        several = "scans" in content
        scans = parse(_ProgramFile, content).scans if several else [parse(ScanProgram, content)]
    except (DataFileError, InvalidInputError):
        return []
    return [path.parent / step.measured for scan in scans for step in scan.steps if step.measured]


def describe_program(program: Program) -> str:
    """A program in words: ``160 °C, to 30 °C at 10 K/min, 60 min there, to 160 °C at 10 K/min``."""
    words = [f"{program.start_temperature_k - ZERO_CELSIUS_K:.4g} °C"]
    for segment in program.segments:
        if isinstance(segment, Hold):
            words.append(f"{_duration(segment.duration_min)} there")
        elif isinstance(segment, Ramp):
            to_c = segment.to_temperature_k - ZERO_CELSIUS_K
            words.append(f"to {to_c:.4g} °C at {_rate(segment.rate_k_per_min)}")
        else:
            words.append(f"as measured ({len(segment.time_s)} samples)")
    return ", ".join(words)


def _rate(k_per_min: float) -> str:
    return f"{k_per_min / 60:.4g} K/s" if k_per_min >= 600 else f"{k_per_min:.4g} K/min"


def _duration(minutes: float) -> str:
    for unit, size in (("years", 525_960.0), ("days", 1440.0), ("h", 60.0), ("min", 1.0)):
        if minutes >= 2 * size or (unit in ("min", "h") and minutes >= size):
            return f"{minutes / size:.4g} {unit}"
    return f"{minutes * 60:.4g} s"


def _measured(path: Path, temperature_k: float) -> History:
    """A recorded history, columns ``time_s, temperature_c``; its start is where the program has come to."""
    table = read_numbers(path, ("time_s", "temperature_c"))
    recorded_k = table.columns["temperature_c"] + ZERO_CELSIUS_K
    for row in np.flatnonzero(~np.isfinite(recorded_k) | (recorded_k <= 0))[:1]:
        value = table.columns["temperature_c"][row]
        raise InvalidInputError(table.where(int(row), "temperature_c"), value, "a temperature in degC")
    if abs(recorded_k[0] - temperature_k) > _TURN_K:
        shift = recorded_k[0] - temperature_k
        hint = "; is it in kelvin?" if abs(abs(shift) - ZERO_CELSIUS_K) < 5.0 else ""
        allowed = f"{temperature_k - ZERO_CELSIUS_K:g} degC, where the step before it ends{hint}"
        raise InvalidInputError(table.where(0, "temperature_c"), f"{recorded_k[0] - ZERO_CELSIUS_K:g}", allowed)
    recorded_k[0] = temperature_k
    return History(tuple(table.columns["time_s"]), tuple(recorded_k))
