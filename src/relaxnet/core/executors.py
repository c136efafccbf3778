"""Where tasks are executed: in processes of this machine, or on a Dask cluster.

A task is a picklable callable without arguments that returns something picklable.  Both executors yield results as they
come, in any order, keep a bounded number of them under way, and leave nothing running when the consumer stops early.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from .errors import InvalidInputError, require_extra
from .processes import usable_processors

Task = TypeVar("Task", bound=Callable[[], Any])
ADDRESS_VARIABLE = "DASK_SCHEDULER_ADDRESS"
MAX_WORKERS = 1024
KEPT = "finished shards are kept, run again to go on"
_ADDRESS = re.compile(r"([a-z]+://)?([\w.-]+|\[[0-9a-fA-F:.%]+\]):\d{1,5}")


class Executor(Protocol):
    """Something that executes tasks."""

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, Any]]:
        """Yield each task with its result; raise `ExecutionError` if workers cannot be reached, or die."""
        ...


@dataclass(frozen=True)
class LocalProcesses:
    """Processes of this machine, one task each at a time, and one thread each in numerical libraries.

    A single worker that needs nothing of its own is this process itself.  A script that uses more needs the
    ``if __name__ == "__main__"`` of all multiprocessing.  An impossible number is an `InvalidInputError`.

    Parameters
    ----------
    workers : int, optional
        Default: as many as processors.
    preload : tuple of str
        Modules that workers find imported already, where the system can fork them.  Not Keras, nor what imports it:
        its threads do not survive a fork.
    environment : mapping
        Variables of the workers, beside those of this process at the start of the run; set before a worker imports
        what its first task needs.
    initializer : callable, optional
        Called by each worker, then.
    tasks_per_process : int, optional
        How many a worker does before another takes its place, for libraries that do not give memory back.
    kept : str
        What the error message says that a run leaves when a worker dies.
    """

    workers: int | None = None
    preload: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    initializer: Callable[[], object] | None = None
    tasks_per_process: int | None = None
    kept: str = KEPT

    def __post_init__(self) -> None:
        if self.workers is not None and not 1 <= self.workers <= MAX_WORKERS:
            raise InvalidInputError("workers", self.workers, f"a whole number from 1 to {MAX_WORKERS}")
        if self.tasks_per_process is not None and self.tasks_per_process < 1:
            raise InvalidInputError("tasks_per_process", self.tasks_per_process, "a whole number from 1")

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, Any]]:
        """Yield each task with its result, see `Executor`."""
        count = min(self.workers or usable_processors(), len(tasks))
        if count > 1 or self.environment or self.initializer or self.tasks_per_process:
            from ._processes import run_in_processes

            yield from run_in_processes(tasks, count, self)
        else:
            for task in tasks:
                yield task, task()


@dataclass(frozen=True)
class DaskCluster:
    """The workers of a Dask scheduler at ``tcp://host:8786``; they need relaxnet, but no disk in common.

    A malformed address, which the error message says was given as ``field``, is an `InvalidInputError`.
    """

    address: str
    field: str = "dask_address"

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise InvalidInputError(self.field, repr(self.address), "like tcp://host:8786")
        require_extra(self.field, "dask", "distributed")

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, Any]]:
        """Yield each task with its result, see `Executor`."""
        from ._dask import run_on_cluster

        if tasks:
            yield from run_on_cluster(tasks, self.address, KEPT)


def make_executor(
    name: str, *, workers: int | None = None, dask_address: str | None = None, preload: tuple[str, ...] = ()
) -> Executor:
    """Choose ``local``, with as many ``workers`` as processors by default, or ``dask``.

    Without ``dask_address`` the scheduler is that of the environment variable ``DASK_SCHEDULER_ADDRESS``.

    Raises
    ------
    InvalidInputError
        For another name, or an impossible number or address.
    MissingExtraError
        Where Dask is not installed.
    """
    if name == "local":
        return LocalProcesses(workers, preload)
    if name != "dask":
        raise InvalidInputError("executor", name, "local or dask")
    if dask_address is not None:
        return DaskCluster(dask_address)
    if ADDRESS_VARIABLE in os.environ:
        return DaskCluster(os.environ[ADDRESS_VARIABLE], ADDRESS_VARIABLE)
    raise InvalidInputError("dask_address", "(missing)", f"given, there or as {ADDRESS_VARIABLE}")
