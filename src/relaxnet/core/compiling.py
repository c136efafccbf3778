"""How numba kernels are compiled, and where the result is kept: in a folder named after all that their module imports.

Numba's own cache looks at one file only: a kernel would go on with the old code of a function that it calls in another.
"""

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import numba
from numba.core import event

from .fingerprint import code_fingerprint

_config_lock = Lock()


def kernel(package: str, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorator: `numba.njit` whose result is kept with that of ``package``, and which runs without Python's lock."""

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = numba.njit(nogil=True, **options)(function)
        folder = cache_folder(package, function.__module__)
        if folder and not numba.config.DISABLE_JIT:
            with _config_lock:  # numba looks here at this moment only; the setting is everybody's, so put it back
                theirs, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(folder)
                try:
                    compiled.enable_caching()
                finally:
                    numba.config.CACHE_DIR = theirs
        return compiled

    return decorate


@cache
def cache_folder(package: str, module: str = "") -> Path | None:
    """Where the compiled kernels of a package, and of a module elsewhere that calls them, are kept.

    The first that can be written: where ``NUMBA_CACHE_DIR`` says, beside the package, in the user's cache, in a
    temporary folder of the user's own.  Not beside the sources that a stored model brings: MLflow loads them from a
    folder that is to stay as it is, or that is new each time.
    """
    name = f"kernels-{code_fingerprint(package, module or package)}"
    users = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "relaxnet")
    of_model = Path(__file__).parents[3] / "MLmodel"
    beside = None if of_model.is_file() else Path(str(import_module(package).__file__)).parents[1] / "__pycache__"
    for parent in filter(None, (numba.config.CACHE_DIR, beside, users, _temporary_folder)):
        with suppress(OSError, RuntimeError):  # the latter where there is no home
            folder = Path(parent() if callable(parent) else parent, name).expanduser()
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
            return folder
    return None


def _temporary_folder() -> Path:
    """Folder for this user among the temporary files; another's is an `OSError`, as what it holds is executed."""
    user = str(os.getuid()) if hasattr(os, "getuid") else ""
    folder = Path(tempfile.gettempdir(), f"relaxnet-{user}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if user and (not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022):
        raise PermissionError(f"{folder}: not ours alone")
    return folder


class _Announcement(event.Listener):  # type: ignore[misc]  # numba has no types
    """Says when numba begins to compile, the first time."""

    made = False

    def __init__(self, package: str, what: str, duration: str) -> None:
        self.package, self.what, self.duration = package, what, duration

    def on_start(self, event: Any) -> None:  # noqa: ARG002
        if not self.made:
            self.made = True
            often = "once" if cache_folder(self.package) else "each time, as no folder can be written to keep it"
            print(f"relaxnet: compiling {self.what} ({self.duration}, {often})", file=sys.stderr, flush=True)

    def on_end(self, event: Any) -> None:
        """Nothing is said at the end."""


@contextmanager
def announced(package: str, what: str, duration: str) -> Iterator[None]:
    """Say on stderr if kernels of ``package`` are compiled within this block: it takes ``duration``, once."""
    with event.install_listener("numba:compile", _Announcement(package, what, duration)):
        yield
