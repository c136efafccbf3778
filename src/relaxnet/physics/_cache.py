"""Keep compiled kernels in a folder named after their sources.

Numba's own cache looks at one file only: a kernel would go on with the old code of a function that it calls in another.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numba

from ..code import code_fingerprint


def use_own_cache() -> None:
    """Set numba's cache folder, unless the user did or the folder cannot be made."""
    folder = Path(__file__).parent / "__pycache__" / f"kernels-{code_fingerprint('physics')}"
    if "NUMBA_CACHE_DIR" not in os.environ:
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            numba.config.CACHE_DIR = str(folder)
