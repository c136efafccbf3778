"""What is searched: named parameters with their ranges, and the settings that they stand for."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from relaxnet.core.config import Config
from relaxnet.core.errors import InvalidInputError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial


def _several(value: Any) -> Any:
    """A single text as a tuple, and a list, which is none in the strict checks that follow."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


class ParameterConfig(Config):
    """One parameter: ``choices`` (any JSON values), or a range from ``low`` to ``high``.

    A range between whole numbers holds whole numbers; with ``log`` it is searched on a logarithmic scale.  ``set``
    names the settings that get the value, as ``network.dense``: by default the one of the parameter's own name.
    With ``when`` the parameter exists only where each of the parameters named there, which stand before it, has one of
    the values given for it.
    """

    set: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    choices: tuple[Any, ...] | None = None
    low: int | float | None = None
    high: int | float | None = None
    log: bool = False
    when: dict[str, tuple[Any, ...]] = Field(default_factory=dict)

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
            return CategoricalDistribution([self.encode(value) for value in self.choices])
        if isinstance(self.low, int) and isinstance(self.high, int):
            return IntDistribution(self.low, self.high, log=self.log)
        return FloatDistribution(float(self.low or 0.0), float(self.high or 0.0), log=self.log)

    def suggest(self, trial: Trial, name: str) -> Any:
        """Value of the parameter called ``name`` in a trial of Optuna."""
        found = self.distribution()
        if self.choices is not None:
            return self.decode(trial.suggest_categorical(name, found.choices))
        ask = trial.suggest_int if isinstance(self.low, int) and isinstance(self.high, int) else trial.suggest_float
        return ask(name, found.low, found.high, log=self.log)

    def encode(self, value: Any) -> Any:
        """What the distribution holds for ``value``."""
        return value if self.choices is None else _json(value)

    def decode(self, stored: Any) -> Any:
        """Value that the distribution holds as ``stored``."""
        if self.choices is None:
            return stored
        return next(value for value in self.choices if _json(value) == stored)


Space = Mapping[str, ParameterConfig]


def check_space(space: dict[str, ParameterConfig]) -> dict[str, ParameterConfig]:
    """Return the space; a condition that names nothing or can never hold is an `InvalidInputError`.

    The field begins with the parameter: ``kernel.when.architecture``.
    """
    earlier: dict[str, ParameterConfig] = {}
    for name, parameter in space.items():
        for other, values in parameter.when.items():
            field = f"{name}.when.{other}"
            choices = earlier[other].choices if other in earlier else None
            if choices is None:
                possible = ", ".join(key for key, found in earlier.items() if found.choices is not None)
                raise InvalidInputError(field, other, f"an earlier parameter with choices ({possible or 'none'})")
            if not values:
                raise InvalidInputError(field, "(empty)", "at least one value")
            for number, value in enumerate(values):
                if not _is_among(value, choices):
                    listed = ", ".join(map(_json, choices))
                    raise InvalidInputError(f"{field}.{number}", value, f"one of {listed}")
        earlier[name] = parameter
        if around(space, name, next(iter(parameter.ends().values()))) is None:
            raise InvalidInputError(f"{name}.when", dict(parameter.when), "conditions that can hold together")
    return space


SpaceConfig = Annotated[dict[str, ParameterConfig], Field(min_length=1), AfterValidator(check_space)]
"""A space as a field of a config."""


def is_active(parameter: ParameterConfig, values: Mapping[str, Any]) -> bool:
    """Whether a parameter exists where those before it have ``values``; inactive ones have none."""
    return all(other in values and _is_among(values[other], allowed) for other, allowed in parameter.when.items())


def around(space: Space, name: str, value: Any) -> dict[str, Any] | None:
    """Values in which the parameter called ``name`` has ``value`` and the others their first; None if there are none.

    Those that its conditions name have the first values that fulfil them.
    """
    chain = _conditions(space, name)
    for combination in product(*(space[other].choices or () for other in chain)):
        chosen, values = dict(zip(chain, combination, strict=True)) | {name: value}, dict[str, Any]()
        for other, parameter in space.items():
            if is_active(parameter, values):
                values[other] = chosen[other] if other in chosen else next(iter(parameter.ends().values()))
        if name in values:
            return values
    return None


def _conditions(space: Space, name: str) -> list[str]:
    """Parameters that decide whether another exists, those of theirs included."""
    found = dict.fromkeys(space[name].when)
    for other in space[name].when:
        found |= dict.fromkeys(_conditions(space, other))
    return list(found)


def settings(space: Space, values: Mapping[str, Any]) -> dict[str, Any]:
    """Value of each setting, for values of the parameters; of parameters that do not exist there are none."""
    return {path: values[name] for name, parameter in space.items() if name in values for path in parameter.paths(name)}


def cells(space: Space) -> list[dict[str, Any]]:
    """All combinations of the choices, the last parameter fastest; a range is an `InvalidInputError`.

    A parameter whose condition does not hold has no value, so no combination is there twice.

    Examples
    --------
    >>> cells({"seed": ParameterConfig(choices=(1, 2)), "loss": ParameterConfig(choices=("mse", "mae"))})[1]
    {'seed': 1, 'loss': 'mae'}
    """
    found: list[dict[str, Any]] = [{}]
    for name, parameter in space.items():
        if parameter.choices is None:
            raise InvalidInputError(f"space.{name}", f"{parameter.low} ... {parameter.high}", "choices, in a grid")
        choices = parameter.choices
        found = [
            longer
            for cell in found
            for longer in ([{**cell, name: value} for value in choices] if is_active(parameter, cell) else [cell])
        ]
    return found


def fingerprint(space: Space) -> str:
    """Hash of names, ranges, settings and order (the order steers the sampler)."""
    kinds = [(name, parameter.model_dump(mode="json")) for name, parameter in space.items()]
    return hashlib.sha256(_json(kinds).encode()).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _is_among(value: Any, others: Iterable[Any]) -> bool:
    return _json(value) in map(_json, others)
