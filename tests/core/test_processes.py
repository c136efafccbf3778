import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from executor_tasks import (
    SETS,
    Broken,
    Deadly,
    DeadlyOnce,
    Number,
    Prepared,
    Process,
    Refused,
    Stubborn,
    Unpicklable,
    Variable,
    fail,
    prepare,
)

from relaxnet.core import _processes, processes
from relaxnet.core.errors import ExecutionError, InvalidInputError, MissingExtraError
from relaxnet.core.executors import DaskCluster, LocalProcesses, LocalThreads, make_executor
from relaxnet.studies.relaxation.dataset import shards, write_dataset
from relaxnet.studies.relaxation.physics import chr_program

PROGRAM = chr_program([10.0])
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
# A run of its own; `what` happens to it when so many shards are there.
RUN = """
import multiprocessing, os, signal, sys, time
from pathlib import Path
from relaxnet.core.console import run_cleanly
from executor_tasks import SETS
from relaxnet.core.executors import LocalProcesses
from relaxnet.studies.relaxation.dataset import shards, write_dataset
from relaxnet.studies.relaxation.physics import chr_program

folder, workers, what, after = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
shards.SHARD_QUARTETS = 4

def progress(count):
    if what == "nothing" or len(list(folder.glob("*.parquet"))) < after or not multiprocessing.active_children():
        return
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "kill a worker":
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
    if what == "interrupt":
        os.killpg(0, signal.SIGINT)
        time.sleep(60)

sys.exit(run_cleanly(lambda: write_dataset(
    folder, SETS, source="parameters", program=chr_program([10.0]), executor=LocalProcesses(workers),
    progress=progress, notice=print,
)))
"""


def run(folder, *, workers=2, what="nothing", after=0):
    arguments = [sys.executable, "-c", RUN, str(folder), str(workers), what, str(after)]
    # a session of its own: what it sends to its group does not reach the tests
    options = {"env": ENVIRONMENT, "start_new_session": True, "timeout": 60}
    return subprocess.run(arguments, capture_output=True, text=True, check=False, **options)


def digests(folder):
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def is_running(process_id):
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def assert_gone(process_ids):
    assert process_ids
    deadline = time.monotonic() + 5.0
    while any(map(is_running, process_ids)):
        assert time.monotonic() < deadline, "workers outlive their parent"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Shards of an undisturbed run in one process."""
    folder = tmp_path_factory.mktemp("whole") / "G"
    assert run(folder, workers=1).returncode == 0
    assert len(digests(folder)) == 13
    return digests(folder)


def test_results_belong_to_their_tasks_and_come_from_as_many_processes():
    tasks = [Process(value) for value in range(40)]
    results = dict(LocalProcesses(2).run(tasks))
    assert set(results) == set(tasks)
    assert len(set(results.values())) == 2
    assert str(os.getpid()).encode() not in results.values()


def test_one_worker_or_one_task_is_no_process_of_its_own():
    for workers, tasks in ((1, [Process(0), Process(1)]), (2, [Process(0)])):
        assert {pid for _, pid in LocalProcesses(workers).run(tasks)} == {str(os.getpid()).encode()}
    assert list(LocalProcesses(2).run([])) == []


def test_the_environment_is_there_before_a_task_is_imported(monkeypatch):
    monkeypatch.setenv("RELAXNET_TEST", "of the parent")
    pool = LocalProcesses(1, environment={"RELAXNET_OTHER": "of the worker"})
    for name, expected in (
        ("RELAXNET_TEST", "of the parent"),
        ("RELAXNET_OTHER", "of the worker"),
        ("OMP_NUM_THREADS", "1"),
    ):
        ((_, seen),) = pool.run([Variable(0, name)])
        assert (seen["imported"], seen["called"]) == (expected, expected)
        assert seen["process"] != os.getpid()
    assert "RELAXNET_OTHER" not in os.environ


def test_the_environment_of_a_worker_is_that_of_its_run(monkeypatch):
    pool = LocalProcesses(2, tasks_per_process=100)
    seen = []
    for value in ("first", "second", None):
        if value:
            monkeypatch.setenv("RELAXNET_TEST", value)
        else:
            monkeypatch.delenv("RELAXNET_TEST")
        seen += [result["called"] for _, result in pool.run([Variable(0, "RELAXNET_TEST")])]
    assert seen == ["first", "second", None]


def test_every_worker_is_prepared_once():
    pool = LocalProcesses(2, environment={"RELAXNET_TEST": "set"}, initializer=prepare)
    results = [result for _, result in pool.run([Prepared(value) for value in range(12)])]
    assert all(prepared == ["set"] for _, prepared in results)
    assert os.getpid() not in {process for process, _ in results}


def test_a_preparation_that_fails_comes_home():
    with pytest.raises(InvalidInputError, match=r"^backend = none: must be installed$"):
        list(LocalProcesses(2, initializer=fail).run([Number(0), Number(1)]))


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_are_replaced(workers):
    tasks = [Process(value) for value in range(8)]
    results = dict(LocalProcesses(workers, tasks_per_process=2).run(tasks))
    assert set(results) == set(tasks)
    tasks_of = [list(results.values()).count(process) for process in set(results.values())]
    assert max(tasks_of) == 2
    assert len(tasks_of) >= 4


def test_a_result_that_cannot_be_sent_home_is_told():
    with pytest.raises(Exception, match="pickle") as caught:
        list(LocalProcesses(2).run([Unpicklable(0), Number(1)]))
    assert "in a worker process:" in caught.value.__notes__[0]


def test_an_error_that_cannot_be_sent_home_is_told():
    with pytest.raises(ExecutionError) as caught:
        list(LocalProcesses(2).run([Stubborn(0), Number(1)]))
    assert str(caught.value) == "a worker process failed (StubbornError: this and that)"
    assert "executor_tasks.py" in caught.value.__notes__[0]


def test_where_a_task_failed_is_told():
    with pytest.raises(ZeroDivisionError) as caught:
        list(LocalProcesses(2).run([Broken(0), Number(1)]))
    assert "executor_tasks.py" in caught.value.__notes__[0]


def test_without_forkserver(monkeypatch):
    monkeypatch.setattr(_processes, "_METHOD", "spawn")
    monkeypatch.delattr(signal, "pthread_sigmask")
    tasks = [Process(value) for value in range(3)]
    assert set(dict(LocalProcesses(2).run(tasks))) == set(tasks)


def test_usable_processors(monkeypatch):
    assert 1 <= processes.usable_processors() <= os.cpu_count()
    monkeypatch.delattr(os, "sched_getaffinity")
    assert processes.usable_processors() == os.cpu_count()


@pytest.mark.slow
def test_same_bytes_for_any_number_of_workers(tmp_path, whole):
    assert run(tmp_path / "two", workers=2).returncode == 0
    assert run(tmp_path / "three", workers=3).returncode == 0
    assert digests(tmp_path / "two") == digests(tmp_path / "three") == whole


@pytest.mark.slow
def test_killed_twice_and_the_same_bytes_in_the_end(tmp_path, whole):
    folder, before = tmp_path / "G", {}
    for after in (3, 8):
        done = run(folder, what="kill", after=after)
        assert done.returncode == -signal.SIGKILL
        assert_gone([int(text) for text in done.stdout.split()])
        (folder / "shard-00012.parquet.part").write_bytes(b"PAR1 and then")
        stored = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}
        assert len(stored) >= after
        assert before.items() <= stored.items()  # nothing was made again
        before = stored
    done = run(folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert digests(folder) == whole
    assert before.items() <= {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}.items()


@pytest.mark.slow
def test_a_killed_worker_is_told_in_one_line_and_finished_shards_are_kept(tmp_path, whole):
    done = run(tmp_path, what="kill a worker", after=2)
    assert done.returncode == 2
    line = "relaxnet: a worker process died (SIGKILL); finished shards are kept, run again to go on\n"
    assert done.stderr == line
    assert digests(tmp_path).items() <= whole.items()
    assert run(tmp_path).returncode == 0
    assert digests(tmp_path) == whole


def test_ctrl_c_is_one_line_and_quick(tmp_path, whole):
    start = time.monotonic()
    done = run(tmp_path, what="interrupt", after=2)
    assert time.monotonic() - start < 15.0
    assert done.returncode == 130
    count = len(digests(tmp_path))
    assert done.stderr == f"relaxnet: interrupted; {count} of 13 shards are finished and kept, run again to go on\n"
    assert digests(tmp_path).items() <= whole.items()
    assert_gone([int(text) for text in done.stdout.split()])


ENDLESS = """
import sys
from pathlib import Path
from executor_tasks import Endless
from relaxnet.core.executors import LocalProcesses

for _ in LocalProcesses(2).run([Endless(n, Path(sys.argv[1])) for n in range(2)]):
    pass
"""


def test_busy_workers_die_with_their_parent(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", ENDLESS, str(tmp_path)], env=ENVIRONMENT)
    while len(list(tmp_path.iterdir())) < 2:
        assert parent.poll() is None
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    assert_gone([int(path.name) for path in tmp_path.iterdir()])


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_task_raises_comes_home(workers):
    with pytest.raises(InvalidInputError, match=r"^value = 1: must be another$") as caught:
        list(LocalProcesses(workers).run([Number(0), Refused(1), Number(2)]))
    assert caught.value.field == "value"
    with pytest.raises(ZeroDivisionError):
        list(LocalProcesses(workers).run([Broken(0), Number(1)]))


def test_a_deadly_task():
    with pytest.raises(ExecutionError, match=r"^a worker process died \(SIGKILL\); finished shards are kept"):
        list(LocalProcesses(2).run([Deadly(0), Number(1), Number(2)]))
    pool = LocalProcesses(1, environment={"A": "B"}, kept="all is kept")
    with pytest.raises(ExecutionError, match=r"^a worker process died \(SIGKILL\); all is kept$"):
        list(pool.run([Deadly(0)]))


def test_a_worker_that_died_is_replaced_as_often_as_allowed(tmp_path, capsys):
    tasks = [DeadlyOnce(0, tmp_path / "marker"), Number(1)]
    found = {task.value: result for task, result in LocalProcesses(2, replacements=1).run(tasks)}
    assert found == {0: b"0", 1: b"1"}
    assert "a worker process died (SIGKILL)" in capsys.readouterr().err
    with pytest.raises(ExecutionError, match=r"a worker process died \(SIGKILL\)"):
        list(LocalProcesses(2, replacements=3).run([Deadly(0), Number(1)]))


def test_other_code_is_refused(monkeypatch):
    shard = next(shards.cut(SETS, None, None))
    monkeypatch.setattr(shards, "shard_code", lambda: "other")
    with pytest.raises(ExecutionError, match="another version of relaxnet"):
        shard()


def test_workers_start_light():
    script = "import sys, relaxnet.studies.relaxation.dataset.shards; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not {"numba", "tensorflow", "keras", "mlflow", "great_expectations", "pandas", "distributed"} & loaded


@pytest.mark.parametrize("workers", [0, -1, 1025])
def test_impossible_numbers_of_workers(workers):
    with pytest.raises(InvalidInputError, match=rf"^workers = {workers}: must be a whole number from 1 to 1024$"):
        make_executor("local", workers=workers)


def test_impossible_number_of_tasks_a_process():
    with pytest.raises(InvalidInputError, match=r"^tasks_per_process = 0: must be a whole number from 1$"):
        LocalProcesses(tasks_per_process=0)


def test_dask_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r'^dask_address needs more: pip install "\.\[dask\]" in a checkout$'):
        make_executor("dask", dask_address="host:8786")


def test_executors_by_name(monkeypatch):
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    assert make_executor("local") == LocalThreads()
    assert make_executor("local", workers=3, dask_address="nonsense") == LocalThreads(3)
    assert make_executor("dask", dask_address="tcp://10.0.0.1:8786") == DaskCluster("tcp://10.0.0.1:8786")
    with pytest.raises(InvalidInputError, match=r"^executor = slurm: must be local or dask$"):
        make_executor("slurm")
    with pytest.raises(InvalidInputError, match=r"^dask_address = \(missing\): must be given"):
        make_executor("dask")
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "host:1234")
    assert make_executor("dask").address == "host:1234"
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "host")
    with pytest.raises(InvalidInputError, match=r"^DASK_SCHEDULER_ADDRESS = 'host': must be like tcp://host:8786$"):
        make_executor("dask")


@pytest.mark.parametrize("address", ["", "host", ":8786", "tcp://", "tcp://host:port", "host:8786/x", "a b:1"])
def test_malformed_addresses(address):
    with pytest.raises(InvalidInputError, match=r"^dask_address = .*: must be like tcp://host:8786$"):
        make_executor("dask", dask_address=address)


def test_in_this_process_too(tmp_path, whole, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_QUARTETS", 4)
    write_dataset(tmp_path, SETS, source="parameters", program=PROGRAM)
    assert digests(tmp_path) == whole


@pytest.mark.parametrize("workers", [0, -1, 2000, "a", 1.5, True])
def test_an_impossible_number_of_workers_is_refused(workers):
    with pytest.raises(InvalidInputError, match=rf"workers = {workers}: must be a whole number from 1 to"):
        processes.check_workers(workers)
