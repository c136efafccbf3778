"""One promotion of a model at a time."""

import os
import subprocess
import sys
import threading
import time

import pytest

from relaxnet.core.errors import TrackingError
from relaxnet.registry import lock
from relaxnet.registry.lock import HOLDER, SINCE, sole_promoter, who
from relaxnet.tracking.tracker import Tracker


@pytest.fixture
def tracker(root):
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
    assert tracker.client.search_registered_models() == []


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
        raise ZeroDivisionError
    with sole_promoter(tracker, "thing"):
        pass


@pytest.fixture
def dead():
    """Number of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def hold(tracker, holder, since="0"):
    tracker.client.create_registered_model("thing.lock", tags={HOLDER: holder, SINCE: since})


def test_the_lock_of_a_dead_process_is_broken(tracker, dead):
    hold(tracker, f"{who()} process {dead}", "1e12")
    with sole_promoter(tracker, "thing") as still_held:
        still_held()


def test_that_of_a_living_one_is_not(tracker):
    hold(tracker, f"{who()} process {os.getpid()}", repr(time.time()))
    with pytest.raises(TrackingError, match=f"process {os.getpid()}"), sole_promoter(tracker, "thing"):
        pass


def test_that_of_another_machine_is_after_its_time(tracker, monkeypatch):
    hold(tracker, "ann@elsewhere process 1", "1e12")
    with pytest.raises(TrackingError, match="ann@elsewhere"), sole_promoter(tracker, "thing"):
        pass
    tracker.client.set_registered_model_tag("thing.lock", SINCE, "0")
    with sole_promoter(tracker, "thing") as still_held:
        tracker.client.set_registered_model_tag("thing.lock", lock.TOKEN, "of someone who broke it")
        with pytest.raises(TrackingError, match="lost its lock; nothing is changed"):
            still_held()
    assert tracker.client.get_registered_model("thing.lock")  # theirs stays
