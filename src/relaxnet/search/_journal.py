"""The journal of a study: one line of JSON per event, appended under a lock, and a lease for each worker."""

from __future__ import annotations

import json
import os
import shlex
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import psutil
from filelock import FileLock, Timeout
from optuna.exceptions import OptunaError
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.storages.journal._file import LOCK_FILE_SUFFIX
from optuna.trial import TrialState

from relaxnet.core.errors import DataFileError, RelaxnetError, first_line

from ._stores import LEASE_S, WORKER, Store, TrialLostError

LOCK_GRACE_S = 3  # a lock of Optuna's is held for the time of a write only
PATIENCE_S = 60.0  # for our locks, which the system takes from a dead process
_BEGINNING = b'{"op_code":'
Result = TypeVar("Result")


class JournalStore(Store):
    """The journal ``file``, for workers on one machine, or on several with a common disk.

    Raises
    ------
    DataFileError
        If the file cannot be read or written, or is no journal; it stays as it is.
    """

    def __init__(self, file: Path) -> None:
        self._file = file.absolute()
        self._leases = self._file.with_name(f"{self._file.name}.leases")
        self._own = _identity()
        self._lease = self._leases / f"{socket.gethostname()}-{os.getpid()}"
        self._seen: dict[int, tuple[int | None, float]] = {}
        self.storage = self.call(self._open)

    def _open(self) -> JournalStorage:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        lock = _MendingLock(self._file)
        backend = JournalFileBackend(str(self._file), lock_obj=lock)
        lock.acquire()
        try:
            _check(self._file)
        finally:
            lock.release()
        return JournalStorage(backend)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """See `Store`."""
        with _held(FileLock(f"{self._file}.ask"), self._file):
            yield

    def call(self, action: Callable[[], Result]) -> Result:
        """See `Store`; whatever is no journal fails anywhere in Optuna."""
        try:
            return action()
        except (RelaxnetError, OptunaError, TrialLostError):
            raise
        except OSError as error:
            reason = error.strerror or error
            raise DataFileError(f"{self._file}: cannot be used as search journal ({reason})") from error
        except Exception as error:
            raise _no_journal(self._file, first_line(error)) from error

    def claim(self, trial: Any) -> None:
        """See `Store`."""
        self._leases.mkdir(exist_ok=True)
        self._lease.touch()
        trial.set_user_attr(WORKER, {**self._own, "lease": self._lease.name})

    def renew(self, _trial_id: int) -> None:
        """See `Store`: the lease is a file, so that the journal does not grow by signs of life."""
        self._lease.touch()

    def close(self) -> None:
        """Give the lease back."""
        with suppress(OSError):
            self._lease.unlink()

    def fail_orphans(self, study: Any) -> None:
        """See `Store`."""
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if self._is_orphan(trial):
                study.tell(trial.number, state=TrialState.FAIL)
                with suppress(OSError, KeyError):
                    (self._leases / trial.user_attrs[WORKER]["lease"]).unlink()

    def _is_orphan(self, trial: Any) -> bool:
        """Whether a worker is gone: on this machine by its process, on another by a lease that is not renewed.

        No clocks are compared: a lease has run out if it has stayed the same for that long while this process watched.
        """
        worker = trial.user_attrs.get(WORKER)
        if worker is None:  # it died before it could say who it was, as both are done in one lock
            return True
        if worker["host"] == self._own["host"] and not _is_running(worker["pid"], worker["started"]):
            return True
        try:
            renewed = (self._leases / worker["lease"]).stat().st_mtime_ns
        except OSError:
            renewed = None
        before, since = self._seen.get(trial.number, (None, None))
        if since is None or renewed != before:
            self._seen[trial.number] = renewed, time.monotonic()
            return False
        return time.monotonic() - since > LEASE_S


def _identity() -> dict[str, Any]:
    """Who this process is: a machine, or rather what numbers the processes there, a number, and when it began."""
    space = Path("/proc/self/ns/pid")
    inside = f":{space.stat().st_ino}" if space.exists() else ""
    process = psutil.Process()
    return {"host": f"{socket.gethostname()}{inside}", "pid": process.pid, "started": process.create_time()}


def _is_running(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        gone = process.status() == psutil.STATUS_ZOMBIE or abs(process.create_time() - started) > 2.0
        return not gone
    except psutil.Error:
        return False


class _MendingLock(JournalFileOpenLock):  # type: ignore[misc]  # Optuna is not followed by mypy
    """Optuna's lock, for one process of ours at a time, so that one of its own that is left behind is a dead one's.

    Who gets it finds a file that ends with a whole line.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(str(file), grace_period=LOCK_GRACE_S)
        self._journal, self._turn = file, FileLock(f"{file}.turn")

    def acquire(self) -> bool:
        """Wait for our turn, then for Optuna's lock."""
        self._turn.acquire(timeout=PATIENCE_S)
        try:
            left = Path(f"{self._journal}{LOCK_FILE_SUFFIX}")
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > LOCK_GRACE_S:
                    left.unlink()
            super().acquire()
            _mend_end(self._journal)
        except BaseException:
            self._turn.release()
            raise
        return True

    def release(self) -> None:
        """Give both back."""
        try:
            super().release()
        finally:
            self._turn.release()


@contextmanager
def _held(lock: FileLock, journal: Path) -> Iterator[None]:
    try:
        lock.acquire(timeout=PATIENCE_S)
    except Timeout:
        raise DataFileError(f"{journal}: another process has held {lock.lock_file} for {PATIENCE_S:.0f} s") from None
    try:
        yield
    finally:
        lock.release()


def _check(path: Path) -> None:
    """Raise `DataFileError` unless every line is an event: nothing is cut off another file."""
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        if not _is_event(line):
            raise _no_journal(path, f"line {number} is no event of a search")


def _mend_end(path: Path) -> None:
    """Cut off a last line that a dying process left half-written, for which Optuna would refuse the file."""
    with path.open("r+b") as stream:
        end = stream.seek(0, os.SEEK_END)
        if end == 0:
            return
        stream.seek(end - 1)
        if stream.read(1) == b"\n":
            return
        stream.seek(0)
        rest = stream.read().rpartition(b"\n")[2]
        if _is_event(rest):  # all but the end of its line
            stream.write(b"\n")
        elif rest.startswith(_BEGINNING) or _BEGINNING.startswith(rest):
            stream.truncate(end - len(rest))
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
