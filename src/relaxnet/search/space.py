"""What is searched: named parameters with their ranges, and the settings that they stand for."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, model_validator

from relaxnet.core.config import Config
from relaxnet.core.errors import InvalidInputError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def _several(value: Any) -> Any:
    """A single text as a tuple, and a list, which is none in the strict checks that follow."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


class ParameterConfig(Config):
    """One parameter: ``choices`` (any JSON values), or a range from ``low`` to ``high``.

    A range between whole numbers holds whole numbers; with ``log`` it is searched on a logarithmic scale.  ``set``
    names the settings that get the value, as ``network.dense``: by default the one of the parameter's own name.
    """

    set: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    choices: tuple[Any, ...] | None = None
    low: int | float | None = None
    high: int | float | None = None
    log: bool = False

    @model_validator(mode="after")
    def _possible(self) -> ParameterConfig:
        if self.choices is not None:
            if self.low is not None or self.high is not None or self.log:
                raise ValueError("either choices or a range, not both")
            if not self.choices or len({_json(value) for value in self.choices}) < len(self.choices):
                raise ValueError("at least one value, none of them twice")
            return self
        if self.low is None or self.high is None:
            raise ValueError("choices, or low and high")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError("a finite range, from low to high")
        if self.log and self.low <= 0:
            raise ValueError("positive, as its scale is logarithmic")
        return self

    def ends(self) -> dict[str, Any]:
        """All choices, or both ends of the range, by where they stand in the config."""
        if self.choices is not None:
            return {f"choices.{number}": value for number, value in enumerate(self.choices)}
        return {"low": self.low, "high": self.high}

    def paths(self, name: str) -> tuple[str, ...]:
        """Settings that get the value of the parameter called ``name``."""
        return self.set or (name,)

    def distribution(self) -> BaseDistribution:
        """Distribution of Optuna; choices that it cannot store are JSON texts."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        if self.choices is not None:
            return CategoricalDistribution([_json(value) for value in self.choices])
        if isinstance(self.low, int) and isinstance(self.high, int):
            return IntDistribution(self.low, self.high, log=self.log)
        return FloatDistribution(float(self.low or 0.0), float(self.high or 0.0), log=self.log)

    def decode(self, stored: Any) -> Any:
        """Value that the distribution holds as ``stored``."""
        if self.choices is None:
            return stored
        return next(value for value in self.choices if _json(value) == stored)


Space = Mapping[str, ParameterConfig]


def settings(space: Space, values: Mapping[str, Any]) -> dict[str, Any]:
    """Value of each setting, for values of the parameters."""
    return {path: values[name] for name, parameter in space.items() for path in parameter.paths(name)}


def cells(space: Space) -> list[dict[str, Any]]:
    """All combinations of the choices, the last parameter fastest; a range is an `InvalidInputError`.

    Examples
    --------
    >>> cells({"seed": ParameterConfig(choices=(1, 2)), "loss": ParameterConfig(choices=("mse", "mae"))})[1]
    {'seed': 1, 'loss': 'mae'}
    """
    for name, parameter in space.items():
        if parameter.choices is None:
            raise InvalidInputError(f"space.{name}", f"{parameter.low} ... {parameter.high}", "choices, in a grid")
    return [dict(zip(space, cell, strict=True)) for cell in product(*(p.choices or () for p in space.values()))]


def fingerprint(space: Space) -> str:
    """Hash of names, ranges, settings and order (the order steers the sampler)."""
    kinds = [(name, parameter.model_dump(mode="json")) for name, parameter in space.items()]
    return hashlib.sha256(_json(kinds).encode()).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
