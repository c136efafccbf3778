"""Trials and the result of a search as plain values."""

from dataclasses import dataclass
from typing import Any, Literal

State = Literal["complete", "pruned", "failed"]


@dataclass(frozen=True)
class TrialRecord:
    """One trial that ended; interrupted ones have numbers too.  Only a complete one has a value."""

    number: int
    params: dict[str, Any]
    state: State
    value: float | None
    reason: str  # why it failed


@dataclass(frozen=True)
class SearchResult:
    """The best trial, and all trials of the study that count, earlier sessions included, in order.

    ``study_name`` is the study's in the journal, fingerprint included.
    """

    best_params: dict[str, Any]
    best_value: float
    trials: tuple[TrialRecord, ...]
    study_name: str
