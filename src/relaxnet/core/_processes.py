"""Worker processes that compute and return bytes; only their parent writes, so they can be killed at any time."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any

from threadpoolctl import threadpool_limits

from .errors import ExecutionError
from .processes import end_with_parent
from .executors import Task

# A clean process that has imported the simulator once; workers are forked from it within milliseconds.
_CONTEXT = multiprocessing.get_context("forkserver")
_PRELOADED = ["relaxnet.studies.relaxation.dataset.shards"]


def run_in_processes(tasks: Sequence[Task], count: int) -> Generator[tuple[Task, bytes]]:
    """Execute ``tasks`` in ``count`` processes, see `Executor`."""
    waiting = iter(tasks)
    busy: dict[Any, Task] = {}
    with _workers(count) as workers:
        for connection, task in zip(workers, waiting, strict=False):
            with _death_is_told(workers[connection]):
                connection.send(task)
            busy[connection] = task
        while busy:
            ready: list[Any] = wait(list(busy))
            for connection in ready:
                task, following = busy.pop(connection), next(waiting, None)
                with _death_is_told(workers[connection]):
                    answer = connection.recv()
                    if following is not None:
                        connection.send(following)
                        busy[connection] = following
                if isinstance(answer, Exception):
                    raise answer
                yield task, answer


@contextmanager
def _workers(count: int) -> Iterator[dict[Any, Any]]:
    """Start the processes; they are killed on leaving."""
    _CONTEXT.set_forkserver_preload(_PRELOADED)
    workers = {}
    # the mask is inherited: Ctrl-C in the middle of their start is for this process alone
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        for _ in range(count):
            ours, theirs = _CONTEXT.Pipe()
            process = _CONTEXT.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            workers[ours] = process
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        yield workers
    finally:
        for connection, process in workers.items():
            process.kill()
            connection.close()
        for process in workers.values():
            process.join()
            process.close()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


@contextmanager
def _death_is_told(process: Any) -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError):
        process.join(5.0)
        code = process.exitcode or 0
        how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        raise ExecutionError(f"a worker process died ({how}); finished shards are kept, run again to go on") from None


def _serve(connection: Connection) -> None:
    """Answer each task with its result or its exception, until the parent goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    threadpool_limits(1)
    end_with_parent()
    while True:
        task = connection.recv()
        try:
            answer = task()
        except Exception as error:
            answer = error
        connection.send(answer)
