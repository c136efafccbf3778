"""One way out for every command and every pipeline stage: a result, or one clear line and an exit status."""

import os
import sys
from collections.abc import Callable

from .errors import RelaxnetError


def run_cleanly(action: Callable[[], object]) -> int:
    """Run ``action``, turn what goes wrong into one line on stderr, and return the exit status.

    It is 0, or 2 for bad input, or, as shells have it, 128 and the number of the signal: 130 when interrupted, 141 when
    nobody reads the output to its end (``relaxnet report | head -1``), which needs no line.
    """
    try:
        status = _status(action)
        sys.stdout.flush()
    except BrokenPipeError:
        status = 141
    except OSError as error:  # a full disk
        status = _fail(f"standard output: {error.strerror or error}", RelaxnetError.exit_status)
    else:
        return status
    # the interpreter would try, and fail, to write the rest at its end
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _status(action: Callable[[], object]) -> int:
    try:
        action()
    except SystemExit as stop:  # --help and --version
        return int(stop.code or 0)
    except BrokenPipeError:
        raise
    except RelaxnetError as error:
        return _fail(str(error), error.exit_status)
    except KeyboardInterrupt as interrupt:
        return _fail(f"interrupted; {str(interrupt) or 'nothing half-written is left'}", 130)
    except MemoryError:
        return _fail("not enough memory", RelaxnetError.exit_status)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}", RelaxnetError.exit_status)
    return 0


def _fail(message: str, status: int) -> int:
    line = " ".join(message.split()).encode(errors="backslashreplace").decode()  # names of files that are no UTF-8
    print(f"relaxnet: {line}", file=sys.stderr)
    return status
