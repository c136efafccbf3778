"""One change of a registered model at a time: MLflow has no compare-and-set for aliases.

With a store in an SQLite file the lock is a file beside it, which the operating system releases if its holder dies.
Anywhere else it is a registered model ``<name>.lock``: a name can be made only once, whoever asks.
"""

from __future__ import annotations

import getpass
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from relaxnet.core.errors import TrackingError
from relaxnet.tracking.uri import sqlite_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from relaxnet.tracking.tracker import Tracker

SUFFIX = ".lock"
STALE_S = 900.0  # longer than any promotion takes
HOLDER, SINCE, TOKEN = "lock.holder", "lock.since", "lock.token"

StillHeld = Callable[[], None]


def who() -> str:
    """User and host, for records."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


@contextmanager
def sole_promoter(tracker: Tracker, name: str) -> Iterator[StillHeld]:
    """Keep others from changing the aliases of a registered model.

    Yields a function to be called right before a change: a `TrackingError` if the lock is no longer ours.

    Raises
    ------
    TrackingError
        At once, if another process is at it.
    """
    file = sqlite_file(tracker.uri)
    if file is None:
        with _registered_lock(tracker, name) as still_held:
            yield still_held
        return
    from filelock import FileLock, Timeout

    lock = FileLock(file.with_name(f"{file.name}.{name}{SUFFIX}"), fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise TrackingError(_busy(name, "another process")) from None
    except OSError:
        pass  # a file system without locks
    try:
        yield lambda: None
    finally:
        if lock.is_locked:
            with suppress(OSError):
                os.unlink(lock.lock_file)  # noqa: PTH108
            lock.release()


@contextmanager
def _registered_lock(tracker: Tracker, name: str) -> Iterator[StillHeld]:
    token = uuid.uuid4().hex
    holder = f"{who()} process {os.getpid()}"
    tags = {HOLDER: holder, SINCE: repr(time.time()), TOKEN: token}
    lock = f"{name}{SUFFIX}"
    with tracker.calls(f"lock the model {name}") as client:
        if not _made(client, lock, tags):
            found = _tags(client, lock)
            if not _is_stale(found):
                raise TrackingError(_busy(name, found.get(HOLDER, "another process")))
            with suppress(Exception):  # another one has broken it too
                client.delete_registered_model(lock)
            if not _made(client, lock, tags):
                raise TrackingError(_busy(name, _tags(client, lock).get(HOLDER, "another process")))

    def still_held() -> None:
        with tracker.calls(f"see to the lock of the model {name}") as client:
            found = _tags(client, lock)
        if found.get(TOKEN) != token:
            raise TrackingError(
                f"{name}: this promotion took too long and lost its lock; nothing is changed, try again"
            )

    try:
        yield still_held
    finally:
        with suppress(Exception), tracker.calls(f"unlock the model {name}") as client:
            if _tags(client, lock).get(TOKEN) == token:
                client.delete_registered_model(lock)


def _made(client: MlflowClient, lock: str, tags: dict[str, str]) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(lock, tags=tags, description="Someone is changing the aliases of this model.")
    except MlflowException as error:
        if error.error_code == "RESOURCE_ALREADY_EXISTS":
            return False
        raise
    return True


def _tags(client: MlflowClient, lock: str) -> dict[str, str]:
    from mlflow.exceptions import MlflowException

    try:
        return {str(key): str(value) for key, value in client.get_registered_model(lock).tags.items()}
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}
        raise


def _is_stale(tags: dict[str, str]) -> bool:
    """Whether its holder is a process of this machine that is gone, or any that has had the time to end."""
    host, _, process = tags.get(HOLDER, "").rpartition(" process ")
    if host == who() and process.isdigit():
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
    try:
        return time.time() - float(tags.get(SINCE, "nan")) > STALE_S
    except ValueError:
        return False


def _busy(name: str, holder: str) -> str:
    return f"{name}: its aliases are being changed by {holder}; nothing is changed here, try again when it is done"
