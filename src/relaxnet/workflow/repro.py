"""Bring a DVC pipeline up to date with independent stages side by side.

DVC itself runs one stage after the other; it still decides what is up to date, runs each stage and keeps ``dvc.lock``.
"""

import io
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from graphlib import TopologicalSorter
from typing import Self, cast

from relaxnet.core.errors import ExecutionError, RelaxnetError, first_line
from relaxnet.core.interrupts import heeded_by_children
from relaxnet.core.processes import usable_processors

MOST_JOBS = 4  # a training takes a gigabyte
BAR_EVERY_S = 10.0  # between two states of a progress bar
TERMINAL_CODE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # a bar below another moves the cursor
# Files that a kill in the middle of their writing leaves damaged; what they say DVC also finds elsewhere
DAMAGED = re.compile(r"'([^']*(?:dvc\.lock|rwlock))'")
# What DVC says after every run of it.
HINTS = (
    "To track the changes with git, run:",
    "git add ",
    "To enable auto staging, run:",
    "dvc config core.autostage",
    "Use `dvc push` to send your updates to remote storage.",
    "Data and pipelines are up to date.",
)


class StageError(RelaxnetError):
    """A stage of the pipeline failed."""


def bring_up_to_date(targets: Sequence[str], jobs: int | None = None) -> None:
    """Run the stages of ``targets``, and those that they depend on, that are not up to date.

    Parameters
    ----------
    targets : sequence of str
        What ``dvc repro`` takes: ``dvc.yaml`` files or stages.
    jobs : int, optional
        Stages at a time; by default as many as processors, four at most.

    Raises
    ------
    StageError
        If a stage fails; those running with it are finished first, no other is started.
    """
    from dvc.exceptions import DvcException

    try:
        waiting = outdated(targets)
    except DvcException as error:
        raise ExecutionError(f"dvc status {' '.join(targets)}: {_with_advice(first_line(error))}") from error
    if not waiting:
        print("The pipeline is up to date.")
        return
    try:
        with heeded_by_children(), _Jobs(jobs or min(usable_processors(), MOST_JOBS)) as crew:
            crew.run(waiting)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the stages that ran were stopped; run again to go on") from None


def outdated(targets: Sequence[str]) -> dict[str, set[str]]:
    """Stages that are not up to date or depend on one that is not, each with those of them it depends on."""
    from dvc.repo import Repo, lock_repo

    with Repo() as repo, lock_repo(repo):  # locked once, DVC reads the pipelines once
        graph = repo.index.graph
        wanted = [stage for target in targets for stage in repo.stage.collect(target, with_deps=True)]
        changed = repo.status(targets=list(targets), with_deps=True)
        waiting: dict[str, set[str]] = {}
        for stage in TopologicalSorter({stage: list(graph.successors(stage)) for stage in wanted}).static_order():
            before = {dependency.addressing for dependency in graph.successors(stage)} & waiting.keys()
            if before or stage.addressing in changed:
                waiting[stage.addressing] = before
        return waiting


class _Jobs:
    """Processes that each run one stage, as many at a time as there are threads to wait for them."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count)
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._starting = threading.Lock()
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is not None and not issubclass(kind, StageError):
                self._signal(signal.SIGINT)  # on which a stage tidies up
            self._pool.shutdown(cancel_futures=True)
        except BaseException:  # asked to stop once more
            self._signal(signal.SIGKILL)
            self._pool.shutdown()
            raise

    def run(self, waiting: Mapping[str, set[str]]) -> None:
        order = TopologicalSorter(waiting)
        order.prepare()
        running: dict[Future[str], str] = {}
        failed: dict[str, str] = {}
        while True:
            if not failed:
                running |= {self._pool.submit(self._run, stage): stage for stage in order.get_ready()}
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                stage = running.pop(future)
                if reason := future.result():
                    failed[stage] = reason
                    self._drop_queued(running)
                else:
                    order.done(stage)
        if failed:
            raise StageError("; ".join(f"stage {stage} failed: {reason}" for stage, reason in failed.items()))

    @staticmethod
    def _drop_queued(running: dict[Future[str], str]) -> None:
        for future in [future for future in running if future.cancel()]:
            del running[future]

    def _run(self, stage: str) -> str:
        """Run a stage; what it says is printed line by line behind its name.  Return the last line if it fails."""
        started = time.monotonic()
        with self._starting:
            if self._stopped:
                return "not started"
            # the group lets a signal reach the stage as well; single-item: DVC need not look at the stages before
            process = subprocess.Popen(
                [sys.executable, "-m", "dvc", "--wait-for-lock", "repro", "--single-item", stage],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
            self._processes.add(process)
        last = ""
        with process:
            for line in _lines(cast(io.BufferedReader, process.stdout)):
                _say(stage, line)
                last = line if not line.startswith("ERROR: failed to reproduce") or not last else last
        self._processes.discard(process)
        if process.returncode:
            return _with_advice(last) or f"exit status {process.returncode}"
        _say(stage, f"up to date after {time.monotonic() - started:.0f} s")
        return ""

    def _signal(self, number: int) -> None:
        with self._starting:
            self._stopped = True
            running = [process for process in self._processes if process.poll() is None]
        for process in running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)


def _with_advice(reason: str) -> str:
    damaged = DAMAGED.search(reason)
    return f"{reason}; make it anew: rm {shlex.quote(damaged[1])}" if damaged else reason


def _lines(stream: io.BufferedReader) -> Iterator[str]:
    """Lines of a process, and of its progress bars some states and the last."""
    shown_s, shown = time.monotonic(), ""
    for ended in io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline=""):
        line = TERMINAL_CODE.sub("", ended).strip()
        if line in ("", shown) or line.startswith(HINTS):
            continue
        if not ended.endswith("\r") or time.monotonic() - shown_s > BAR_EVERY_S:
            shown_s, shown = time.monotonic(), line
            yield line


def _say(stage: str, line: str) -> None:
    sys.stdout.write(f"[{stage}] {line}\n")  # in one piece, as another thread writes too
    sys.stdout.flush()
