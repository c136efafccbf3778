"""Processes, their processors and threads, and their end."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from .errors import InvalidInputError

Task = TypeVar("Task", bound=Callable[[], Any])
MAX_WORKERS = 1024
KEPT = "finished shards are kept, run again to go on"
POLL_S = 0.5


def check_workers(workers: int | None) -> None:
    """Raise `InvalidInputError` for an impossible number of workers; None is as many as processors."""
    whole = isinstance(workers, int) and not isinstance(workers, bool)
    if workers is not None and not (whole and 1 <= workers <= MAX_WORKERS):
        raise InvalidInputError("workers", workers, f"a whole number from 1 to {MAX_WORKERS}")


def usable_processors() -> int:
    """Number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux: fewer than there are, in a container
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def limit_threads(threads: int) -> None:
    """Give numerical libraries as many threads in this process, those that are imported later too."""
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads)))
    threadpool_limits(threads)


def end_with_parent() -> None:
    """From now on this worker process ends at once when its parent is killed, even in the middle of a task."""
    threading.Thread(target=_wait_and_exit, daemon=True).start()


def _wait_and_exit() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        wait([parent.sentinel])
    os._exit(1)


def terminate_with_parent() -> None:
    """From now on this process gets a SIGTERM when its parent is gone: a pipeline that was killed leaves no stage."""
    threading.Thread(target=_wait_and_terminate, args=(os.getppid(),), daemon=True).start()


def _wait_and_terminate(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_S)
    os.kill(os.getpid(), signal.SIGTERM)
