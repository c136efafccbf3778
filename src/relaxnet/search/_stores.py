"""What a search needs of the place where its trials are kept: a lock, signs of life, errors in one line."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, TypeVar

from optuna.exceptions import UpdateFinishedTrialError

BEAT_S = 2  # a worker gives a sign of life as often
LEASE_S = 10  # after which a worker that gives none has lost its trial
WORKER = "worker"  # attribute of a trial: who runs it
Result = TypeVar("Result")


class TrialLostError(Exception):
    """The trial is no longer this worker's, which was taken for dead: another one repeats it."""

    def __init__(self) -> None:
        super().__init__("given to another worker meanwhile, as this one gave no sign of life")


class Store(ABC):
    """A storage of Optuna, with what Optuna lacks for it."""

    storage: Any

    @abstractmethod
    def locked(self) -> Any:
        """Context in which no other worker asks for a trial or looks for orphans."""

    @abstractmethod
    def call(self, action: Callable[[], Result]) -> Result:
        """Result of an action on the storage; its errors become one of ours."""

    @abstractmethod
    def claim(self, trial: Any) -> None:
        """Note that this worker runs a trial, in the lock in which it was asked for."""

    @abstractmethod
    def renew(self, trial_id: int) -> None:
        """Give a sign of life."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""

    @abstractmethod
    def fail_orphans(self, study: Any) -> None:
        """Fail the running trials whose worker is gone, in the lock."""

    @contextmanager
    def alive(self, trial_id: int) -> Iterator[None]:
        """Give signs of life meanwhile."""
        ended = Event()
        thread = Thread(target=self._beat, args=(trial_id, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _beat(self, trial_id: int, ended: Event) -> None:
        while not ended.wait(BEAT_S):
            try:
                self.renew(trial_id)
            except Exception:  # the worker itself will tell what is wrong, if it lasts
                continue

    def update(self, action: Callable[[], Result]) -> Result:
        """As `call`, for a change of a trial that this worker runs; `TrialLostError` if it is another's meanwhile."""
        try:
            return self.call(action)
        except UpdateFinishedTrialError:
            raise TrialLostError from None
