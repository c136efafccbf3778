"""Addresses of tracking stores, and their errors in one line without credentials."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from relaxnet.core.errors import first_line

LOCAL_UI = "http://127.0.0.1:5000"  # of `make ui`


def tracking_uri(root: Path) -> str:
    """``MLFLOW_TRACKING_URI``, else the SQLite file of the project."""
    return os.environ.get("MLFLOW_TRACKING_URI", "").strip() or f"sqlite:///{root / 'mlruns.db'}"


def is_remote(uri: str) -> bool:
    """Whether a server, not this process, keeps the artifacts."""
    return urlsplit(uri).scheme in {"http", "https"} or uri.startswith("databricks")


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
    if not uri.startswith("sqlite:"):
        return None
    from sqlalchemy.engine import make_url

    name = make_url(uri).database
    return Path(name).absolute() if name and name != ":memory:" else None


def advice(uri: str) -> str:
    """Say what to do about a store that cannot be used."""
    if uri.startswith("sqlite:"):
        return "free or repair the file, or move it aside: a new one is made"
    return "start the server, or unset MLFLOW_TRACKING_URI to log to the project's own SQLite file"
