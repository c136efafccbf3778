"""The journal of a study: one line of JSON per event, appended under a lock."""

import logging
import os
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import TrialState

from relaxnet.core.errors import DataFileError

LOCK_GRACE_S = 10  # a lock left by a process that died is broken after this


def open_study(file: Path, name: str, pruner: Any) -> Any:
    """Study ``name`` in the journal ``file``, made if it is new; trials that a dead process left are failed."""
    optuna.logging.set_verbosity(logging.WARNING)
    path = file.absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = JournalFileOpenLock(str(path), grace_period=LOCK_GRACE_S)
        backend = JournalFileBackend(str(path), lock_obj=lock)
        _drop_torn_end(path, lock)
        study = optuna.create_study(
            study_name=name, storage=JournalStorage(backend), direction="minimize", pruner=pruner, load_if_exists=True
        )
    except (OSError, ValueError, KeyError) as error:
        raise DataFileError(f"{file}: not a usable search journal ({error}); move it aside to start anew") from error
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def _drop_torn_end(path: Path, lock: JournalFileOpenLock) -> None:
    """Cut off a last line that a dying process left half-written; Optuna would refuse the file for it."""
    lock.acquire()
    try:
        content = path.read_bytes()
        os.truncate(path, content.rfind(b"\n") + 1)
    finally:
        lock.release()
