"""What is searched: named parameters with their ranges."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from relaxnet.core.errors import InvalidInputError


@dataclass(frozen=True)
class Float:
    """A real number from ``low`` to ``high``, on a logarithmic scale if ``log``."""

    low: float
    high: float
    log: bool = False

    def suggest(self, trial: Any, name: str) -> float:
        """Value that the sampler chooses."""
        return float(trial.suggest_float(name, self.low, self.high, log=self.log))


@dataclass(frozen=True)
class Integer:
    """A whole number from ``low`` to ``high`` inclusive, on a logarithmic scale if ``log``."""

    low: int
    high: int
    log: bool = False

    def suggest(self, trial: Any, name: str) -> int:
        """Value that the sampler chooses."""
        return int(trial.suggest_int(name, self.low, self.high, log=self.log))


@dataclass(frozen=True)
class Choice:
    """One of several values, each anything that JSON can hold (a tuple counts as a list)."""

    values: tuple[Any, ...]

    def suggest(self, trial: Any, name: str) -> Any:
        """Value that the sampler chooses."""
        return self.decode(trial.suggest_categorical(name, [_json(value) for value in self.values]))

    def decode(self, text: str) -> Any:
        """Value that the journal keeps as ``text``."""
        return next(value for value in self.values if _json(value) == text)


Parameter = Float | Integer | Choice


@dataclass(frozen=True)
class Space:
    """Named parameters.

    Parameters
    ----------
    parameters : Mapping[str, Float | Integer | Choice]
        At least one.

    Raises
    ------
    InvalidInputError
        For a parameter whose range is empty, not finite, or not positive on a logarithmic scale.
    """

    parameters: Mapping[str, Parameter]

    def __post_init__(self) -> None:
        if not self.parameters:
            raise InvalidInputError("space", "(empty)", "at least one parameter")
        for name, parameter in self.parameters.items():
            _check(name, parameter)

    def suggest(self, trial: Any) -> dict[str, Any]:
        """Values of all parameters for one trial."""
        return {name: parameter.suggest(trial, name) for name, parameter in self.parameters.items()}

    def decode(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Values as the objective got them, from those in the journal."""
        return {
            name: parameter.decode(stored[name]) if isinstance(parameter, Choice) else stored[name]
            for name, parameter in self.parameters.items()
            if name in stored
        }

    def fingerprint(self) -> str:
        """Hash of names, kinds, ranges and order (the order steers the sampler)."""
        kinds = [(name, type(p).__name__, asdict(p)) for name, p in self.parameters.items()]
        return hashlib.sha256(_json(kinds).encode()).hexdigest()


def _check(name: str, parameter: Parameter) -> None:
    if isinstance(parameter, Choice):
        if not parameter.values or len({_json(value) for value in parameter.values}) < len(parameter.values):
            raise InvalidInputError(name, parameter.values, "at least one value, none of them twice")
        return
    low, high = parameter.low, parameter.high
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise InvalidInputError(name, f"{low} ... {high}", "a finite range, from low to high")
    if parameter.log and low <= 0:
        raise InvalidInputError(name, f"{low} ... {high}", "positive, as its scale is logarithmic")


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
