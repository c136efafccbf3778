"""Rows in threads: for kernels that release the interpreter's lock."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

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
