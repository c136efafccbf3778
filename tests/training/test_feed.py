"""The trainer's input: in order, ahead of its use, bounded."""

import threading
import time

import numpy as np
import pytest

from relaxnet.training import feed
from relaxnet.training.feed import Feed, prefetched


class Counted:
    """Batches that know how many of them were made, and by which threads."""

    def __init__(self, batches, seconds=0.0):
        self.made, self.threads, self._batches, self._seconds = 0, set(), batches, seconds

    def __len__(self):
        return self._batches

    def __getitem__(self, number):
        if number >= self._batches:
            raise IndexError
        time.sleep(self._seconds * (number % 3))
        self.made += 1
        self.threads.add(threading.current_thread())
        return number, None


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_batches_come_in_order(workers):
    assert [number for number, _ in prefetched(Counted(20, 1e-3), workers)] == list(range(20))


def test_batches_are_made_ahead_but_not_far():
    batches = Counted(50)
    taken = iter(prefetched(batches, 3))
    next(taken)
    time.sleep(0.1)
    assert 3 <= batches.made <= 5
    assert threading.current_thread() not in batches.threads
    taken.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batches")]


def test_error_of_a_batch_reaches_the_trainer_at_its_place():
    class Broken(Counted):
        def __getitem__(self, number):
            if number == 4:
                raise ValueError("broken")
            return super().__getitem__(number)

    seen = []
    with pytest.raises(ValueError, match="broken"):
        seen += [number for number, _ in prefetched(Broken(9), 2)]
    seen = []
    taken = iter(prefetched(Broken(9), 2))
    for _ in range(4):
        seen.append(next(taken)[0])
    assert seen == [0, 1, 2, 3]
    taken.close()


def test_time_waited_for_slow_batches_is_counted(source, parts, targets, network, monkeypatch):
    monkeypatch.setattr(feed, "MAX_IN_MEMORY_BYTES", 1)
    monkeypatch.setattr(feed, "WORKERS", 1)
    usual = source.inputs

    def slow(index):
        time.sleep(0.05)
        return usual(index)

    monkeypatch.setattr(source, "inputs", slow)
    given = Feed(network, source, parts, targets.scaling(source.targets), 8)
    given.model.compile("sgd", "mse", metrics=["mae"])
    logs = given.run_epoch(given.model, [1, 0])
    assert set(logs) == {"loss", "mae", "val_loss", "val_mae"}
    assert given.waited > 0.05
    assert given.waited < given.seconds


def test_losses_are_means_over_the_epoch(source, parts, targets, network, monkeypatch):
    given = Feed(network, source, parts, targets.scaling(source.targets), 8)
    given.model.compile("sgd", "mse", metrics=["mae"])
    given.model.optimizer.learning_rate = 0.0
    logs = given.run_epoch(given.model, [1, 0])
    difference = network.whole().predict(source.inputs(parts.validation)["ramps"], verbose=0) - targets.scaling(
        source.targets
    ).normalise(source.targets[parts.validation])
    assert logs["val_loss"] == pytest.approx(np.mean(difference**2), rel=1e-5)
    assert logs["val_mae"] == pytest.approx(np.mean(np.abs(difference)), rel=1e-5)
    assert given.run_epoch(given.model, [1, 1])["val_loss"] == logs["val_loss"]
    # with nothing learned and nothing dropped, the mean over unequal batches does not depend on their order
    monkeypatch.setattr(feed, "in_precision", lambda body, _: without_dropout(body))
    given = Feed(network, source, parts, targets.scaling(source.targets), 8)
    given.model.compile("sgd", "mse")
    given.model.optimizer.learning_rate = 0.0
    difference = network.whole().predict(source.inputs(parts.train)["ramps"], verbose=0) - targets.scaling(
        source.targets
    ).normalise(source.targets[parts.train])
    assert len(parts.train) % 8
    for epoch in range(2):
        assert given.run_epoch(given.model, [1, epoch])["loss"] == pytest.approx(np.mean(difference**2), rel=1e-5)


def without_dropout(body):
    for layer in body.layers:
        if hasattr(layer, "rate"):
            layer.rate = 0.0
    return body
