"""Keep compiled kernels in a folder named after their sources, and run them from there only.

Numba's own cache looks at one file only: a kernel would go on with the old code of a function that it calls in another.
And a kernel that a process has just compiled rounds otherwise, in the last bits, than the same kernel loaded from the
cache: so that the same parameters give the same bytes everywhere, another process compiles.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import numba

from relaxnet.core.fingerprint import code_fingerprint

_COMPILING = "RELAXNET_COMPILING"


def use_own_cache() -> None:
    """Set numba's cache folder, unless the user did or the folder cannot be made."""
    folder = Path(__file__).parent / "__pycache__" / f"kernels-{code_fingerprint('relaxnet.studies.relaxation.physics')}"
    if "NUMBA_CACHE_DIR" not in os.environ:
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            numba.config.CACHE_DIR = str(folder)


@lru_cache(maxsize=1)
def compile_kernels() -> None:
    """Have the kernels of the scans compiled by another process, unless they are in the cache already."""
    folder = Path(numba.config.CACHE_DIR or "")
    mark = folder / f"compiled-{code_fingerprint('relaxnet.studies.relaxation.physics')}-{numba.__version__}"
    if not numba.config.CACHE_DIR or mark.exists() or _COMPILING in os.environ:
        return
    environment = {**os.environ, _COMPILING: "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    script = f"from {__name__} import fill; fill()"
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=False, capture_output=True)
    if done.returncode == 0:
        with contextlib.suppress(OSError):
            mark.touch()


def fill() -> None:
    """Run the kernels once."""
    from . import describe, simulate_many

    describe(simulate_many([[-79.21, 318443.9, 0.57, 0.71]]))
