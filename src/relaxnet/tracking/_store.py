"""Whether the tracking store can be used, and its errors as ours."""

import os
import socket
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path

import mlflow
import requests
from alembic.config import Config
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from relaxnet.core.errors import TrackingError

from ._places import update_locations
from .uri import advice, is_remote, one_line, own_database, redacted, sqlite_file, sqlite_uri

CONNECT_TIMEOUT_S = 4.0
DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}


@contextmanager
def translated(uri: str, doing: str) -> Iterator[None]:
    """Turn whatever MLflow and its transports raise into one `TrackingError` that says what was tried."""
    try:
        yield
    except (MlflowException, requests.RequestException, SQLAlchemyError, OSError) as error:
        raise TrackingError(f"MLflow store {redacted(uri)}: cannot {doing} ({one_line(error)})") from error


def open_store(uri: str, root: Path) -> MlflowClient:
    """Client of a store that can be used and, if it is the own one of the project at ``root``, finds its artifacts."""
    escape_path_of_migrations()
    check_reachable(uri)
    try:
        client = MlflowClient(tracking_uri=uri)
        if sqlite_file(uri) == own_database(root):
            update_locations(own_database(root))
    except Exception as error:  # a damaged database fails anywhere in MLflow, SQLAlchemy or alembic
        raise TrackingError(f"MLflow store {redacted(uri)}: {one_line(error)}; {advice(uri)}") from error
    return client


@lru_cache(maxsize=1)
def escape_path_of_migrations() -> None:
    """Let MLflow find its migrations where it is installed in a folder with ``%`` in its name.

    It hands the path to alembic, which interpolates it, as it is; the URI of the database it does escape.
    """
    usual = Config.set_main_option

    def escaped(config: Config, name: str, value: str) -> None:
        usual(config, name, value.replace("%", "%%") if name == "script_location" else value)

    if "%" in mlflow.__file__:
        Config.set_main_option = escaped  # type: ignore[method-assign, assignment]


def check_reachable(uri: str) -> None:
    """See within seconds whether the database can be used (MLflow itself would retry for minutes)."""
    if is_remote(uri) or "://" not in uri:
        return  # the first request tells
    try:
        file = sqlite_file(uri)
        if file is not None and file.exists():
            _check_sqlite(file)
        elif file is not None:
            _make_sqlite(file)
        elif (url := make_url(uri)).host:
            port = url.port or DEFAULT_PORTS.get(url.get_backend_name())
            if port:
                socket.create_connection((url.host, port), CONNECT_TIMEOUT_S).close()
    except (MlflowException, SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or one_line(error)
        raise TrackingError(f"MLflow store {redacted(uri)}: cannot be used ({reason}); {advice(uri)}") from error


def _check_sqlite(file: Path) -> None:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=CONNECT_TIMEOUT_S)) as database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        database.rollback()


def _make_sqlite(file: Path) -> None:
    """Make the database aside, then give it its name: neither a Ctrl-C nor a second process can spoil it."""
    if not os.access(file.parent, os.W_OK):
        raise PermissionError(13, f"folder {file.parent} is missing or cannot be written")
    with tempfile.TemporaryDirectory(prefix=f"{file.name}.", dir=file.parent) as folder:
        aside = Path(folder, file.name)
        MlflowClient(tracking_uri=sqlite_uri(aside))
        try:
            os.link(aside, file)
        except FileExistsError:
            return  # another process was first
        except OSError:  # a file system without links
            aside.replace(file)
