"""How kernels are compiled, and where the result is kept: in a folder named after all of their sources.

Numba's own cache looks at one file only: a kernel would go on with the old code of a function that it calls in another.
And a kernel that a process has just compiled rounds otherwise, in the last bits, than the same kernel loaded from the
cache: so that the same parameters give the same bytes everywhere, another process compiles.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import Any

import numba
from numba.core.registry import cpu_target

from relaxnet.core.fingerprint import code_fingerprint

_COMPILING = "RELAXNET_COMPILING"
_config_lock = Lock()


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorator: `numba.njit` whose result is kept on disk, and which runs without Python's lock."""

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = numba.njit(nogil=True, **options)(function)
        folder = cache_folder()
        if folder and not numba.config.DISABLE_JIT:
            with _config_lock:  # numba looks here at this moment only; the setting is everybody's, so put it back
                theirs, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(folder)
                try:
                    compiled.enable_caching()
                finally:
                    numba.config.CACHE_DIR = theirs
        return compiled

    return decorate


@lru_cache(maxsize=1)
def cache_folder() -> Path | None:
    """Where compiled kernels are kept: where ``NUMBA_CACHE_DIR`` says, beside the sources, or in the user's cache."""
    name = f"kernels-{code_fingerprint(__package__)}"
    users = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "relaxnet")
    for parent in (numba.config.CACHE_DIR, Path(__file__).parents[1] / "__pycache__", users):
        if parent:
            with suppress(OSError, RuntimeError):  # the latter where there is no home
                folder = Path(parent, name).expanduser()
                folder.mkdir(parents=True, exist_ok=True)
                TemporaryFile(dir=folder).close()
                return folder
    return None


@lru_cache
def compile_elsewhere(first_use: str) -> None:
    """Have the kernels that ``module:function`` calls compiled by another process, unless they are in the cache."""
    folder = cache_folder()
    if folder is None or _COMPILING in os.environ:
        return
    # what numba's cache distinguishes, too
    where = (numba.__version__, sys.implementation.cache_tag, *cpu_target.target_context.codegen().magic_tuple())
    mark = folder / f"compiled-{hashlib.sha256(repr((first_use, where)).encode()).hexdigest()[:16]}"
    if mark.exists():
        return
    environment = {**os.environ, _COMPILING: "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    module, function = first_use.split(":")
    script = f"from {module} import {function}; {function}()"
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=False, capture_output=True)
    if done.returncode == 0:
        with suppress(OSError):
            mark.touch()
