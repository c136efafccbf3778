"""Signals that ask a process to end: Ctrl-C, SIGTERM and the end of its terminal, all alike."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

WORDS = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}
SIGNALS = tuple(getattr(signal, name) for name in WORDS if hasattr(signal, name))


@contextmanager
def as_keyboard_interrupts() -> Iterator[list[signal.Signals]]:
    """Within this block each of the signals raises `KeyboardInterrupt`, as Ctrl-C does; yields those that came.

    One that the parent has set to be ignored (``nohup``, ``trap "" INT``) stays so.
    """
    received: list[signal.Signals] = []

    def interrupt(number: int, _: object) -> None:
        received.append(signal.Signals(number))
        raise KeyboardInterrupt

    def interrupt_again(unraisable: Any) -> None:
        # raised in a destructor or a callback of the garbage collector, where it would be lost
        if received and unraisable.exc_type is KeyboardInterrupt:
            threading.Timer(0.05, os.kill, [os.getpid(), received[-1]]).start()
        else:
            usual_hook(unraisable)

    usual_hook = sys.unraisablehook
    if threading.current_thread() is not threading.main_thread():  # only there can handlers be set
        yield received
        return
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    changed = [number for number, handler in handlers.items() if handler not in (signal.SIG_IGN, None)]
    try:
        sys.unraisablehook = interrupt_again
        for number in changed:
            signal.signal(number, interrupt)
        yield received
    finally:
        for number in changed:
            signal.signal(number, handlers[number])
        sys.unraisablehook = usual_hook


@contextmanager
def heeded_by_children() -> Iterator[None]:
    """A signal that is ignored here (``nohup``) is not by the programs that are started in this block."""
    ignored = [number for number in SIGNALS if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, _ignore)  # which, unlike SIG_IGN, no program inherits
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


def _ignore(*_: object) -> None:
    pass


@contextmanager
def held_back() -> Iterator[None]:
    """Let the signals wait until the end of this block, where the system can; processes started in it inherit that."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def leave_to_parent() -> None:
    """In a worker process: Ctrl-C, which the terminal sends to all processes, is for its parent alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):  # inherited from `held_back`
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
