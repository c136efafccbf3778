"""One change of a registered model's aliases at a time: MLflow has no compare-and-set for them.

The lock is a registered model ``<name>.lock``: of all that ask the store for a new name, one gets it, whether they
reach the store as a file, as a database or through a server.
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

    Yields a function to be called right before a change: a `TrackingError` if the lock is no longer ours.  The lock of
    a process of this machine that is gone is broken, and any other after `STALE_S`.

    Raises
    ------
    TrackingError
        At once, if another process is at it.
    """
    lock, token = f"{name}{SUFFIX}", uuid.uuid4().hex
    tags = {HOLDER: f"{who()} process {os.getpid()}", SINCE: repr(time.time()), TOKEN: token}
    with tracker.calls(f"lock the model {name}") as client:
        if not _made(client, lock, tags):
            if _is_stale(_tags(client, lock)):
                with suppress(Exception):  # another one has broken it too
                    client.delete_registered_model(lock)
                _made(client, lock, tags)
            found = _tags(client, lock)
            if found.get(TOKEN) != token:
                holder = found.get(HOLDER, "another process")
                raise TrackingError(f"{name}: its aliases are being changed by {holder}; nothing is changed here")

    def still_held() -> None:
        with tracker.calls(f"read the lock of the model {name}") as client:
            found = _tags(client, lock)
        if found.get(TOKEN) != token:
            raise TrackingError(f"{name}: this promotion took too long and lost its lock; nothing is changed")

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
        except (ProcessLookupError, PermissionError):  # gone, or the number is another user's process by now
            return True
    try:
        return time.time() - float(tags.get(SINCE, "nan")) > STALE_S
    except ValueError:
        return False
