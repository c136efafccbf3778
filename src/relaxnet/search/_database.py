"""A PostgreSQL database with the trials of searches, for workers on several machines."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage, fail_stale_trials
from optuna.trial import TrialState
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from relaxnet.core.errors import SearchStorageError, require_extra
from relaxnet.tracking.uri import one_line, redacted

from ._stores import BEAT_S, LEASE_S, WORKER, Store

CONNECT_S = 4
PATIENCE_S = 20.0  # with a server that is being restarted
PAUSE_S = 1.0
_ASKING = 7_226_519  # key of the lock; any number that nothing else in the database uses
Result = TypeVar("Result")


class DatabaseStore(Store):
    """The database at ``address``, ``postgresql://user@host:port/name``.

    Raises
    ------
    SearchStorageError
        If it cannot be reached; the message has neither user nor password.
    """

    def __init__(self, address: str) -> None:
        require_extra("a search in PostgreSQL", "postgresql", "psycopg2")
        self._shown = redacted(address)
        url = make_url(address).set(drivername="postgresql+psycopg2")
        options: dict[str, Any] = {"pool_pre_ping": True, "connect_args": {"connect_timeout": CONNECT_S}}
        self._engine = create_engine(url, **options)
        try:
            with self._engine.connect():  # told at once, without patience
                pass
        except SQLAlchemyError as error:
            raise self._unusable(error) from None
        self.storage = self.call(lambda: self._open(url.render_as_string(hide_password=False), options))

    def _open(self, url: str, options: dict[str, Any]) -> RDBStorage:
        with self.locked(), _experimental():  # two processes that make the same tables get in each other's way
            return RDBStorage(url, options, heartbeat_interval=BEAT_S, grace_period=LEASE_S)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """See `Store`; the server takes the lock from who is gone."""
        with self._engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ASKING})
            yield

    def call(self, action: Callable[[], Result]) -> Result:
        """See `Store`; what a server that is restarted refuses is tried again."""
        begun = time.monotonic()
        while True:
            try:
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", "Heartbeat of storage is supposed to be used with", UserWarning)
                    return action()
            except (StorageInternalError, SQLAlchemyError) as error:
                if time.monotonic() - begun > PATIENCE_S:
                    raise self._unusable(error) from error
            time.sleep(PAUSE_S)

    def _unusable(self, error: BaseException) -> SearchStorageError:
        cause = error.__cause__ if isinstance(error, StorageInternalError) and error.__cause__ else error
        reason = one_line(cause.orig if isinstance(cause, DBAPIError) and cause.orig else cause)
        return SearchStorageError(
            f"search storage {self._shown}: cannot be used ({reason}); start the server, or set storage to null"
        )

    def claim(self, trial: Any) -> None:
        """See `Store`."""
        self.storage.record_heartbeat(trial._trial_id)
        trial.set_user_attr(WORKER, True)

    def renew(self, trial_id: int) -> None:
        """See `Store`."""
        self.storage.record_heartbeat(trial_id)

    def fail_orphans(self, study: Any) -> None:
        """See `Store`: by Optuna's heartbeats, and what died before its first one, as both are done in one lock."""
        with _experimental():
            fail_stale_trials(study)
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if WORKER not in trial.user_attrs:
                study.tell(trial.number, state=TrialState.FAIL)

    def close(self) -> None:
        """Let the connections go."""
        self._engine.dispose()
        self.storage.engine.dispose()


@contextmanager
def _experimental() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield
