"""One way out for every command and every pipeline stage: a result, or one clear line and an exit status."""

import os
import select
import sys
from collections.abc import Callable
from typing import TextIO

from .errors import RelaxnetError


def run_cleanly(action: Callable[[], object]) -> int:
    """Run ``action``, turn what goes wrong into one line on stderr, and return the exit status.

    It is 0, or 2 for bad input, or 130 (128 + SIGINT, as shells have it) when interrupted, or 141 (128 + SIGPIPE),
    without a word, when nobody reads the output any more (``| head``).
    """
    try:
        action()
        if sys.stdout:
            sys.stdout.flush()  # here, where what goes wrong can still be caught
    except BrokenPipeError:
        if not _nobody_reads(sys.stdout):
            return _fail("a connection broke", RelaxnetError.exit_status)
        return 141
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


def notice(message: str) -> None:
    """Say in one line on stderr what is worth knowing and stops nothing."""
    print(f"relaxnet: {' '.join(message.split())}", file=sys.stderr)


def _nobody_reads(stream: TextIO) -> bool:
    """Whether a stream is a pipe whose other end is closed; the rest of its content then goes nowhere."""
    try:
        pipe = stream.fileno()
        poll = select.poll()
        poll.register(pipe, 0)  # errors are told anyway
        if not poll.poll(0):
            return False
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, pipe)  # Python flushes once more when it ends
        os.close(nowhere)
    except (OSError, ValueError):  # no stream of the system, or a closed one
        return False
    return True


def _fail(message: str, status: int) -> int:
    notice(message)
    return status
