"""The search: ask, run, tell, one trial after the other, beside other workers and from wherever the study left off."""

from __future__ import annotations

import copy
import logging
import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import RetryHeartbeatStaleTrialCallback
from optuna.trial import TrialState

from relaxnet.core.errors import InvalidInputError, RelaxnetError, TrainingError
from relaxnet.core.notices import notice

from ._stores import WORKER, TrialLostError
from .front import compromise, pareto_front
from .records import SearchResult, State, TrialRecord
from .samplers import RETRIED, make_pruner, make_sampler
from .space import is_active
from .spec import SearchSpec
from .trial import Objective, RunningTrial, TrialPruned, finite

POLL_S = 1.0
MAX_DEATHS = 4  # a trial whose workers died as often is not tried again
REASON, INTERRUPTED, CONTENT = "reason", "interrupted", "content"
STATES: dict[Any, State] = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
_HISTORY = "retry_history"  # Optuna's attribute of a trial that repeats others: their numbers


class Search:
    """A study that is open: any number of processes may work at it at the same time.

    What earlier sessions finished counts; a trial whose worker died, or was interrupted, is run again with the same
    parameters under a new number.

    Parameters
    ----------
    spec : SearchSpec
    storage : Path or str
        A journal file, or ``postgresql://user@host:port/name``.
    on_orphan : callable, optional
        Gets the number and the notes of each trial whose worker is gone, before it is run again.

    Raises
    ------
    DataFileError, SearchStorageError
        If the journal, or the database, cannot be used.
    InvalidInputError
        If the storage has another study under the same name.
    """

    def __init__(
        self,
        spec: SearchSpec,
        storage: Path | str,
        on_orphan: Callable[[int, Mapping[str, Any]], object] = lambda _number, _notes: None,
    ) -> None:
        optuna.logging.set_verbosity(logging.ERROR)
        self.spec, self._on_orphan = spec, on_orphan
        self._store = open_store(storage)
        self._study = self._store.call(self._open)
        self._study.sampler = make_sampler(spec.sampler, spec.space, self._study)

    def _open(self) -> Any:
        spec, store = self.spec, self._store
        with store.locked():
            pruner = make_pruner(spec.pruner, spec.steps)
            if spec.study_name in optuna.get_all_study_names(store.storage):
                study = optuna.load_study(study_name=spec.study_name, storage=store.storage, pruner=pruner)
            else:
                directions = ["minimize"] * len(spec.objectives)
                study = optuna.create_study(
                    study_name=spec.study_name, storage=store.storage, directions=directions, pruner=pruner
                )
            found = study.user_attrs.get(CONTENT)
            others = [t for t in study.get_trials(deepcopy=False) if not self._fits(t)]
            if (found or spec.content()) != spec.content() or others or len(study.directions) != len(spec.objectives):
                allowed = "another name: the storage has a study of another space under it"
                raise InvalidInputError("study", spec.study_name, allowed)
            if found is None:
                study.set_user_attr(CONTENT, spec.content())
        return study

    def _fits(self, trial: Any) -> bool:
        space = self.spec.space
        return all(name in space and space[name].distribution() == d for name, d in trial.distributions.items())

    def close(self) -> None:
        """Let the storage go."""
        self._store.close()

    @property
    def notes(self) -> dict[str, Any]:
        """What was noted of the study."""
        found: dict[str, Any] = self._store.call(lambda: self._study.user_attrs)
        return found

    def note(self, key: str, value: Any) -> None:
        """Keep a JSON value with the study."""
        self._store.call(lambda: self._study.set_user_attr(key, value))

    def exclusive(self) -> AbstractContextManager[None]:
        """Context in which no other process begins a trial, or is in a context like this."""
        held: AbstractContextManager[None] = self._store.locked()
        return held

    def recover(self) -> None:
        """Put the trials whose workers are gone back into the queue."""
        self._store.call(self._recover_locked)

    def _recover_locked(self) -> None:
        with self._store.locked():
            self._recover()

    def _recover(self) -> None:
        self._store.fail_orphans(self._study)
        trials = self._study.get_trials(deepcopy=False)
        repeated = {number for trial in trials for number in trial.system_attrs.get(_HISTORY, ())}
        for trial in trials:
            if trial.state == TrialState.FAIL and trial.number not in repeated and not _ended(trials, trial):
                self._on_orphan(trial.number, _notes(trial))
                again = copy.deepcopy(trial)
                again.user_attrs = {}
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                    RetryHeartbeatStaleTrialCallback()(self._study, again)

    def work(
        self, objective: Objective, *, trials: int | None, timeout_s: float = math.inf, most: float = math.inf
    ) -> None:
        """Run trials until the study has as many as asked for.

        Parameters
        ----------
        objective : callable
            See `Objective`.
        trials : int or None
            Of the study, earlier sessions and other workers included; None is every combination of a grid.
        timeout_s : float
            No new trial starts after this time, in seconds; the first always starts.
        most : float
            Trials that are run here at most.
        """
        wanted = self.spec.trials(trials)
        begun = time.monotonic()
        done = 0
        while done == 0 or (done < most and time.monotonic() - begun < timeout_s):
            trial = self._next(wanted, begun + timeout_s)
            if trial is None:
                return
            done += 1
            self._run(trial, objective)

    def _next(self, wanted: int, deadline: float) -> RunningTrial | None:
        """Next trial, waited for where another worker that still runs one may leave it; None if there will be none."""
        told = False
        while True:
            asked: tuple[RunningTrial | None, list[int]] = self._store.call(partial(self._ask, wanted))
            trial, running = asked
            if trial or not running:
                return trial
            if time.monotonic() >= deadline:
                return None
            if not told:
                told = True
                numbers = ", ".join(str(number) for number in running)
                notice(f"{self.spec.name}: nothing left to begin, waiting for the end of trial {numbers}")
            time.sleep(POLL_S)

    def _ask(self, wanted: int) -> tuple[RunningTrial | None, list[int]]:
        """Next trial, or None and the numbers of those that run."""
        with self._store.locked():
            self._recover()
            trials = self._study.get_trials(deepcopy=False)
            points = sum(RETRIED not in trial.system_attrs for trial in trials)
            if points >= wanted and not any(trial.state == TrialState.WAITING for trial in trials):
                return None, [trial.number for trial in trials if trial.state == TrialState.RUNNING]
            trial = self._study.ask()
            self._store.claim(trial)
            params: dict[str, Any] = {}
            for name, parameter in self.spec.space.items():
                if is_active(parameter, params):
                    params[name] = parameter.suggest(trial, name)
        return RunningTrial(trial, params, self._store), []

    def _run(self, running: RunningTrial, objective: Objective) -> None:
        try:
            with self._store.alive(running.trial_id):
                self._attempt(running, objective)
        except TrialLostError as error:
            notice(f"{self.spec.name}: trial {running.number}: {error}")

    def _attempt(self, running: RunningTrial, objective: Objective) -> None:
        try:
            found = objective(running)
            values = [finite(v, "as the result") for v in (found if isinstance(found, Sequence) else [found])]
        except TrialPruned:
            self._tell(running, TrialState.PRUNED)
        except TrainingError as error:
            running.note(REASON, str(error))
            self._tell(running, TrialState.FAIL)
        except TrialLostError:
            raise
        except BaseException:
            with suppress(RelaxnetError, TrialLostError):
                running.note(INTERRUPTED, True)
                self._tell(running, TrialState.FAIL)
            raise
        else:
            self._tell(running, TrialState.COMPLETE, values)

    def _tell(self, running: RunningTrial, state: Any, values: list[float] | None = None) -> None:
        def tell() -> None:
            if self._store.storage.get_trial(running.trial_id).state != TrialState.RUNNING:
                raise TrialLostError
            self._study.tell(running.number, values, state=state)

        self._store.update(tell)

    def records(self) -> tuple[TrialRecord, ...]:
        """Trials that ended by themselves."""
        trials = self._store.call(lambda: self._study.get_trials(deepcopy=False))
        return tuple(self._record(trial, trials) for trial in trials if _ended(trials, trial))

    def _record(self, trial: Any, trials: Sequence[Any]) -> TrialRecord:
        space = self.spec.space
        return TrialRecord(
            number=trial.number,
            params={name: p.decode(trial.params[name]) for name, p in space.items() if name in trial.params},
            state=STATES[trial.state],
            values=tuple(trial.values) if trial.state == TrialState.COMPLETE else (),
            reason=trial.user_attrs.get(REASON) or (_died(trials, trial) if trial.state == TrialState.FAIL else ""),
            steps=dict(trial.intermediate_values),
            notes=_notes(trial),
        )

    def result(self) -> SearchResult:
        """Outcome so far: of several objectives the compromise is the best.

        Raises
        ------
        TrainingError
            If no trial gave a finite value.
        """
        records = self.records()
        complete = [record for record in records if record.values]
        if not complete:
            reasons = "; ".join(sorted({record.reason for record in records if record.reason})) or "all pruned"
            raise TrainingError(
                f"search {self.spec.name}: none of {len(records)} trials gave a finite value ({reasons})"
            )
        if len(self.spec.objectives) > 1:
            best = compromise(pareto_front(complete))
        else:
            best = min(complete, key=lambda record: record.values[0])  # of equal ones the first
        return SearchResult(best, records, self.spec.study_name)


def open_store(storage: Path | str) -> Any:
    """Open a journal, or a database by its address."""
    if isinstance(storage, Path):
        from ._journal import JournalStore

        return JournalStore(storage)
    from ._database import DatabaseStore

    return DatabaseStore(storage)


def _ended(trials: Sequence[Any], trial: Any) -> bool:
    """Whether a trial ended by itself; one whose workers die again and again has ended, too."""
    if trial.state != TrialState.FAIL:
        return trial.state in STATES
    return REASON in trial.user_attrs or bool(_died(trials, trial))


def _died(trials: Sequence[Any], trial: Any) -> str:
    """Say that the workers of a failed trial died too often; empty if they did not."""
    chain = [trials[number] for number in trial.system_attrs.get(_HISTORY, ())] + [trial]
    deaths = sum(INTERRUPTED not in other.user_attrs for other in chain)
    return f"its worker died {deaths} times" if deaths >= MAX_DEATHS else ""


def _notes(trial: Any) -> dict[str, Any]:
    return {key: value for key, value in trial.user_attrs.items() if key not in (WORKER, REASON, INTERRUPTED)}
