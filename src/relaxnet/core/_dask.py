"""Tasks on a Dask cluster: results come home as bytes, and never more than a few are under way."""

import logging
import math
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from operator import call
from typing import Any

from distributed import Client, Future, KilledWorker, wait

from .errors import ExecutionError, RelaxnetError, first_line
from .processes import Task

CONNECT_S = 10.0
LOST_S = 30.0  # without any worker: time enough to restart one
FETCH_S = 60.0
POLL_S = 1.0
_TASKS_A_THREAD = 2  # one at work and one waiting, so that no worker idles while a result travels
_LOST = object()


def run_on_cluster(tasks: Sequence[Task], address: str, kept: str) -> Generator[tuple[Task, Any]]:
    """Execute ``tasks`` on the workers of a scheduler, see `Executor`.

    What a lost worker had goes to others; a worker that joins later gets its share.
    """
    waiting: Iterator[Task] = iter(tasks)
    running: dict[Future, Task] = {}
    left, threads, asked, seen = len(tasks), 0, -math.inf, time.monotonic()
    with _client(address) as client:
        try:
            while left:
                now = time.monotonic()
                if now - asked > POLL_S:
                    threads, asked = sum(client.nthreads().values()), now
                if threads:
                    seen = now
                elif now - seen > LOST_S:
                    raise ExecutionError(f"the Dask scheduler at {address} has no workers; {kept}")
                for task in islice(waiting, max(_TASKS_A_THREAD * threads - len(running), 0)):
                    running[client.submit(call, task, pure=False)] = task
                for future in _finished(client, running):
                    result = _result(future, kept)
                    if result is not _LOST:
                        left -= 1
                        yield running.pop(future), result
        except (OSError, CancelledError) as error:
            raise ExecutionError(f"the Dask scheduler at {address} was lost ({_reason(error)}); {kept}") from None


@contextmanager
def _client(address: str) -> Iterator[Client]:
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)  # what goes wrong is told in one line, below
    try:
        try:
            # results come from the workers themselves: by way of the scheduler they would take more than twice as long
            client = Client(address, timeout=CONNECT_S, set_as_default=False, direct_to_workers=True)
        except (OSError, ValueError) as error:
            raise ExecutionError(f"no Dask scheduler answers at {address} ({_reason(error)})") from None
        try:
            yield client
        finally:
            client.close(timeout=2)
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _finished(client: Client, running: dict[Future, Task]) -> list[Future]:
    if not running:
        time.sleep(POLL_S)
        return []
    try:
        with client.as_current():
            return list(wait(list(running), timeout=POLL_S, return_when="FIRST_COMPLETED").done)
    except TimeoutError:
        return []


def _result(future: Future, kept: str) -> Any:
    """Fetch a result; `_LOST` where its worker was lost meanwhile, so that the scheduler has it computed again."""
    try:
        return future.result(timeout=FETCH_S)
    except TimeoutError:
        return _LOST
    except (CancelledError, RelaxnetError):
        raise
    except KilledWorker:
        raise ExecutionError(f"Dask workers died again and again over the same shard; {kept}") from None
    except Exception as error:
        if future.status != "error":  # the connection failed, not the task
            raise
        raise ExecutionError(f"a Dask worker failed ({type(error).__name__}: {_reason(error)}); {kept}") from None


def _reason(error: BaseException) -> str:
    return first_line(error).rstrip(".")
