"""Where tasks are executed: in processes of this machine, or on a Dask cluster.

A task is a picklable callable without arguments that returns bytes.  Both executors yield results as they come, in
any order, keep a bounded number of them under way, and leave nothing running when the consumer stops early.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from .errors import InvalidInputError

Task = TypeVar("Task", bound=Callable[[], bytes])
ADDRESS_VARIABLE = "DASK_SCHEDULER_ADDRESS"
MAX_WORKERS = 1024
_ADDRESS = re.compile(r"([a-z]+://)?([\w.-]+|\[[0-9a-fA-F:.%]+\]):\d{1,5}")


class Executor(Protocol):
    """Something that executes tasks."""

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, bytes]]:
        """Yield each task with its result.

        Raises
        ------
        ExecutionError
            If workers cannot be reached, or die.
        """
        ...


@dataclass(frozen=True)
class LocalProcesses:
    """Processes of this machine, one task each at a time; a single one is this process itself.

    A script that uses more than one needs the ``if __name__ == "__main__"`` of all multiprocessing.

    Parameters
    ----------
    workers : int, optional
        Default: as many as processors.
    """

    workers: int | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and not 1 <= self.workers <= MAX_WORKERS:
            raise InvalidInputError("workers", self.workers, f"a whole number from 1 to {MAX_WORKERS}")

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, bytes]]:
        """Yield each task with its result, see `Executor`."""
        from ._processes import run_in_processes

        count = min(self.workers or len(os.sched_getaffinity(0)), len(tasks))
        if count > 1:
            yield from run_in_processes(tasks, count)
        else:
            for task in tasks:
                yield task, task()


@dataclass(frozen=True)
class DaskCluster:
    """The workers of a Dask scheduler; they need relaxnet, but no disk in common.

    Parameters
    ----------
    address : str
        Of the scheduler, as ``tcp://host:8786``.
    field : str
        Where the address was given, for the error message.
    """

    address: str
    field: str = "dask_address"

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise InvalidInputError(self.field, repr(self.address), "like tcp://host:8786")

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, bytes]]:
        """Yield each task with its result, see `Executor`."""
        from ._dask import run_on_cluster

        if tasks:
            yield from run_on_cluster(tasks, self.address)


def make_executor(
    name: Literal["local", "dask"] | str, *, workers: int | None = None, dask_address: str | None = None
) -> Executor:
    """Choose an executor by name.

    Parameters
    ----------
    name : str
        ``local`` or ``dask``.
    workers : int, optional
        Processes of ``local``; default: as many as processors.
    dask_address : str, optional
        Scheduler of ``dask``; default: from the environment variable ``DASK_SCHEDULER_ADDRESS``.

    Raises
    ------
    InvalidInputError
        For another name, or an impossible number or address.
    """
    if name == "local":
        return LocalProcesses(workers)
    if name != "dask":
        raise InvalidInputError("executor", name, "local or dask")
    if dask_address is not None:
        return DaskCluster(dask_address)
    if ADDRESS_VARIABLE in os.environ:
        return DaskCluster(os.environ[ADDRESS_VARIABLE], ADDRESS_VARIABLE)
    raise InvalidInputError("dask_address", "(missing)", f"given, there or as {ADDRESS_VARIABLE}")
