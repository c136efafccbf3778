"""What a search teaches, in sentences made from its numbers."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

from relaxnet.core.text import count_word, listed, number
from relaxnet.search.importance import FEWEST
from relaxnet.search.records import TrialRecord

from .facts import Objective, SearchFacts, is_numeric, value_text

LARGE, SMALL = 0.1, 0.02  # shares of the variance
EDGE = 0.1  # of a range: who is as near to its end may lie beyond it


def lessons(facts: SearchFacts) -> list[str]:
    """Sentences, the most important first."""
    found = [_counts(facts)]
    found += _compromise(facts) if len(facts.objectives) > 1 else _best(facts)
    for objective, shares in zip(facts.objectives, facts.importances, strict=True):
        found += _shares(objective, shares)
    found += _ranges(facts)
    found += _choices(facts)
    return found + _caution(facts)


def _counts(facts: SearchFacts) -> str:
    states = [record.state for record in facts.result.trials]
    parts = [f"{states.count(state)} {word}" for state, word in WORDS.items() if state in states]
    epochs = "one epoch" if facts.epochs == 1 else f"up to {facts.epochs} epochs"
    return f"{count_word(len(states), 'trial')} of {epochs} each: {listed(parts)}."


WORDS = {"complete": "complete", "pruned": "stopped early", "failed": "failed"}


def _best(facts: SearchFacts) -> list[str]:
    (objective,), best = facts.objectives, facts.result.best
    values = [record.values[0] for record in facts.complete]
    middle = median(values)
    text = f"Trial {best.number} is the best, with {objective.amount(best.values[0])}"
    if best.values[0] < middle:
        text += f": {100 * (1 - best.values[0] / middle):.0f} % below the median of the complete trials"
    sentences = [f"{text}."]
    third = len(values) // 3
    if third >= 2:
        before, after = min(values[:-third]), min(values)
        gain = 100 * (1 - after / before)
        sentences.append(
            f"The last third of the complete trials lowered the best by {gain:.0f} %: more trials may pay."
            if gain >= 1
            else "The last third of the complete trials brought less than 1 %: more of the same would hardly pay."
        )
    return sentences


def _compromise(facts: SearchFacts) -> list[str]:
    chosen, front = facts.result.best, facts.front
    values = [f"{o.words} {o.amount(v)}" for o, v in zip(facts.objectives, chosen.values, strict=True)]
    sentences = [
        f"{count_word(len(front), 'trial')} of {len(facts.complete)} lie on the Pareto front. Chosen is trial "
        f"{chosen.number}, no error of which exceeds {facts.ratio(chosen):.2f} times the lowest of the front: "
        f"{listed(values)}."
    ]
    for index, objective in enumerate(facts.objectives):
        other = min(front, key=lambda record: record.values[index])
        if other.number != chosen.number:
            sentences.append(_trade(facts, objective, index, other))
    return sentences


def _trade(facts: SearchFacts, objective: Objective, index: int, other: TrialRecord) -> str:
    """What the lowest error of one objective would cost in the others."""
    chosen = facts.result.best
    gain = 100 * (1 - other.values[index] / chosen.values[index])
    losses = {
        o.words: 100 * (theirs / ours - 1)
        for o, theirs, ours in zip(facts.objectives, other.values, chosen.values, strict=True)
        if theirs > ours > 0
    }
    text = f"The parameters of trial {other.number}{_difference(facts, index, other)} would lower the "
    text += f"{objective.words} by {gain:.0f} % to {objective.amount(other.values[index])}"
    if losses:
        text += f", at the price of {listed(f'{loss:.0f} % more {words}' for words, loss in losses.items())}"
    return f"{text}."


def _difference(facts: SearchFacts, index: int, other: TrialRecord) -> str:
    """The most important parameter in which two trials differ, in brackets."""
    ours, theirs = facts.result.best.params, other.params
    order = [*facts.importances[index], *facts.varied]
    for name in order:
        if name in ours and name in theirs and ours[name] != theirs[name]:
            return f" ({name} = {facts.text(name, theirs[name])} instead of {facts.text(name, ours[name])})"
    return ""


def _shares(objective: Objective, shares: dict[str, float]) -> list[str]:
    if not shares:
        return []
    large = [f"{name} {100 * share:.0f} %" for name, share in shares.items() if share >= LARGE]
    small = [name for name, share in shares.items() if share < SMALL]
    text = f"Of the variance of the {objective.words}, the parameters explain: {listed(large) if large else 'little'}."
    if small:
        text += f" Less than {100 * SMALL:.0f} %{' each' if len(small) > 1 else ''}: {listed(small)}."
    return [text]


def _ranges(facts: SearchFacts) -> list[str]:
    """Where the best third lies, for numbers that matter."""
    sentences = []
    for name in _important(facts):
        parameter = facts.space[name]
        if parameter.choices is None and parameter.low is not None and parameter.high is not None:
            values = sorted(record.params[name] for record in _best_third(facts) if name in record.params)
            if len(values) < 2:
                continue
            text = f"In the best third of the trials, {name} is {value_text(values[0])} to {value_text(values[-1])}"
            text += f" (searched: {value_text(parameter.low)} to {value_text(parameter.high)})"
            place = _place(median(values), parameter.low, parameter.high, log=parameter.log)
            if place < EDGE or place > 1 - EDGE:
                end = "lower" if place < EDGE else "upper"
                text += f"; most are at the {end} end: a range beyond {value_text(_end(parameter, end))} may be better"
            sentences.append(f"{text}.")
    return sentences


def _choices(facts: SearchFacts) -> list[str]:
    """Means by choice, for choices that matter."""
    sentences = []
    for name in _important(facts):
        parameter = facts.space[name]
        if parameter.choices is None:
            continue
        means = {}
        for choice in parameter.choices:
            values = [_merit(facts, r) for r in facts.complete if name in r.params and r.params[name] == choice]
            if values:
                means[facts.text(name, choice)] = median(values), len(values)
        if len(means) > 1:
            order = sorted(means, key=lambda text: means[text][0])
            what = facts.objectives[0].words if len(facts.objectives) == 1 else "largest ratio to the best errors"
            parts = [f"{text} {number(means[text][0])} ({means[text][1]})" for text in order]
            kind = "value" if is_numeric(parameter) else "choice"
            sentences.append(f"Median {what} by {kind} of {name}, with the number of trials: {listed(parts)}.")
    return sentences


def _merit(facts: SearchFacts, record: TrialRecord) -> float:
    return record.values[0] * facts.objectives[0].factor if len(facts.objectives) == 1 else facts.ratio(record)


def _best_third(facts: SearchFacts) -> list[TrialRecord]:
    ranked = sorted(facts.complete, key=lambda record: _merit(facts, record))
    return ranked[: max(2, len(ranked) // 3)]


def _important(facts: SearchFacts) -> list[str]:
    """Parameters with a large share of any objective."""
    return [n for n in facts.varied if any(shares.get(n, 0.0) >= LARGE for shares in facts.importances)]


def _place(value: float, low: float, high: float, *, log: bool) -> float:
    """Where in a range a value lies, from 0 to 1."""
    ends = [math.log(v) if log else v for v in (value, low, high)]
    return (ends[0] - ends[1]) / (ends[2] - ends[1]) if ends[2] > ends[1] else 0.5


def _end(parameter: Any, which: str) -> float:
    found: float = parameter.low if which == "lower" else parameter.high
    return found


def _caution(facts: SearchFacts) -> list[str]:
    if len(facts.complete) >= FEWEST:
        return []
    return [f"With fewer than {FEWEST} complete trials, nothing can be said of what the single parameters do."]
