"""What the figures of the page show, as plain data for its script."""

from __future__ import annotations

import json
import math
from typing import Any

from relaxnet.search.records import TrialRecord
from relaxnet.search.space import ParameterConfig

from .facts import SearchFacts, is_log, is_numeric


def figure_data(facts: SearchFacts) -> str:
    """JSON for the page's script: ``objectives``, ``trials``, ``parameters``, ``importances``, ``chosen``.

    ``<`` is escaped, so that no text can end the script element.
    """
    front = {record.number for record in facts.front}
    data = {
        "objectives": [{"words": objective.words, "label": objective.label} for objective in facts.objectives],
        "trials": [_trial(facts, record, front) for record in facts.result.trials],
        "parameters": [_parameter(facts, name) for name in facts.varied],
        "importances": [list(shares.items()) for shares in facts.importances],
        "chosen": facts.result.best.number,
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _trial(facts: SearchFacts, record: TrialRecord, front: set[int]) -> dict[str, Any]:
    """A trial: of one that was stopped, the last value that it reported."""
    values = [_rounded(v * o.factor) for v, o in zip(record.values, facts.objectives, strict=False)]
    if record.state == "pruned" and record.steps:
        values = [_rounded(record.steps[max(record.steps)] * facts.objectives[0].factor)]
    places = {name: _place(facts.varied[name], value) for name, value in record.params.items() if name in facts.varied}
    return {
        "number": record.number,
        "state": record.state,
        "values": values,
        "front": record.number in front,
        "places": places,
        "texts": {name: facts.text(name, value) for name, value in record.params.items() if name in facts.varied},
    }


def _parameter(facts: SearchFacts, name: str) -> dict[str, Any]:
    parameter = facts.space[name]
    numeric, log = is_numeric(parameter), is_log(parameter)
    found: dict[str, Any] = {"name": name, "numeric": numeric, "log": log}
    if not numeric:
        return {**found, "texts": facts.choice_texts[name]}
    ends = [parameter.low, parameter.high]
    if parameter.choices is not None:
        ends = [min(parameter.choices), max(parameter.choices)]
    low, high = (math.log10(float(v or 0)) if log else float(v or 0) for v in ends)
    found["range"] = [_rounded(low), _rounded(high)]
    if parameter.choices is not None:
        found["ticks"] = [_place(parameter, value) for value in parameter.choices]
    return found


def _place(parameter: ParameterConfig, value: Any) -> float:
    """Where a value is on an axis: a number (its logarithm on such a scale), or the number of a choice."""
    if is_numeric(parameter):
        return _rounded(math.log10(value) if is_log(parameter) else value)
    return float((parameter.choices or ()).index(value))


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
