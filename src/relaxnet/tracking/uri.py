"""Addresses of tracking stores, and their errors in one line without credentials."""

import os
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

from relaxnet.core.errors import InvalidInputError, first_line

VARIABLE = "MLFLOW_TRACKING_URI"
LOCAL_UI = "http://127.0.0.1:5000"  # of `make ui`
DATABASES = ("sqlite", "postgresql", "mysql", "mssql")


def tracking_uri(root: Path) -> str:
    """``MLFLOW_TRACKING_URI``, else the SQLite file of the project.

    Raises
    ------
    InvalidInputError
        If the variable names no store that MLflow can use: a folder, or a scheme that does not exist.
    """
    uri = os.environ.get(VARIABLE, "").strip()
    if not uri:
        return sqlite_uri(own_database(root))
    if not _is_store(uri):
        allowed = f"the address of a server (http://HOST:PORT) or of a database ({', '.join(DATABASES)}), or unset"
        raise InvalidInputError(VARIABLE, redacted(uri), allowed)
    file = sqlite_file(uri)
    # a relative path would mean another file to a process in another folder
    return sqlite_uri(file) if file and is_relative_sqlite(uri) else uri


def _is_store(uri: str) -> bool:
    scheme, _, rest = uri.partition(":")
    if scheme in ("http", "https"):
        return bool(urlsplit(uri).hostname)
    if uri == "databricks" or scheme == "databricks":
        return True
    if scheme.partition("+")[0] not in DATABASES or not rest.startswith("//"):
        return False
    return not scheme.startswith("sqlite") or sqlite_file(uri) is not None


def own_database(root: Path) -> Path:
    """Store of a project, unless ``MLFLOW_TRACKING_URI`` names another."""
    return root / "mlruns.db"


def sqlite_uri(file: Path) -> str:
    """Address of an SQLite file, whatever characters its path has.

    Examples
    --------
    >>> sqlite_uri(Path("/a b/runs.db")), sqlite_uri(Path("/100%?/runs.db"))
    ('sqlite:////a b/runs.db', 'sqlite+pysqlite:////100%25%3F/runs.db')
    """
    quoted = str(file).replace("%", "%25").replace("?", "%3F")
    # by the name of its driver, because MLflow makes a folder of the quoted name for a plain "sqlite:"
    return f"sqlite:///{file}" if quoted == str(file) else f"sqlite+pysqlite:///{quoted}"


def is_remote(uri: str) -> bool:
    """Whether a server, not this process, keeps the artifacts."""
    return urlsplit(uri).scheme in {"http", "https"} or uri.startswith("databricks")


def ui_address(uri: str) -> str:
    """Where the MLflow UI of a store is: on the server, or where ``make ui`` starts it."""
    return redacted(uri).rstrip("/") if uri.startswith(("http://", "https://")) else LOCAL_UI


def redacted(text: str) -> str:
    """Text without the user names, passwords and queries of the URIs in it."""
    without_user = re.sub(r"(?<=://)[^/\s]*@", "", text)
    return re.sub(r"(://[^\s?]*)\?\S*", r"\1", without_user)


def one_line(error: BaseException) -> str:
    """First line of an error's message, shortened, without credentials."""
    line = redacted(first_line(error))
    line = re.sub(r"API request to \S+ failed with exception.*", "the server does not answer", line)
    return line if len(line) <= 240 else f"{line[:237]}..."


def sqlite_file(uri: str) -> Path | None:
    """File of an SQLite store."""
    if not is_sqlite(uri):
        return None
    from sqlalchemy.engine import make_url

    name = make_url(uri).database
    return Path(name).absolute() if name and name != ":memory:" else None


def is_sqlite(uri: str) -> bool:
    """Whether a store is an SQLite file, with or without the name of a driver."""
    return uri.startswith(("sqlite:", "sqlite+"))


def is_relative_sqlite(uri: str) -> bool:
    """Whether the address of an SQLite file holds a relative path."""
    return is_sqlite(uri) and bool(re.match(r"[^:]+:///[^/]", uri))


def advice(uri: str) -> str:
    """Say what to do about a store that cannot be used."""
    if file := sqlite_file(uri):
        command = shlex.join(["mv", str(file), f"{file}.broken"])
        return f"free or repair the file, or move it aside for a new one: `{command}`"
    return f"start the server, or unset {VARIABLE} to log to the project's own SQLite file"
