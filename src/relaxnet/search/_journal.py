"""The journal of a study: one line of JSON per event, appended under a lock."""

import json
import logging
import os
import shlex
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.storages.journal._file import LOCK_FILE_SUFFIX
from optuna.trial import TrialState

from relaxnet.core.errors import DataFileError, first_line

LOCK_GRACE_S = 10  # a lock left by a process that died is broken after this
_BEGINNING = b'{"op_code":'


def open_study(file: Path, name: str, pruner: Any) -> Any:
    """Study ``name`` in the journal ``file``, made if it is new; trials that a dead process left are failed.

    Raises
    ------
    DataFileError
        If the file cannot be read or written, or is no journal; it stays as it is.
    """
    optuna.logging.set_verbosity(logging.WARNING)
    path = file.absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = JournalFileOpenLock(str(path), grace_period=LOCK_GRACE_S)
        backend = JournalFileBackend(str(path), lock_obj=lock)
        _break_old_lock(path)
        lock.acquire()
        try:
            _mend_end(path)
        finally:
            lock.release()
        study = optuna.create_study(
            study_name=name, storage=JournalStorage(backend), direction="minimize", pruner=pruner, load_if_exists=True
        )
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            study.tell(trial.number, state=TrialState.FAIL)
    except DataFileError:
        raise
    except OSError as error:
        raise DataFileError(f"{file}: cannot be used as search journal ({error.strerror or error})") from error
    except Exception as error:  # events that are not those of a study fail anywhere in Optuna
        raise _no_journal(path, first_line(error)) from error
    return study


def _break_old_lock(path: Path) -> None:
    """Remove the lock of a process that died long ago: one is held for the time of a write only."""
    lock = Path(f"{path}{LOCK_FILE_SUFFIX}")
    with suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime > LOCK_GRACE_S:
            lock.unlink()


def _mend_end(path: Path) -> None:
    """Cut off a last line that a dying process left half-written, for which Optuna would refuse the file.

    All others must be events: nothing is cut off another file.
    """
    content = path.read_bytes()
    *lines, rest = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not _is_event(line):
            raise _no_journal(path, f"line {number} is no event of a search")
    if not rest:
        return
    if _is_event(rest):  # all but the end of its line
        with path.open("ab") as stream:
            stream.write(b"\n")
    elif rest.startswith(_BEGINNING) or _BEGINNING.startswith(rest):
        os.truncate(path, len(content) - len(rest))
    else:
        raise _no_journal(path, "its last line is no event of a search")


def _is_event(line: bytes) -> bool:
    try:
        event = json.loads(line)
    except ValueError:
        return False
    return isinstance(event, dict) and isinstance(event.get("op_code"), int) and "worker_id" in event


def _no_journal(file: Path, reason: str) -> DataFileError:
    free = next(path for number in count(1) if not (path := file.with_name(f"{file.name}.{number}")).exists())
    command = shlex.join(["mv", str(file), str(free)])
    return DataFileError(f"{file}: no search journal, or a damaged one ({reason}); to start anew: {command}")
