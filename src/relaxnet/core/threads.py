"""Work in threads of this process: for kernels that release the interpreter's lock."""

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from .processes import Task, check_workers, usable_processors

Result = TypeVar("Result")


def in_threads(function: Callable[[slice], Result], rows: int, chunk: int, workers: int) -> Iterator[Result]:
    """Apply ``function`` to slices of up to ``chunk`` of ``rows`` rows, in order; an error cancels what is left."""
    parts = [slice(start, min(start + chunk, rows)) for start in range(0, rows, chunk)]
    if workers <= 1 or len(parts) <= 1:
        yield from map(function, parts)
        return
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from pool.map(function, parts)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@dataclass(frozen=True)
class LocalThreads:
    """Threads of this process, one task each at a time; they start at once, which processes do not.

    ``workers`` is by default the number of processors; an impossible one is an `InvalidInputError`.  A single worker,
    or a single task, is the calling thread itself.
    """

    workers: int | None = None

    def __post_init__(self) -> None:
        check_workers(self.workers)

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, Any]]:
        """Yield each task with its result, see `Executor`; on stopping early the tasks under way are finished."""
        count = min(self.workers or usable_processors(), len(tasks))
        if count <= 1:
            for task in tasks:
                yield task, task()
            return
        waiting = iter(tasks)
        with ThreadPoolExecutor(count) as pool:
            running = {pool.submit(task): task for task in islice(waiting, count)}
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    task, result = running.pop(future), future.result()
                    running |= {pool.submit(following): following for following in islice(waiting, 1)}
                    yield task, result
