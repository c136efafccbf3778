"""A faster BLAS and LAPACK for tblite, whose wheels ship with the reference implementation."""

import ctypes
import os
import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

SETTINGS = {
    "MKL_INTERFACE_LAYER": "LP64",  # the integers of tblite
    "MKL_THREADING_LAYER": "SEQUENTIAL",  # matrices of single molecules are too small for threads
    "MKL_CBWR": "AUTO",  # the same bits in every run on a processor
}
"""Environment variables that MKL reads when it is first used."""


def mkl_library() -> Path | None:
    """Return MKL's single dynamic library of the package ``mkl`` from PyPI; None where it is not installed as a whole.

    Only on Linux does a library loaded globally take the place of another one's symbols for tblite.
    """
    if sys.platform != "linux":
        return None
    with suppress(PackageNotFoundError):
        found = [Path(str(one.locate())) for one in files("mkl") or () if one.name.startswith("libmkl_")]
        # the single one opens the others when it is first used, and ends the process where one is missing
        if all(file.is_file() for file in found):
            return next((file for file in found if file.name.startswith("libmkl_rt.so")), None)
    return None


@cache
def prefer_mkl() -> bool:
    """Load MKL globally, so that its BLAS and LAPACK take the place of tblite's, and return whether it was loaded.

    This is symbol interposition: what a process loads globally comes before the libraries that another one is linked
    to, if that one is loaded later.  It concerns all of the process, with `SETTINGS` in its environment, so it is meant
    for processes that only compute levels.  The wheels of NumPy and SciPy have symbols of other names and keep their
    own library.  Where the package ``mkl`` is not installed, nothing changes.
    """
    library = mkl_library()
    if library is None:
        return False
    try:
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    os.environ.update(SETTINGS)
    return True
