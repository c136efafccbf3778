"""Inputs that are changed before they are trained on: anew for every epoch, and only in training."""

import numpy as np
import pytest

from relaxnet.core.backend import prepare_backend
from relaxnet.models.blocks.architectures import build
from relaxnet.training import feed
from relaxnet.training.feed import Feed
from relaxnet.training.loop import train


class Shifted:
    """Adds a random number to each sample, and remembers what it was given."""

    def __init__(self):
        self.seen, self.added = [], []

    def __call__(self, inputs, generator):
        (values,) = inputs.values()
        self.seen.append(values)
        self.added.append(generator.normal(size=(len(values), 1, 1)).astype(np.float32))
        return {"ramps": values + self.added[-1]}


class Drawn:
    """A stream that draws samples of the source."""

    def __init__(self, source):
        self._source = source

    def draw(self, generator, count):
        index = generator.integers(len(self._source.targets), size=count)
        return self._source.inputs(index), self._source.targets[index]


@pytest.fixture(params=["memory", "batches", "stream", "streamed batches"])
def given(request, source, parts, targets, network, monkeypatch):
    """A feed of each kind, and what changes its inputs."""
    if "batches" in request.param:
        monkeypatch.setattr(feed, "MAX_IN_MEMORY_BYTES", 1)
        monkeypatch.setattr(feed, "WORKERS", 1)
    stream = Drawn(source) if "stream" in request.param else None
    augment = Shifted()
    made = Feed(network, source, parts, targets.scaling(source.targets), 8, stream, augment)
    made.model.compile("sgd", "mse", metrics=["mae"])
    made.model.optimizer.learning_rate = 0.0
    return made, augment


def test_every_training_sample_is_changed_in_every_epoch(given, parts):
    made, augment = given
    made.run_epoch(made.model, [1, 0])
    first = np.concatenate(augment.added)
    assert len(first) == len(np.unique(first)) == len(parts.train)
    made.run_epoch(made.model, [1, 1])
    both = np.concatenate(augment.added)
    assert len(np.unique(both)) == 2 * len(parts.train)
    made.run_epoch(made.model, [1, 0])
    np.testing.assert_array_equal(np.sort(np.concatenate(augment.added)[len(both) :], axis=0), np.sort(first, axis=0))


@pytest.mark.slow
def test_the_losses_are_those_of_the_changed_inputs_and_the_validation_is_left_alone(
    given, source, parts, targets, network
):
    made, augment = given
    logs = made.run_epoch(made.model, [1, 0])
    untouched = Feed(network, source, parts, targets.scaling(source.targets), 8)
    untouched.model.compile("sgd", "mse", metrics=["mae"])
    untouched.model.optimizer.learning_rate = 0.0
    plain = untouched.run_epoch(untouched.model, [1, 0])
    assert logs["val_loss"] == pytest.approx(plain["val_loss"], rel=1e-5)
    assert logs["loss"] != pytest.approx(plain["loss"], rel=1e-4)
    validation = source.inputs(parts.validation)["ramps"]
    seen = np.concatenate(augment.seen)
    assert not any((sample == seen).all(axis=(1, 2)).any() for sample in validation) or made._stream


def test_a_solved_network_is_solved_on_changed_inputs(source, parts, targets, loss, config):
    options = {"points": 30, "components": 5}
    config = config.model_copy(update={"network": options})
    losses = []
    for augment in (None, Shifted(), Shifted()):
        prepare_backend(config.seed)
        network = build("pca-ridge", options, source.input_shapes, 2)
        losses.append(train(network, source, parts, targets, loss, config, augment=augment).history["val_loss"])
    assert losses[0] != losses[1]
    assert losses[1] == losses[2]
