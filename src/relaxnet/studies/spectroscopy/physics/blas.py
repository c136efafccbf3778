"""A faster BLAS and LAPACK for tblite, whose wheels bring the reference implementation."""

import ctypes
import os
import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

SETTINGS = {
    "MKL_THREADING_LAYER": "SEQUENTIAL",  # matrices of single molecules are too small for threads
    "MKL_CBWR": "COMPATIBLE",  # the same bits on all processors; takes 2 % longer
}
"""Environment variables that MKL reads when it is loaded; those of the user come first."""


def mkl_library() -> Path | None:
    """Return the library that stands for all of MKL, from the package ``mkl``; None where it is not installed."""
    if sys.platform != "linux":  # elsewhere a library cannot take the place of another one's symbols
        return None
    with suppress(PackageNotFoundError):
        found = (Path(str(one.locate())) for one in files("mkl") or () if one.name.startswith("libmkl_rt.so"))
        return next((file for file in found if file.is_file()), None)
    return None


@cache
def prefer_mkl() -> bool:
    """Let libraries that call BLAS and LAPACK by their usual names find MKL's, and return whether they do.

    What a process loads globally comes before what a library names itself, so this library must be loaded first, but
    nothing has to be linked anew.  NumPy and SciPy have names of their own and are not affected.  Where the package
    ``mkl`` is not installed, or cannot be loaded, all stays as it is.
    """
    library = mkl_library()
    if library is None:
        return False
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True
