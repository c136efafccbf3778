"""Trials and the result of a search as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["complete", "pruned", "failed"]


@dataclass(frozen=True)
class TrialRecord:
    """One trial that ended; interrupted ones have numbers too.

    Attributes
    ----------
    number : int
        Optuna's.
    params : dict
        Values of the parameters that exist in this trial.
    state : str
    values : tuple of float
        One for each objective of a complete trial, else empty.
    reason : str
        Why it failed.
    steps : mapping of int to float
        What it reported.
    notes : mapping
        What the objective noted.
    """

    number: int
    params: dict[str, Any]
    state: State
    values: tuple[float, ...]
    reason: str = ""
    steps: Mapping[int, float] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float | None:
        """Of a single objective; None unless the trial is complete."""
        return self.values[0] if self.values else None


@dataclass(frozen=True)
class SearchResult:
    """The chosen trial, and all trials of the study that count, earlier sessions included, in order.

    ``study_name`` is the study's in its storage, fingerprint included.
    """

    best: TrialRecord
    trials: tuple[TrialRecord, ...]
    study_name: str

    @property
    def best_params(self) -> dict[str, Any]:
        """Parameters of the chosen trial."""
        return self.best.params

    @property
    def best_value(self) -> float:
        """Its value, that of the first objective if there are several."""
        return self.best.values[0]
