"""A trial that runs, as its objective sees it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from optuna.exceptions import TrialPruned as TrialPruned

from relaxnet.core.errors import TrainingError

from ._stores import Store


class RunningTrial:
    """What an objective knows of its trial."""

    def __init__(self, trial: Any, params: dict[str, Any], store: Store) -> None:
        self._trial, self._store = trial, store
        self.params = params
        self.number: int = trial.number
        self.trial_id: int = trial._trial_id

    def report(self, step: int, value: float) -> None:
        """Tell the objective as it stands; raises `TrialPruned` when the trial is to stop: let it pass."""
        found = finite(value, f"at step {step}")
        self._store.update(lambda: self._trial.report(found, step))
        if self._store.call(self._trial.should_prune):
            raise TrialPruned

    def note(self, key: str, value: Any) -> None:
        """Keep a JSON value with the trial."""
        self._store.update(lambda: self._trial.set_user_attr(key, value))


Objective = Callable[[RunningTrial], float | Sequence[float]]
"""Gets a trial, returns the value of each objective; one that is not finite, or a `TrainingError`, fails the trial and
the search goes on.  Any other exception ends the search, and the trial is run again by the next one."""


def finite(value: float, where: str) -> float:
    """The value; a `TrainingError` that says where it came up if it is not finite."""
    if not math.isfinite(value):
        raise TrainingError(f"{float(value)} {where}")
    return float(value)
