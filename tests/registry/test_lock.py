"""One promotion at a time, beside a file and in the registry itself."""

import os
import subprocess
import sys
import threading

import pytest

from relaxnet.core.errors import TrackingError
from relaxnet.registry import lock
from relaxnet.registry.champions import entries
from relaxnet.registry.lock import HOLDER, SINCE, sole_promoter, who
from relaxnet.tracking.tracker import Tracker


@pytest.fixture(params=["file", "registry"])
def tracker(root, request, monkeypatch):
    """The registry lock on a local store: it works on any, though another lock is used there."""
    if request.param == "registry":
        monkeypatch.setattr(lock, "sqlite_file", lambda uri: None)
    with Tracker(root, "study") as opened:
        yield opened


def test_only_one_of_two_gets_it_and_the_other_is_told(tracker):
    with sole_promoter(tracker, "thing") as still_held:
        still_held()
        told = pytest.raises(TrackingError, match="thing: its aliases are being changed by")
        with told, sole_promoter(tracker, "thing"):
            pass
        with sole_promoter(tracker, "other"):
            pass
    with sole_promoter(tracker, "thing"):
        pass
    assert entries(tracker, "") == []


def test_of_many_at_once_one_gets_it(tracker):
    start, got, told, end = threading.Barrier(5), [], [], threading.Event()

    def promote(number):
        start.wait()
        try:
            with sole_promoter(tracker, "thing"):
                got.append(number)
                end.wait(30)
        except TrackingError:
            told.append(number)
            if len(told) == 4:
                end.set()

    threads = [threading.Thread(target=promote, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(told)) == (1, 4)


def test_it_is_free_again_after_an_error(tracker):
    with pytest.raises(ZeroDivisionError), sole_promoter(tracker, "thing"):
        1 / 0  # noqa: B018
    with sole_promoter(tracker, "thing"):
        pass


@pytest.fixture
def dead():
    """Number of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def in_registry(root, monkeypatch):
    monkeypatch.setattr(lock, "sqlite_file", lambda uri: None)
    with Tracker(root, "study") as opened:
        yield opened


def hold(tracker, holder, since="0"):
    tracker.client.create_registered_model("thing.lock", tags={HOLDER: holder, SINCE: since})


def test_the_lock_of_a_dead_process_is_broken(in_registry, dead):
    hold(in_registry, f"{who()} process {dead}", "1e12")
    with sole_promoter(in_registry, "thing") as still_held:
        still_held()


@pytest.mark.parametrize("process", ["own", "of another user"])
def test_that_of_a_living_one_is_not(in_registry, process):
    number = os.getpid() if process == "own" else 1
    hold(in_registry, f"{who()} process {number}", "1e12")
    with pytest.raises(TrackingError, match=f"process {number}"), sole_promoter(in_registry, "thing"):
        pass


def test_that_of_another_machine_is_after_its_time(in_registry, monkeypatch):
    hold(in_registry, "ann@elsewhere process 1", "1e12")
    with pytest.raises(TrackingError, match="ann@elsewhere"), sole_promoter(in_registry, "thing"):
        pass
    in_registry.client.set_registered_model_tag("thing.lock", SINCE, "0")
    with sole_promoter(in_registry, "thing") as still_held:
        in_registry.client.set_registered_model_tag("thing.lock", lock.TOKEN, "of someone who broke it")
        with pytest.raises(TrackingError, match="lost its lock; nothing is changed"):
            still_held()
    assert in_registry.client.get_registered_model("thing.lock")  # theirs stays
