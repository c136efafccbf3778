import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import pytest
from executor_tasks import SETS, Broken, Number

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.threads import LocalThreads
from relaxnet.studies.relaxation.dataset import shards, write_dataset
from relaxnet.studies.relaxation.physics import chr_program

PROGRAM = chr_program([10.0])
INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from executor_tasks import SETS
from relaxnet.core.console import run_cleanly
from relaxnet.core.threads import LocalThreads
from relaxnet.studies.relaxation.dataset import shards, write_dataset
from relaxnet.studies.relaxation.physics import chr_program

folder, how = Path(sys.argv[1]), signal.Signals(int(sys.argv[2]))
shards.SHARD_QUARTETS = 4

def progress(count):
    if len(list(folder.glob("*.parquet"))) >= 3:
        os.kill(os.getpid(), how)

sys.exit(run_cleanly(lambda: write_dataset(
    folder, SETS, source="parameters", program=chr_program([10.0]), executor=LocalThreads(2), progress=progress,
)))
"""


@dataclass(frozen=True)
class Meeting:
    """A task that ends when as many as the barrier waits for are under way at once."""

    number: int
    barrier: threading.Barrier = field(compare=False)

    def __call__(self):
        self.barrier.wait(10.0)
        return threading.get_ident()


@dataclass(frozen=True)
class Counted:
    number: int
    begun: list = field(compare=False)

    def __call__(self):
        self.begun.append(self.number)
        time.sleep(0.01)
        return self.number


def test_as_many_tasks_at_once_as_workers_and_each_with_its_result():
    tasks = [Meeting(number, threading.Barrier(2)) for number in range(4)]
    tasks = [Meeting(task.number, tasks[0].barrier) for task in tasks]
    results = list(LocalThreads(2).run(tasks))
    assert sorted(task.number for task, _ in results) == [0, 1, 2, 3]
    assert len({thread for _, thread in results} - {threading.get_ident()}) == 2
    assert dict(LocalThreads(3).run([Number(0), Number(1)])) == {Number(0): b"0", Number(1): b"1"}


def test_one_worker_or_one_task_is_the_calling_thread():
    for workers, count in ((1, 2), (2, 1)):
        tasks = [Meeting(number, threading.Barrier(1)) for number in range(count)]
        assert {thread for _, thread in LocalThreads(workers).run(tasks)} == {threading.get_ident()}
    assert list(LocalThreads(2).run([])) == []


def test_stopping_early_leaves_nothing_running_and_the_rest_undone():
    begun = []
    results = LocalThreads(2).run([Counted(number, begun) for number in range(100)])
    next(results)
    results.close()
    done = len(begun)
    assert done <= 5
    time.sleep(0.05)
    assert len(begun) == done


def test_what_a_task_raises_comes_out():
    with pytest.raises(ZeroDivisionError):
        list(LocalThreads(2).run([Number(0), Broken(1), Number(2)]))


@pytest.mark.parametrize("workers", [0, -1, 1025])
def test_impossible_numbers_of_workers(workers):
    with pytest.raises(InvalidInputError, match=f"^workers = {workers}: must be a whole number from 1 to 1024$"):
        LocalThreads(workers)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_an_interrupted_run_goes_on_to_the_same_bytes(tmp_path, monkeypatch, how, status):
    monkeypatch.setattr(shards, "SHARD_QUARTETS", 4)
    path = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "two"), str(int(how))]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    assert done.returncode == status
    if how == signal.SIGINT:
        assert done.stderr.startswith("relaxnet: interrupted; ")
        assert done.stderr.endswith("of 13 shards are finished and kept, run again to go on\n")
    kept = contents(tmp_path / "two")
    assert 3 <= len(kept) < 13
    for folder, workers in ((tmp_path / "two", 2), (tmp_path / "one", 1)):
        write_dataset(folder, SETS, source="parameters", program=PROGRAM, executor=LocalThreads(workers))
    assert kept.items() <= contents(tmp_path / "two").items()
    assert contents(tmp_path / "two") == contents(tmp_path / "one")
