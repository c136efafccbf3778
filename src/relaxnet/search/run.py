"""The search: ask, run, tell, one trial after the other, from wherever the journal left off."""

import hashlib
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.exceptions import TrialPruned as TrialPruned
from optuna.trial import TrialState
from tqdm import tqdm

from relaxnet.core.errors import InvalidInputError, TrainingError

from ._journal import open_study
from .records import SearchResult, State, TrialRecord
from .space import Space
from .space import fingerprint as space_fingerprint

Report = Callable[[int, float], None]
Objective = Callable[[Mapping[str, Any], Report], float]

REASON = "reason"  # set on trials that failed by themselves; interrupted and orphaned ones have none
STATES: dict[Any, State] = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


def run_search(
    objective: Objective,
    space: Space,
    *,
    study_name: str,
    fingerprint: str,
    storage: Path,
    trials: int,
    timeout_s: float,
    sampler_seed: int,
    startup_trials: int = 5,
) -> SearchResult:
    """Minimise an objective with TPE and median pruning.

    The study lives in a journal file and goes on where it stopped: what an earlier session finished counts
    towards ``trials``, a trial that was interrupted is run again.  The seed of each trial follows from
    ``sampler_seed`` and the number of trials before, so that an interrupted search takes the same course as
    one that was not.  One process at a time may run a study.

    Parameters
    ----------
    objective : callable
        Gets the parameters and ``report(step, value)``, which raises `TrialPruned` when the trial is to stop
        (let it pass).  A result that is not finite, or a `TrainingError`, fails the trial and the search goes
        on; any other exception ends the search.
    space : mapping of str to ParameterConfig
        What to search: at least one parameter.
    fingerprint : str
        Whatever else a value depends on (data hash, epochs, ...); with the space and the seed it is hashed
        into the study's name, so that trials of different kinds never mix.
    storage : Path
        The journal file.
    trials : int
        Number of trials of the study, earlier sessions included.
    timeout_s : float
        No new trial starts after this time of this session, in seconds; the first always starts.
    startup_trials : int
        Trials that are drawn at random, and before which none is pruned.

    Raises
    ------
    InvalidInputError
        For an empty space.
    DataFileError
        If the journal cannot be used.
    TrainingError
        If no trial gave a finite value.
    """
    if not space:
        raise InvalidInputError("space", "(empty)", "at least one parameter")
    distributions = {parameter: config.distribution() for parameter, config in space.items()}
    key = hashlib.sha256(f"{space_fingerprint(space)}|{fingerprint}|{sampler_seed}".encode()).hexdigest()
    name = f"{study_name}-{key[:12]}"
    pruner = optuna.pruners.MedianPruner(startup_trials, n_warmup_steps=1, interval_steps=1, n_min_trials=1)
    study = open_study(storage, name, pruner)
    done = len(_records(study, space))
    started = time.monotonic()
    with tqdm(total=trials, initial=min(done, trials), desc=study_name, unit="trial") as bar:
        for index in range(done, trials):
            if index > done and time.monotonic() - started >= timeout_s:
                break
            study.sampler = _sampler(sampler_seed, index, startup_trials)
            _run_trial(study, space, distributions, objective)
            bar.update()
            values = [trial.value for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))]
            if values:
                bar.set_postfix(best=f"{min(values):.4g}", refresh=False)
    records = _records(study, space)
    complete = [(record.value, record) for record in records if record.value is not None]
    if not complete:
        reasons = "; ".join(sorted({record.reason for record in records if record.reason})) or "all pruned"
        raise TrainingError(f"search {study_name}: none of {len(records)} trials gave a finite value ({reasons})")
    value, best = min(complete, key=lambda pair: pair[0])  # of equal ones the first
    return SearchResult(best.params, value, records, name)


def _sampler(seed: int, index: int, startup_trials: int) -> Any:
    state = np.random.SeedSequence([seed, index]).generate_state(1)[0]
    kind = {"n_ei_candidates": 24, "multivariate": True, "group": False, "constant_liar": False}
    return optuna.samplers.TPESampler(n_startup_trials=startup_trials, seed=int(state), **kind)


def _run_trial(study: Any, space: Space, distributions: dict[str, Any], objective: Objective) -> None:
    trial = study.ask(distributions)

    def report(step: int, value: float) -> None:
        trial.report(_finite(value, f"at step {step}"), step)
        if trial.should_prune():
            raise TrialPruned

    try:
        study.tell(trial, _finite(objective(_decoded(space, trial.params), report), "as the result"))
    except TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except TrainingError as error:
        trial.set_user_attr(REASON, str(error))
        study.tell(trial, state=TrialState.FAIL)
    except BaseException:
        study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)
        raise


def _finite(value: float, where: str) -> float:
    if not math.isfinite(value):
        raise TrainingError(f"{float(value)} {where}")
    return float(value)


def _records(study: Any, space: Space) -> tuple[TrialRecord, ...]:
    """Trials that ended by themselves."""
    return tuple(
        TrialRecord(
            number=trial.number,
            params=_decoded(space, trial.params),
            state=STATES[trial.state],
            value=trial.value if trial.state == TrialState.COMPLETE else None,
            reason=trial.user_attrs.get(REASON, ""),
        )
        for trial in study.get_trials(deepcopy=False)
        if trial.state in STATES and (trial.state != TrialState.FAIL or REASON in trial.user_attrs)
    )


def _decoded(space: Space, stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parameter.decode(stored[name]) for name, parameter in space.items() if name in stored}
