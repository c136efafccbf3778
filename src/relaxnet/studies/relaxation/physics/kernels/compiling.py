"""How kernels are compiled, and where the result is kept: in a folder named after all that their module imports.

Numba's own cache looks at one file only: a kernel would go on with the old code of a function that it calls in another.

No kernel of the simulator may be given ``fastmath``: IEEE arithmetic in the order of the source gives the same bits
whatever the processor, the width of its registers and the place of the arrays in memory.  A compiler that may reorder
or fuse does so otherwise in vector code than in scalar code, and chooses between the two at run time.
"""

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numba
from numba.core import event

from relaxnet.core.fingerprint import code_fingerprint

_config_lock = Lock()


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorator: `numba.njit` whose result is kept on disk, and which runs without Python's lock."""

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = numba.njit(nogil=True, **options)(function)
        folder = cache_folder(function.__module__)
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
def cache_folder(module: str = __package__) -> Path | None:
    """Where the compiled kernels of a module are kept.

    The first that can be written: where ``NUMBA_CACHE_DIR`` says, beside the sources, in the user's cache, in a
    temporary folder of the user's own.  Not beside the sources that a stored model brings: MLflow loads them from a
    folder that is to stay as it is, or that is new each time.
    """
    name = f"kernels-{code_fingerprint(__package__, module)}"
    users = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "relaxnet")
    of_model = Path(__file__).parents[6] / "MLmodel"
    beside = None if of_model.is_file() else Path(__file__).parents[1] / "__pycache__"
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


class _Announcement(event.Listener):
    """Says when numba begins to compile, the first time."""

    made = False

    def on_start(self, event: Any) -> None:  # noqa: ARG002
        if not self.made:
            self.made = True
            often = "once" if cache_folder() else "each time, as no folder can be written to keep it"
            print(f"relaxnet: compiling the simulator (some 20 s, {often})", file=sys.stderr, flush=True)

    def on_end(self, event: Any) -> None:
        """Nothing is said at the end."""


@contextmanager
def announced() -> Iterator[None]:
    """Say on stderr if kernels are compiled within this block: it takes seconds, once."""
    with event.install_listener("numba:compile", _Announcement()):
        yield
