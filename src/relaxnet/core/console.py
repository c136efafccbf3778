"""One way out for every command and every pipeline stage: a result, or one clear line and an exit status."""

import sys
from collections.abc import Callable

from .errors import RelaxnetError


def run_cleanly(action: Callable[[], object]) -> int:
    """Run ``action``, turn what goes wrong into one line on stderr, and return the exit status.

    It is 0, or 2 for bad input, or 130 (128 + SIGINT, as shells have it) when interrupted.
    """
    try:
        action()
    except SystemExit as stop:  # --help and --version
        return int(stop.code or 0)
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
    print(f"relaxnet: {' '.join(message.split())}", file=sys.stderr)
    return status
