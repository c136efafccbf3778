"""What a page needs to know of a search."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from relaxnet.core.text import number
from relaxnet.datasets.targets import Target
from relaxnet.search.front import pareto_front
from relaxnet.search.importance import importances
from relaxnet.search.records import SearchResult, TrialRecord
from relaxnet.search.space import ParameterConfig, Space

LONGEST = 28
_NAME = r"[A-Za-z_]\w*"


@dataclass(frozen=True)
class Objective:
    """What is minimised: its name in the trials, its words and unit for people, and the factor to that unit."""

    name: str
    words: str
    unit: str = ""
    factor: float = 1.0
    digits: int = 3

    @classmethod
    def of_target(cls, target: Target) -> Objective:
        """Mean absolute error of a target."""
        words = f"error of {target.short}"
        return cls(target.name, words, target.shown_unit, target.display_factor, target.digits)

    @property
    def label(self) -> str:
        """Text for an axis or a heading."""
        return f"{self.words} ({self.unit or '–'})"

    def write(self, value: float) -> str:
        """A value without its unit."""
        return number(value * self.factor, self.digits, pad=True)

    def amount(self, value: float) -> str:
        """A value with its unit."""
        return f"{self.write(value)} {self.unit}".strip()


@dataclass(frozen=True)
class SearchFacts:
    """A search and its outcome.

    ``errors`` are the objectives that every trial notes under ``mae``: shown, though not all may be minimised.
    """

    name: str
    title: str
    space: Space
    objectives: tuple[Objective, ...]
    errors: tuple[Objective, ...]
    result: SearchResult
    sampler: str
    pruner: str
    epochs: int

    @cached_property
    def complete(self) -> list[TrialRecord]:
        """Trials with values."""
        return [record for record in self.result.trials if record.values]

    @cached_property
    def front(self) -> list[TrialRecord]:
        """Trials that no other beats in all objectives; of a single objective the best one."""
        return pareto_front(self.complete) if len(self.objectives) > 1 else [self.result.best]

    @cached_property
    def varied(self) -> Space:
        """Parameters with more than one possible value."""
        return {name: p for name, p in self.space.items() if len(p.choices or (1, 2)) > 1}

    @cached_property
    def importances(self) -> list[dict[str, float]]:
        """For each objective the share of its variance by parameter."""
        return [importances(self.varied, self.complete, index) for index in range(len(self.objectives))]

    @cached_property
    def choice_texts(self) -> dict[str, tuple[str, ...]]:
        """For people, the choices of the parameters that have some: no two are alike."""
        found = {}
        for name, parameter in self.space.items():
            if parameter.choices is not None:
                short = [value_text(choice) for choice in parameter.choices]
                pairs = zip(short, parameter.choices, strict=True)
                found[name] = tuple(text if short.count(text) == 1 else str(choice) for text, choice in pairs)
        return found

    def text(self, name: str, value: Any) -> str:
        """A value of the parameter called ``name``, for people."""
        choices = self.space[name].choices if name in self.space else None
        if choices is None or value not in choices:
            return value_text(value)
        return self.choice_texts[name][choices.index(value)]

    def params_text(self, params: Mapping[str, Any]) -> str:
        """Parameters of a trial, for people."""
        return "; ".join(f"{name} = {self.text(name, value)}" for name, value in params.items())

    def ratio(self, record: TrialRecord) -> float:
        """Largest ratio of a trial's objectives to the best of each in the front."""
        best = [min(values) for values in zip(*(other.values for other in self.front), strict=True)]
        return max(value / low if low > 0 else 1.0 for value, low in zip(record.values, best, strict=True))


def value_text(value: Any) -> str:
    """A value of a parameter, for people.

    Examples
    --------
    >>> value_text({"name": "huber", "delta": 0.02})
    'huber (delta 0.02)'
    >>> value_text("lab.networks.cnn:deep"), value_text("lab.networks.cnn:cnn")  # architectures of a package
    ('cnn:deep', 'cnn')
    """
    if isinstance(value, str):
        return _without_package(value)
    if isinstance(value, bool) or value is None:
        return str(value) if value is not None else "none"
    if isinstance(value, int | float):
        return number(value, 3) if isinstance(value, float) else str(value)
    if isinstance(value, Mapping):
        options = ", ".join(f"{key} {value_text(inner)}" for key, inner in value.items() if key != "name")
        text = f"{value['name']} ({options})" if "name" in value and options else str(value.get("name", options))
    else:
        text = ", ".join(map(value_text, value)) if isinstance(value, list | tuple) else json.dumps(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _without_package(name: str) -> str:
    """Of ``package.module:name`` the module and the name, once where both are alike; any other text as it is."""
    found = re.fullmatch(rf"(?:{_NAME}\.)+({_NAME}):({_NAME})", name)
    if not found:
        return name
    module, attribute = found.groups()
    return attribute if attribute == module else f"{module}:{attribute}"


def is_numeric(parameter: ParameterConfig) -> bool:
    """Whether the values of a parameter are numbers that have an order."""
    return parameter.choices is None or all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in parameter.choices
    )


def is_log(parameter: ParameterConfig) -> bool:
    """Whether the values are spread evenly on a logarithmic scale."""
    if parameter.choices is None:
        return parameter.log
    values = [value for value in parameter.choices if isinstance(value, int | float)]
    return len(values) == len(parameter.choices) and min(values) > 0 and max(values) / min(values) >= 10
