"""Where tasks are executed: in threads or processes of this machine, or on a Dask cluster.

A task is a callable without arguments; for processes and clusters it and what it returns must be picklable.  Executors
yield results as they come, in any order, keep a bounded number of them under way, and leave nothing running when the
consumer stops early.
"""

import os
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ._processes import LocalProcesses as LocalProcesses
from .errors import InvalidInputError, require_extra
from .processes import KEPT, Task
from .threads import LocalThreads as LocalThreads

ADDRESS_VARIABLE = "DASK_SCHEDULER_ADDRESS"
ADDRESS_PATTERN, ADDRESS_EXAMPLE = r"([a-z]+://)?([\w.-]+|\[[0-9a-fA-F:.%]+\]):\d{1,5}", "like tcp://host:8786"


class Executor(Protocol):
    """Something that executes tasks."""

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, Any]]:
        """Yield each task with its result; raise `ExecutionError` if workers cannot be reached, or die."""
        ...


@dataclass(frozen=True)
class DaskCluster:
    """The workers of a Dask scheduler at ``tcp://host:8786``; they need relaxnet, but no disk in common.

    A malformed address, which the error message says was given as ``field``, is an `InvalidInputError`.
    """

    address: str
    field: str = "dask_address"

    def __post_init__(self) -> None:
        if not re.fullmatch(ADDRESS_PATTERN, self.address):
            raise InvalidInputError(self.field, repr(self.address), ADDRESS_EXAMPLE)
        require_extra(self.field, "dask", "distributed")

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, Any]]:
        """Yield each task with its result, see `Executor`."""
        from ._dask import run_on_cluster

        if tasks:
            yield from run_on_cluster(tasks, self.address, KEPT)


def make_executor(name: str, *, workers: int | None = None, dask_address: str | None = None) -> Executor:
    """Choose ``local``, with as many threads as processors by default (``workers``), or ``dask``.

    Without ``dask_address`` the scheduler is that of the environment variable ``DASK_SCHEDULER_ADDRESS``.

    Raises
    ------
    InvalidInputError
        For another name, or an impossible number or address.
    MissingExtraError
        Where Dask is not installed.
    """
    if name == "local":
        return LocalThreads(workers)
    if name != "dask":
        raise InvalidInputError("executor", name, "local or dask")
    if dask_address is not None:
        return DaskCluster(dask_address)
    if ADDRESS_VARIABLE in os.environ:
        return DaskCluster(os.environ[ADDRESS_VARIABLE], ADDRESS_VARIABLE)
    raise InvalidInputError("dask_address", "(missing)", f"given, there or as {ADDRESS_VARIABLE}")
