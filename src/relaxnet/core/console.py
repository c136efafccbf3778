"""One way out for every command and every pipeline stage: a result, or one clear line and an exit status."""

import atexit
import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from .backend import is_out_of_memory
from .errors import ExecutionError, RelaxnetError, first_line
from .garbage import collect_rarely
from .interrupts import WORDS, as_keyboard_interrupts

BROKEN_PIPE = 128 + 13  # as shells have it for SIGPIPE


def run_cleanly(action: Callable[[], object]) -> int:
    """Run ``action``, turn what goes wrong into one line on stderr, and return the exit status.

    It is 0, or 2 for bad input, or 3 for a refused promotion, or 128 + the number of the signal that asked the process
    to end, as shells have it: 130 for Ctrl-C, 143 for SIGTERM.  Who reads the output may stop early (``| head``): that
    is 141, and no line.  Anything unexpected is raised: a traceback, which is what a bug needs.
    """
    collect_rarely()
    with as_keyboard_interrupts() as received:
        try:
            return _run(action)
        except KeyboardInterrupt as interrupt:
            return _fail_by_signal(received, interrupt)
        except ExecutionError as error:
            if received:  # the workers got it too
                return _fail_by_signal(received, error)
            return _fail(str(error), error.exit_status)
        except RelaxnetError as error:
            return _fail(str(error), error.exit_status)
        except OSError as error:
            if isinstance(error, BrokenPipeError) and any(map(_is_unread, _streams())):
                _let_go()
                return BROKEN_PIPE
            where = f"{error.filename}: " if error.filename else ""
            return _fail(f"{where}{error.strerror or error}", RelaxnetError.exit_status)
        except Exception as error:
            if is_out_of_memory(error):
                return _fail(f"not enough memory ({first_line(error)})", RelaxnetError.exit_status)
            if received:  # what an interrupted import leaves behind, say
                return _fail_by_signal(received, error)
            raise


def _run(action: Callable[[], object]) -> int:
    status = 0
    try:
        action()
    except SystemExit as stop:  # --help and --version
        status = int(stop.code or 0)
    if sys.stdout:
        try:
            sys.stdout.flush()  # here an error can still be told
        except OSError as error:
            error.filename = "standard output"
            raise
    return status


def _fail_by_signal(received: list[signal.Signals], error: BaseException | None) -> int:
    number = received[0] if received else signal.SIGINT
    kept = ""
    while error and not kept:  # a second signal while the first one is seen to has no message of its own
        kept = str(error) if isinstance(error, KeyboardInterrupt) else ""
        error = error.__context__
    # while the interpreter shuts down, another one ends the process at once
    atexit.register(signal.signal, number, signal.SIG_DFL)
    return _fail(f"{WORDS[number.name]}; {kept or 'nothing half-written is left'}", 128 + number)


def _fail(message: str, status: int) -> int:
    line = " ".join(message.split()).encode(errors="backslashreplace").decode()  # names of files that are no UTF-8
    with suppress(OSError):
        print(f"relaxnet: {line}", file=sys.stderr)
    _let_go()
    return status


def _streams() -> list[TextIO]:
    return [stream for stream in (sys.stdout, sys.stderr) if stream]  # None where it was closed


def _is_unread(stream: TextIO) -> bool:
    """Whether a stream is a pipe whose reader is gone."""
    watched = select.poll()
    with suppress(OSError):  # no file
        watched.register(stream.fileno(), 0)
    return bool(watched.poll(0))


def _let_go() -> None:
    """Send nowhere what a stream holds and cannot get rid of: the interpreter would complain at its end."""
    for stream in _streams():
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
