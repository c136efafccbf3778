"""Several workers on one study, killed at any moment: nothing is lost, and no trial is stuck."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest
import worker
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from postgresql import Server, binaries

from relaxnet.core.errors import InvalidInputError, SearchStorageError
from relaxnet.search.run import Search

HERE = Path(__file__).parent
postgresql = pytest.param(
    "postgresql", marks=[pytest.mark.slow, pytest.mark.skipif(not binaries(), reason="no server")]
)


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running


@pytest.fixture(params=["journal", postgresql])
def storage(request, tmp_path):
    """Where the trials are kept: a journal, or a database that is stopped and started by ``server``."""
    if request.param == "journal":
        return str(tmp_path / "journal.log")
    running = request.getfixturevalue("server")
    name = f"d{tmp_path.name.replace('-', '_')}".lower()[:40]
    at = ["--host", "127.0.0.1", "--port", running.port, "--username", "tester"]
    running._run("createdb", *at, name)
    return running.address.rpartition("/")[0] + f"/{name}"


class Crew:
    """Workers on one study, and what they wrote."""

    def __init__(self, folder, storage):
        self.folder, self.storage, self.processes = folder, storage, []

    def start(self, trials=8, seconds=0.1, grid=False):
        command = [sys.executable, str(HERE / "worker.py"), self.storage, str(self.folder / "log"), trials, seconds]
        self.processes.append(
            subprocess.Popen([*map(str, command), *(["grid"] if grid else [])], stderr=subprocess.PIPE, text=True)
        )
        return self.processes[-1]

    def lines(self):
        log = self.folder / "log"
        return [line.split(maxsplit=2) for line in log.read_text().splitlines()] if log.exists() else []

    def wait_for(self, text, count=1, process=None):
        deadline = time.monotonic() + 60
        own = str(process.pid) if process else None
        while sum(line[2].startswith(text) and own in (None, line[1]) for line in self.lines()) < count:
            assert time.monotonic() < deadline, f"no {text}: {self.lines()}"
            time.sleep(0.02)

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait()

    def end(self):
        for process in self.processes:
            if process.returncode is None:
                _, said = process.communicate(timeout=120)
                assert process.returncode == 0, said

    def records(self, grid=False):
        search = Search(worker.spec(grid), worker.place(self.storage))
        try:
            assert not [t for t in search._study.get_trials(deepcopy=False) if t.state.name in ("RUNNING", "WAITING")]
            return search.records()
        finally:
            search.close()


@pytest.fixture
def crew(tmp_path, storage):
    found = Crew(tmp_path, storage)
    yield found
    for process in found.processes:
        process.kill()
        process.communicate()


def whole(records, count=8):
    """As many trials as asked for ended by themselves."""
    assert len(records) == count
    assert {record.state for record in records} == {"complete"}
    assert all(len(record.steps) == worker.STEPS for record in records)


def test_a_second_worker_joins_a_running_study(crew):
    first = crew.start()
    crew.wait_for("begin")
    second = crew.start()
    crew.end()
    whole(crew.records())
    lines = crew.lines()
    assert {line[1] for line in lines if line[2].startswith("end")} == {str(first.pid), str(second.pid)}
    assert not [line for line in lines if line[2].startswith("orphan")]  # it leaves the trials of the first alone
    begun = [line[2] for line in lines if line[2].startswith("begin")]
    assert sorted(begun) == sorted(f"begin {number}" for number in range(8))


def test_a_killed_worker_leaves_its_trial_to_another(crew):
    first = crew.start()
    crew.wait_for("begin", process=first)
    second = crew.start()
    crew.wait_for("begin", process=second)
    crew.kill(first)
    crew.end()
    whole(crew.records())
    lost = [line[2].split()[1] for line in crew.lines() if line[2].startswith("orphan")]
    assert len(lost) == 1


def test_all_workers_are_killed_and_the_study_goes_on_within_15_seconds(crew, storage, request):
    for process in (crew.start(), crew.start()):
        crew.wait_for("begin", process=process)
    for process in crew.processes:
        crew.kill(process)
    open_trials = {line[2].split()[1] for line in crew.lines() if line[2].startswith("begin")}
    open_trials -= {line[2].split()[1] for line in crew.lines() if line[2].startswith("end")}
    if "://" in storage:
        running = request.getfixturevalue("server")
        running.stop()
        running.start()
    begun = time.time()
    crew.start(trials=2)  # no more than were begun: these are run again, or nothing is
    crew.end()
    again = [float(line[0]) for line in crew.lines() if line[2].startswith("begin") and float(line[0]) > begun]
    assert again[0] - begun < 15
    assert {line[2].split()[1] for line in crew.lines() if line[2].startswith("orphan")} == open_trials
    whole(crew.records(), 2)


@pytest.mark.slow
def test_workers_killed_at_any_moment(crew):
    """Also in the middle of a write: the moments are random."""
    moments = random.Random(5)
    for _ in range(4):
        processes = [crew.start(seconds=0.01, trials=60), crew.start(seconds=0.01, trials=60)]
        crew.wait_for("begin", process=processes[0])
        time.sleep(moments.uniform(0.0, 0.3))
        for process in processes:
            crew.kill(process)
    crew.start(seconds=0.0, trials=60)
    crew.end()
    whole(crew.records(), 60)


def test_a_grid_is_exact_and_complete(crew):
    processes = [crew.start(seconds=0.02, grid=True) for _ in range(3)]
    crew.wait_for("begin", 3)
    crew.kill(processes[0])
    crew.end()
    crew.start(seconds=0.0, grid=True)
    crew.end()
    found = [(record.params["x"], record.params["kind"]) for record in crew.records(grid=True)]
    assert sorted(found) == sorted((x, kind) for x in (-2, -1, 0, 1, 2) for kind in "ab")


@pytest.mark.slow
def test_a_worker_that_is_stopped_for_long_loses_its_trial_and_goes_on(tmp_path):
    """Its process is there, but gives no sign of life."""
    crew = Crew(tmp_path, str(tmp_path / "journal.log"))
    first = crew.start(trials=3)
    crew.wait_for("begin", process=first)
    first.send_signal(signal.SIGSTOP)
    crew.start(trials=3)
    crew.wait_for("orphan")
    crew.wait_for("done")
    first.send_signal(signal.SIGCONT)
    _, said = first.communicate(timeout=60)
    assert first.returncode == 0, said
    assert "given to another worker" in said
    crew.end()
    whole(crew.records(), 3)


def test_a_line_that_a_dead_worker_left_torn_does_not_spoil_those_of_the_living(tmp_path):
    crew = Crew(tmp_path, str(tmp_path / "journal.log"))
    crew.start(trials=3)
    crew.wait_for("begin")
    with (tmp_path / "journal.log").open("ab") as stream:
        stream.write(b'{"op_code": 7, "worker_')
    crew.end()
    whole(crew.records(), 3)


def test_a_blank_line_in_the_midst_is_told_in_one_line(tmp_path):
    crew = Crew(tmp_path, str(tmp_path / "journal.log"))
    process = crew.start(trials=30)
    crew.wait_for("begin")
    with (tmp_path / "journal.log").open("ab") as stream:
        stream.write(b"\n")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.count("\n") == 1
    assert "journal.log: no search journal, or a damaged one" in said


def test_a_lock_that_a_killed_worker_left_is_broken(tmp_path):
    crew = Crew(tmp_path, str(tmp_path / "journal.log"))
    (tmp_path / "journal.log.lock").touch()
    begun = time.monotonic()
    crew.start(trials=1)
    crew.end()
    assert time.monotonic() - begun < 15
    whole(crew.records(), 1)


def test_a_database_that_is_not_there_is_told_without_its_password():
    begun = time.monotonic()
    with pytest.raises(SearchStorageError) as caught:
        Search(worker.spec(), "postgresql://me:secret@127.0.0.1:9/searches")
    assert time.monotonic() - begun < 10
    assert str(caught.value).startswith("search storage postgresql://127.0.0.1:9/searches: cannot be used (")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.skipif(not binaries(), reason="no PostgreSQL server")
def test_a_server_that_is_restarted_meanwhile_stops_no_worker(tmp_path):
    with Server() as own:
        crew = Crew(tmp_path, own.address)
        crew.start(trials=4, seconds=0.5)
        crew.wait_for("begin")
        own.stop()
        time.sleep(3)
        own.start()
        crew.end()
        whole(crew.records(), 4)


@pytest.mark.slow
@pytest.mark.skipif(not binaries(), reason="no PostgreSQL server")
def test_a_server_that_is_lost_is_one_line(tmp_path):
    with Server() as own:
        crew = Crew(tmp_path, own.address)
        process = crew.start(trials=4, seconds=0.5)
        crew.wait_for("begin")
        own.stop()
        _, said = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert [line for line in said.splitlines() if "search storage" in line] == said.splitlines()
    assert said.count("\n") == 1


def test_another_study_under_the_same_name_is_refused(tmp_path):
    journal = tmp_path / "journal.log"
    backend = JournalFileBackend(str(journal))
    study = optuna.create_study(storage=JournalStorage(backend), study_name=worker.spec().study_name)
    study.ask({"y": optuna.distributions.FloatDistribution(0.0, 1.0)})
    before = journal.read_bytes()
    with pytest.raises(InvalidInputError, match=r"study = killed-tpe-\w+: must be another name: the storage has a"):
        Search(worker.spec(), journal)
    assert journal.read_bytes() == before
