"""Training: learns, repeats, resumes, refuses."""

import keras
import numpy as np
import pytest

from relaxnet.backend import prepare_backend
from relaxnet.errors import TrainingError
from relaxnet.models.zoo import build
from relaxnet.training import loop
from relaxnet.training.loop import train

WEIGHTS = (1.0, 1.0)


class StopError(Exception):
    pass


def fresh(source, config):
    prepare_backend(config.seed)
    return build("mcnn-spline", config.network, source.input_shape, 2)


def stop_after(epochs):
    def on_epoch(epoch, logs):
        if epoch + 1 == epochs:
            raise StopError

    return on_epoch


def test_training_learns_and_starts_at_the_mean(source, parts, targets, config):
    longer = config.model_copy(update={"epochs": 40})
    trained = train(fresh(source, config), source, parts, targets, WEIGHTS, longer)
    history = trained.history
    normalised = targets.normalise(source.targets[parts.train])
    variance = normalised.var(axis=0).mean()
    assert history["loss"][0] < 0.2 * np.mean(normalised**2)  # no long way from zero to the mean
    assert history["val_loss"][-1] < 0.5 * variance
    assert len(history["loss"]) == 40
    assert trained.weights > 0
    assert trained.model.input_shape == (None, *source.input_shape)
    # estimating needs neither loss nor optimiser, and so must loading
    assert "WeightedMeanSquare" not in str(keras.saving.serialize_keras_object(trained.model))


def test_same_seed_same_weights(source, parts, targets, config):
    first, second = (
        train(fresh(source, config), source, parts, targets, WEIGHTS, config).model.get_weights() for _ in range(2)
    )
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_resumed_training_ends_where_an_uninterrupted_one_does(source, parts, targets, config, tmp_path, monkeypatch):
    whole = train(fresh(source, config), source, parts, targets, WEIGHTS, config)
    monkeypatch.setattr(loop, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    with pytest.raises(StopError):
        train(
            fresh(source, config), source, parts, targets, WEIGHTS, config,
            checkpoint=tmp_path, on_epoch=stop_after(3),
        )  # fmt: skip
    epochs = []
    resumed = train(
        fresh(source, config), source, parts, targets, WEIGHTS, config,
        checkpoint=tmp_path, on_epoch=lambda epoch, logs: epochs.append(epoch),
    )  # fmt: skip
    assert epochs == [3, 4, 5]
    assert resumed.history == whole.history
    for a, b in zip(resumed.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert resumed.checkpoint is not None
    assert len(list(resumed.checkpoint.glob("*.keras"))) == 1


def test_checkpoint_of_other_data_is_not_used(source, parts, targets, config, tmp_path):
    epochs = []
    for data in ("one", "two"):
        train(
            fresh(source, config), source, parts, targets, WEIGHTS, config,
            checkpoint=tmp_path, identity={"data": data}, on_epoch=lambda epoch, logs: epochs.append(epoch),
        )  # fmt: skip
    assert epochs == [*range(6), *range(6)]


def test_batches_on_demand_train_as_well(source, parts, targets, config, monkeypatch):
    in_memory = train(fresh(source, config), source, parts, targets, WEIGHTS, config)
    monkeypatch.setattr(loop, "LARGEST_IN_MEMORY_BYTES", 1)
    streamed = train(fresh(source, config), source, parts, targets, WEIGHTS, config)
    assert streamed.history["loss"][0] == pytest.approx(in_memory.history["loss"][0], rel=0.2)
    assert streamed.history["loss"][-1] < streamed.history["loss"][0]
    assert streamed.model.input_shape == (None, *source.input_shape)


def test_loss_that_is_not_finite_stops_the_training(source, parts, targets, config, tmp_path):
    wild = config.model_copy(
        update={"optimizer": config.optimizer.model_copy(update={"name": "sgd", "learning_rate": 1e20})}
    )
    with pytest.raises(TrainingError, match="study: the loss is not finite in epoch 1 of 6"):
        train(fresh(source, wild), source, parts, targets, WEIGHTS, wild, checkpoint=tmp_path, label="study")
    assert not list(tmp_path.rglob("*.part"))
