"""On a real cluster of worker processes, some of which die."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import dask
import pytest
import yaml
from distributed import Client, LocalCluster
from executor_tasks import SETS, Broken, Deadly, DeadlyOnce, Number, Process, Refused

from relaxnet.core import _dask
from relaxnet.core.errors import ExecutionError, InvalidInputError
from relaxnet.core.executors import DaskCluster
from relaxnet.studies.relaxation.dataset import shards, write_dataset
from relaxnet.studies.relaxation.physics import chr_program

ROOT = Path(__file__).parents[2]
PROGRAM = chr_program([10.0])


def start(workers):
    return LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0")


@pytest.fixture(scope="module")
def cluster():
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}), start(3) as cluster:
        yield cluster


@pytest.fixture
def executor(cluster):
    with Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(3, timeout=20)  # those that the last test killed are back
    return DaskCluster(cluster.scheduler_address)


@pytest.fixture
def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


def test_results_belong_to_their_tasks_and_come_from_all_workers(executor):
    tasks = [Process(value) for value in range(40)]
    results = dict(executor.run(tasks))
    assert set(results) == set(tasks)
    assert len(set(results.values())) == 3
    assert list(executor.run([])) == []


def test_a_bounded_number_of_tasks_is_under_way(executor, monkeypatch):
    most, wait = [], _dask.wait
    monkeypatch.setattr(_dask, "wait", lambda futures, **options: most.append(len(futures)) or wait(futures, **options))
    assert len(list(executor.run([Number(value) for value in range(60)]))) == 60
    assert max(most) == 6


def test_same_bytes_although_a_worker_is_killed(tmp_path, executor, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_QUARTETS", 4)
    victims = []

    def kill_a_worker(count):
        if count and not victims:
            with Client(executor.address, set_as_default=False) as client:
                victims.extend(client.run(os.getpid).values())
            os.kill(victims[0], signal.SIGKILL)

    folders = [tmp_path / "dask", tmp_path / "local"]
    options = {"source": "parameters", "program": PROGRAM}
    write_dataset(folders[0], SETS, executor=executor, progress=kill_a_worker, **options)
    write_dataset(folders[1], SETS, **options)
    assert len(victims) == 3
    one, other = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert one == other
    assert len(one) == 13


def test_a_task_whose_worker_dies_is_done_by_another(tmp_path, executor):
    tasks = [DeadlyOnce(value, tmp_path / "marker") for value in range(8)]
    assert {task.value: result for task, result in executor.run(tasks)} == {n: str(n).encode() for n in range(8)}


@pytest.mark.slow
def test_results_lost_with_their_worker_are_computed_again(executor):
    tasks = [Process(value) for value in range(12)]
    results = executor.run(tasks)
    done = [next(results)]
    time.sleep(0.5)  # the workers finish what they have and hold the results
    os.kill(int(done[0][1]), signal.SIGKILL)
    done += results
    assert {task for task, _ in done} == set(tasks)


@pytest.mark.slow
def test_a_task_that_kills_every_worker(executor):
    with pytest.raises(ExecutionError, match=r"^Dask workers died again and again over the same shard; finished"):
        list(executor.run([Deadly(0)]))


def test_what_a_task_raises_comes_home(executor):
    with pytest.raises(InvalidInputError, match=r"^value = 1: must be another$"):
        list(executor.run([Number(0), Refused(1)]))
    with pytest.raises(ExecutionError, match=r"^a Dask worker failed \(ZeroDivisionError: division\); finished"):
        list(executor.run([Broken(0)]))


def test_stopping_early_leaves_nothing_to_do(executor):
    results = executor.run([Process(value) for value in range(1000)])
    next(results)
    results.close()
    with Client(executor.address, set_as_default=False) as client:
        assert client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)) == 0


@pytest.mark.parametrize("loss", [pytest.param("workers", marks=pytest.mark.slow), "scheduler"])
def test_losing_the_cluster(monkeypatch, loss):
    monkeypatch.setattr(_dask, "LOST_S", 0.5)
    monkeypatch.setattr(_dask, "CONNECT_S", 1.0)
    with start(1) as cluster:
        address = cluster.scheduler_address
        results = DaskCluster(address).run([Process(value) for value in range(10_000)])
        next(results)
        if loss == "workers":
            cluster.scale(0)
        else:
            cluster.close()
        start_s = time.monotonic()
        with pytest.raises(ExecutionError) as caught:
            list(results)
    assert time.monotonic() - start_s < 15.0
    assert str(caught.value).startswith(
        f"the Dask scheduler at {address} {'has no workers' if loss == 'workers' else 'was lost'}"
    )
    assert "\n" not in str(caught.value)


def test_nobody_at_the_address(free_address, monkeypatch):
    monkeypatch.setattr(_dask, "CONNECT_S", 1.0)
    with pytest.raises(ExecutionError, match=f"^no Dask scheduler answers at {free_address} \\(") as caught:
        list(DaskCluster(free_address).run([Number(0)]))
    assert "\n" not in str(caught.value)


def stage(folder, **choices):
    """Run the stage ``simulate`` with choices for its section of the params."""
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    raw["profile"] = "smoke"
    raw["profiles"]["smoke"]["simulate"]["quartets_per_subset"] = 8
    raw["simulate"] |= choices
    (folder / "params.yaml").write_text(yaml.safe_dump(raw))
    environment = {name: value for name, value in os.environ.items() if name != "DASK_SCHEDULER_ADDRESS"}
    command = [sys.executable, str(ROOT / "pipelines" / "simulate.py"), "relaxation", "C"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if line.startswith("relaxnet: ")]
    return done.returncode, "\n".join(lines), done.stderr


def test_the_stage_on_a_cluster(tmp_path, executor):
    status, _, errors = stage(tmp_path, executor="dask", dask_address=executor.address)
    assert status == 0, errors
    assert [path.name for path in (tmp_path / "data" / "relaxation" / "C").iterdir()] == ["shard-00000.parquet"]


@pytest.mark.slow  # waits as long as a user would
def test_the_stage_with_a_dead_address(tmp_path, free_address):
    start_s = time.monotonic()
    status, line, errors = stage(tmp_path, executor="dask", dask_address=free_address)
    assert time.monotonic() - start_s < 15.0
    assert status == 2
    assert line.startswith(f"relaxnet: no Dask scheduler answers at {free_address}")
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"executor": "slurm"}, "relaxnet: simulate.executor = slurm: must be 'local' or 'dask'"),
        ({"workers": 0}, "relaxnet: simulate.workers = 0: must be greater than or equal to 1"),
        ({"executor": "dask"}, "relaxnet: dask_address = (missing): must be given, there or as DASK_SCHEDULER_ADDRESS"),
        (
            {"executor": "dask", "dask_address": "x"},
            "relaxnet: simulate.dask_address = x: must be like tcp://host:8786",
        ),
    ],
)
def test_bad_choices_of_the_stage(tmp_path, choices, expected):
    assert stage(tmp_path, **choices) == (2, expected, f"{expected}\n")
