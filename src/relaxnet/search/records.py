"""Trials and the result of a search as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

State = Literal["complete", "pruned", "failed"]


@dataclass(frozen=True)
class TrialRecord:
    """One trial that ended.

    Parameters
    ----------
    number : int
        Its number in the study, from 0; interrupted ones have numbers too.
    params : dict[str, Any]
        Values by parameter.
    state : {"complete", "pruned", "failed"}
        How it ended.
    value : float or None
        What the objective returned, for complete trials.
    steps : dict[int, float]
        What it reported on the way.
    duration_s : float
        How long it ran, in seconds.
    reason : str
        Why it failed.
    """

    number: int
    params: dict[str, Any]
    state: State
    value: float | None
    steps: dict[int, float]
    duration_s: float
    reason: str = ""


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Parameters
    ----------
    best_params : dict[str, Any]
        Values of the best trial.
    best_value : float
        Its objective.
    trials : tuple[TrialRecord, ...]
        All trials of the study that count, earlier sessions included, in order.
    study_name : str
        Name of the study in the journal, fingerprint included.
    """

    best_params: dict[str, Any]
    best_value: float
    trials: tuple[TrialRecord, ...]
    study_name: str
