"""Worker processes of this machine: only their parent keeps results, so they can be killed at any time."""

import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any, Self

from tqdm import tqdm

from .errors import ExecutionError, InvalidInputError, first_line
from .interrupts import SIGNALS, held_back, leave_to_parent
from .notices import notice
from .processes import KEPT, Task, check_workers, end_with_parent, limit_threads, usable_processors

# A clean process, from which workers are forked within milliseconds.
_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


@dataclass(frozen=True)
class LocalProcesses:
    """Processes of this machine, one task each at a time, and one thread each in numerical libraries.

    A single worker that needs nothing of its own is this process itself.  A script that uses more needs the
    ``if __name__ == "__main__"`` of all multiprocessing.  An impossible number is an `InvalidInputError`.

    Parameters
    ----------
    workers : int, optional
        Default: as many as processors.
    environment : mapping
        Variables of the workers, beside those of this process at the start of the run; set before a worker imports
        what its first task needs.
    initializer : callable, optional
        Called by each worker, then.
    tasks_per_process : int, optional
        How many a worker does before another takes its place, for libraries that do not give memory back.
    kept : str
        What the message says that a run leaves when a worker dies, or the run is interrupted.
    replacements : int
        How many workers may die, in all, and have their task given to another.
    """

    workers: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    initializer: Callable[[], object] | None = None
    tasks_per_process: int | None = None
    kept: str = KEPT
    replacements: int = 0

    def __post_init__(self) -> None:
        check_workers(self.workers)
        if self.tasks_per_process is not None and self.tasks_per_process < 1:
            raise InvalidInputError("tasks_per_process", self.tasks_per_process, "a whole number from 1")

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, Any]]:
        """Yield each task with its result, see `Executor`."""
        count = min(self.workers or usable_processors(), len(tasks))
        if count > 1 or self.environment or self.initializer or self.tasks_per_process or self.replacements:
            yield from _run_in_processes(tasks, count, self)
        else:
            for task in tasks:
                yield task, task()


def _run_in_processes(tasks: Sequence[Task], count: int, pool: LocalProcesses) -> Generator[tuple[Task, Any]]:
    waiting = iter(tasks)
    with _Crew(pool) as crew, _told(pool.kept):
        for task in islice(waiting, count):
            crew.start().take(task)
        while crew.busy:
            for worker in crew.ready():
                task = worker.task
                try:
                    failed, answer = worker.answer()
                except ExecutionError as death:
                    if crew.replaced == pool.replacements:
                        raise
                    crew.replaced += 1
                    notice(f"{death}; another takes its place")
                    crew.dismiss(worker)
                    crew.start().take(task)
                    continue
                following = next(waiting, None)
                if following is None:
                    crew.dismiss(worker)
                elif worker.done == pool.tasks_per_process:
                    crew.dismiss(worker)
                    crew.start().take(following)
                else:
                    worker.take(following)
                if failed:
                    raise answer
                yield task, answer


@contextmanager
def _told(kept: str) -> Iterator[None]:
    """Let an interrupt say what is kept."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        interrupt.args = interrupt.args or (kept,)
        raise


@dataclass
class _Worker:
    process: Any
    connection: Connection
    kept: str
    task: Any = None
    done: int = 0

    def take(self, task: Any) -> None:
        self.task = task
        self.send(task)

    def send(self, value: Any) -> None:
        with self._death_is_told():
            self.connection.send(value)

    def answer(self) -> tuple[bool, Any]:
        """Whether the task raised, and its result or exception."""
        with self._death_is_told():
            data = self.connection.recv_bytes()
        self.done += 1
        failed, answer = pickle.loads(data)
        return failed, answer

    @contextmanager
    def _death_is_told(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError):
            self.process.join(5.0)
            code = self.process.exitcode or 0
            if -code in SIGNALS:  # was it for the whole group?  Then it reaches this process, too
                time.sleep(0.5)
            how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
            raise ExecutionError(f"a worker process died ({how}); {self.kept}") from None


@dataclass
class _Crew:
    """Processes that are killed on leaving."""

    pool: LocalProcesses
    busy: list[_Worker] = field(default_factory=list)
    replaced: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with held_back():
            self.dismiss(*self.busy)

    def start(self) -> _Worker:
        context: Any = multiprocessing.get_context(_METHOD)
        if _METHOD == "forkserver":
            context.set_forkserver_preload([])  # not even the script: a clean process
        with held_back():  # inherited: a signal in the middle of their start is for this process alone
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self.busy.append(worker := _Worker(process, ours, self.pool.kept))
        # a forked process would have the variables of the time when the first of them was started
        worker.send({**os.environ, **self.pool.environment})
        worker.send(self.pool.initializer)
        return worker

    def ready(self) -> list[_Worker]:
        """Those of whom at least one has answered, or died."""
        connections: list[Any] = wait([worker.connection for worker in self.busy])
        return [worker for worker in self.busy if worker.connection in connections]

    def dismiss(self, *workers: _Worker) -> None:
        for worker in workers:
            worker.process.kill()
            worker.connection.close()
        for worker in workers:
            worker.process.join()
            worker.process.close()
            self.busy.remove(worker)


def _serve(connection: Connection) -> None:
    """Answer each task with its result or its exception, until the parent goes away."""
    leave_to_parent()
    end_with_parent()
    os.environ.clear()
    os.environ.update(connection.recv())  # before anything is unpickled: modules read it when they are imported
    limit_threads(1)  # more would only wait for those of other workers
    tqdm.set_lock(threading.RLock())  # the usual one is known to all processes, and left behind when this one is killed
    preparation = connection.recv_bytes()
    while True:
        try:
            data = connection.recv_bytes()
        except EOFError:
            return
        try:
            if preparation:
                initializer, preparation = pickle.loads(preparation), b""
                if initializer:
                    initializer()
            answer = ForkingPickler.dumps((False, pickle.loads(data)()))
        except Exception as error:
            answer = ForkingPickler.dumps((True, _portable(error)))
        connection.send_bytes(answer)


def _portable(error: Exception) -> Exception:
    """The error, with where it was raised, as it can be sent home."""
    trace = f"in a worker process:\n{traceback.format_exc().rstrip()}"
    try:
        pickle.loads(ForkingPickler.dumps(error))
    except Exception:
        error = ExecutionError(f"a worker process failed ({type(error).__name__}: {first_line(error)})")
    error.add_note(trace)
    return error
