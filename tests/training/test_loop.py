"""Training: learns, repeats, resumes, refuses."""

import json
import signal

import keras
import numpy as np
import pytest

from relaxnet.core.backend import prepare_backend
from relaxnet.core.errors import TrainingError
from relaxnet.models.blocks.architectures import build
from relaxnet.models.blocks.network import Network
from relaxnet.training import feed, loop
from relaxnet.training.config import OptimizerConfig
from relaxnet.training.loop import train


class StopError(Exception):
    pass


def fresh(source, config):
    prepare_backend(config.seed)
    return build("cnn", config.network, source.input_shapes, 2)


def mcnn(source, config):
    prepare_backend(config.seed)
    sizes = {"filters": [2, 3, 4], "pool": 4, "dense": 6, "dropout": 0.2, "segment_points": 24, "noise": 0.01}
    return build("mcnn-spline", sizes, source.input_shapes, 2)


def plain(source, config, dropout=0.2):
    """A small network, compiled in a second."""
    prepare_backend(config.seed)
    signals = keras.Input(source.input_shapes["ramps"], name="ramps")
    view = keras.Input(source.input_shapes["ramps"])
    hidden = keras.layers.GaussianNoise(config.network.get("noise", 0.0))(view)
    hidden = keras.layers.Flatten()(keras.layers.Conv1D(3, 5, strides=4, activation="relu")(hidden))
    hidden = keras.layers.Dropout(dropout)(keras.layers.Dense(6, activation="tanh")(hidden))
    body = keras.Model([view], keras.layers.Dense(2)(hidden), name="plain")
    return Network(keras.Model(signals, [keras.layers.Identity()(signals)]), body)


def spoilt(inputs, bad):
    return {"ramps": np.where(bad[:, None, None], np.float32(np.nan), inputs["ramps"])}


def stop_after(epochs):
    def on_epoch(epoch, logs):
        if epoch + 1 == epochs:
            raise StopError

    return on_epoch


def kept_epochs(folder):
    """Epochs of the only checkpoint, all of it finite."""
    (file,) = folder.rglob("*.*")
    with np.load(file) as stored:
        assert all(np.isfinite(stored[name]).all() for name in stored.files if name != "state")
        return len(json.loads(str(stored["state"]))["history"]["loss"])


def test_training_learns_and_starts_at_the_mean(source, parts, targets, loss, config):
    longer = config.model_copy(update={"epochs": 40, "network": {**config.network, "dropout": 0.0}})
    trained = train(fresh(source, longer), source, parts, targets, loss, longer)
    history = trained.history
    scaled = trained.scaling.normalise(source.targets[parts.train])
    variance = scaled.var(axis=0).mean()
    assert history["loss"][0] < 0.2 * np.mean(scaled**2)  # no long way from zero to the mean
    assert history["val_loss"][-1] < 0.5 * variance
    assert len(history["loss"]) == 40
    assert trained.n_trainable == trained.n_parameters > 0
    assert trained.model.input_shape == (None, *source.input_shapes["ramps"])
    # estimating needs neither loss nor optimiser, and so must loading
    assert "TargetLoss" not in str(keras.saving.serialize_keras_object(trained.model))


def test_same_seed_same_weights(source, parts, targets, loss, config):
    first, second = (
        train(plain(source, config), source, parts, targets, loss, config).model.get_weights() for _ in range(2)
    )
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


class Ramp:
    """A stream of the same study as the source."""

    def __init__(self, source):
        self._source = source

    def draw(self, generator, count):
        index = generator.integers(len(self._source.targets), size=count)
        ramps = self._source.inputs(index)["ramps"] + generator.normal(0, 0.01, (count, 1, 1)).astype(np.float32)
        return {"ramps": ramps}, self._source.targets[index]


@pytest.mark.parametrize(
    ("make", "streamed", "in_memory", "changes"),
    [
        (fresh, False, True, {}),
        pytest.param(mcnn, False, True, {}, marks=pytest.mark.slow),
        pytest.param(plain, False, False, {}, marks=pytest.mark.slow),
        pytest.param(plain, True, True, {}, marks=pytest.mark.slow),
        (plain, True, False, {}),
        pytest.param(plain, False, True, {"xla": True}, marks=pytest.mark.slow),
        pytest.param(plain, False, False, {"precision": "mixed_bfloat16"}, marks=pytest.mark.slow),
        pytest.param(mcnn, True, False, {"xla": True}, marks=pytest.mark.slow),
    ],
    ids=["memory", "mcnn", "on demand", "streamed", "streamed on demand", "xla", "bfloat16 on demand", "xla on demand"],
)
def test_resumed_training_ends_where_an_uninterrupted_one_does(
    source, parts, targets, loss, config, tmp_path, monkeypatch, make, streamed, in_memory, changes
):
    """With dropout, noise, Adam and a cosine schedule, bit by bit."""
    config = config.model_copy(update={"network": {**config.network, "noise": 0.01}, "epochs": 4, **changes})
    monkeypatch.setattr(loop, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    if not in_memory:
        monkeypatch.setattr(feed, "MAX_IN_MEMORY_BYTES", 1)

    def run(**options):
        stream = Ramp(source) if streamed else None
        return train(make(source, config), source, parts, targets, loss, config, stream=stream, **options)

    whole = run()
    with pytest.raises(StopError):
        run(checkpoint=tmp_path, on_epoch=stop_after(2))
    epochs = []
    resumed = run(checkpoint=tmp_path, on_epoch=lambda epoch, logs: epochs.append(epoch))
    assert epochs == [2, 3]
    assert resumed.history == whole.history
    for a, b in zip(resumed.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert resumed.checkpoint is not None
    assert [path.name for path in resumed.checkpoint.iterdir()] == ["checkpoint.npz"]
    prepare_backend(1)  # as it was, for other tests


@pytest.mark.parametrize(("where", "call"), [("train_on_batch", 9 * 3), ("test_on_batch", 4)])
def test_interrupted_training_goes_on_after_its_last_finished_epoch(
    source, parts, targets, loss, config, tmp_path, monkeypatch, where, call
):
    """Bit by bit, although the interrupt comes in the middle of an epoch, when its weights are half updated."""
    whole = train(plain(source, config), source, parts, targets, loss, config)
    real, calls = getattr(keras.Model, where), []

    def interrupted(self, *arguments, **options):
        logs = real(self, *arguments, **options)
        calls.append(logs)
        if len(calls) == call:
            signal.raise_signal(signal.SIGINT)
        return logs

    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, where, interrupted)
        with pytest.raises(KeyboardInterrupt) as interrupt:
            train(plain(source, config), source, parts, targets, loss, config, checkpoint=tmp_path)
    done = kept_epochs(tmp_path)
    assert str(interrupt.value) == f"epoch {done} of 6 is kept, run again to go on"
    assert 0 < done < 6
    epochs = []
    resumed = train(
        plain(source, config), source, parts, targets, loss, config,
        checkpoint=tmp_path, on_epoch=lambda epoch, logs: epochs.append(epoch),
    )  # fmt: skip
    assert epochs == list(range(done, 6))
    assert resumed.history == whole.history
    for a, b in zip(resumed.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_interrupts_before_the_first_epoch_and_while_saving(
    source, parts, targets, loss, config, tmp_path, monkeypatch
):
    def interrupt(*_, **__):
        signal.raise_signal(signal.SIGINT)

    def half_written(file, **_):
        file.write(b"half")
        interrupt()

    def run(**options):
        with pytest.raises(KeyboardInterrupt) as caught:
            train(plain(source, config), source, parts, targets, loss, config, checkpoint=tmp_path, **options)
        return str(caught.value)

    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "train_on_batch", interrupt)
        assert run() == "no epoch of 6 was finished"
    assert not list(tmp_path.rglob("*.*"))
    assert run(on_epoch=lambda epoch, _: epoch == 1 and interrupt()) == "epoch 2 of 6 is kept, run again to go on"
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", half_written)
        assert run(on_epoch=lambda epoch, _: epoch == 3 and interrupt()) == "epoch 2 of 6 is kept, run again to go on"
    assert kept_epochs(tmp_path) == 2


@pytest.mark.slow  # TensorFlow tries for ten seconds
def test_too_little_memory_is_told_with_what_to_make_smaller(source, parts, targets, loss, config):
    def huge(source, config):
        signals, view = (keras.Input(source.input_shapes["ramps"], name=name) for name in ("ramps", "view"))
        wide = keras.layers.UpSampling1D(2 * 10**7)(keras.layers.Concatenate()([view] * 1000))  # some 80 TB
        wide = keras.layers.GlobalMaxPooling1D()(wide)
        body = keras.Model([view], keras.layers.Dense(2)(wide))
        return Network(keras.Model(signals, [keras.layers.Identity()(signals)]), body)

    message = r"^train: not enough memory in epoch 1 of 6: make batch_size \(8\) or the sizes of the network smaller$"
    with pytest.raises(TrainingError, match=message):
        train(huge(source, config), source, parts, targets, loss, config)


def test_checkpoint_of_other_data_is_not_used(source, parts, targets, loss, config, tmp_path):
    epochs = []
    for data in ("one", "two"):
        train(
            plain(source, config), source, parts, targets, loss, config,
            checkpoint=tmp_path, identity={"data": data}, on_epoch=lambda epoch, logs: epochs.append(epoch),
        )  # fmt: skip
    assert epochs == [*range(6), *range(6)]


def test_batches_on_demand_train_as_well(source, parts, targets, loss, config, monkeypatch):
    in_memory = train(plain(source, config), source, parts, targets, loss, config)
    monkeypatch.setattr(feed, "MAX_IN_MEMORY_BYTES", 1)
    streamed = train(plain(source, config), source, parts, targets, loss, config)
    assert streamed.history["loss"][0] == pytest.approx(in_memory.history["loss"][0], rel=0.2)
    assert streamed.history["loss"][-1] < streamed.history["loss"][0]
    assert streamed.model.input_shape == (None, *source.input_shapes["ramps"])


def test_loss_that_is_not_finite_stops_the_training(source, parts, targets, loss, config, tmp_path):
    wild = config.model_copy(
        update={"optimizer": config.optimizer.model_copy(update={"name": "sgd", "learning_rate": 1e20})}
    )
    with pytest.raises(TrainingError, match=r"^study: the loss is not finite in batch \d of 6, epoch 1 of 6$"):
        train(plain(source, wild), source, parts, targets, loss, wild, checkpoint=tmp_path, label="study")
    assert not list(tmp_path.rglob("*.*"))


def test_last_good_checkpoint_is_kept(source, parts, targets, loss, config, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    monkeypatch.setattr(loop, "reseed", lambda model, seed, epoch: epoch == 2 and model.weights[0].assign(
        np.full(model.weights[0].shape, np.nan)
    ))  # fmt: skip
    with pytest.raises(TrainingError, match=r"batch 1 of 6, epoch 3 of 6; the checkpoint of epoch 2 is kept$"):
        train(plain(source, config), source, parts, targets, loss, config, checkpoint=tmp_path)
    assert kept_epochs(tmp_path) == 2


def test_weights_that_are_not_finite_are_never_kept(source, parts, targets, loss, config, tmp_path, monkeypatch):
    """Even where losses do not show them."""
    monkeypatch.setattr(loop, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)

    def run_epoch(self, model, seed):
        if seed[1] == 1:
            model.weights[0].assign(np.full(model.weights[0].shape, np.inf))
        return {"loss": 1.0, "mae": 1.0, "val_loss": 1.0, "val_mae": 1.0}

    monkeypatch.setattr(feed.Feed, "run_epoch", run_epoch)
    with pytest.raises(TrainingError, match=r"the weights are not finite in epoch 2 of 6; the checkpoint of epoch 1"):
        train(plain(source, config), source, parts, targets, loss, config, checkpoint=tmp_path)
    assert kept_epochs(tmp_path) == 1


@pytest.mark.parametrize("in_memory", [True, False])
def test_input_that_is_not_finite_is_named(source, parts, targets, loss, config, monkeypatch, in_memory):
    bad = parts.train[3]
    usual = source.inputs
    monkeypatch.setattr(source, "inputs", lambda index: spoilt(usual(index), index == bad))
    where = "$" if in_memory else r" in batch \d of 6, epoch 1 of 6$"
    if not in_memory:
        monkeypatch.setattr(feed, "MAX_IN_MEMORY_BYTES", 1)
    with pytest.raises(TrainingError, match=rf"^study: the input of sample {bad} is not finite{where}"):
        train(plain(source, config), source, parts, targets, loss, config, label="study")


def test_validation_input_that_is_not_finite_is_named_with_its_batch(source, parts, targets, loss, config, monkeypatch):
    bad = parts.validation[-1]
    usual = source.inputs
    monkeypatch.setattr(source, "inputs", lambda index: spoilt(usual(index), index == bad))
    monkeypatch.setattr(feed, "MAX_IN_MEMORY_BYTES", 1)
    where = r"in validation batch (\d) of \1, epoch 1 of 6$"
    with pytest.raises(TrainingError, match=rf"^study: the input of sample {bad} is not finite {where}"):
        train(plain(source, config), source, parts, targets, loss, config, label="study")


def test_validation_loss_that_is_not_finite_is_named_with_its_batch(source, parts, targets, loss, config, monkeypatch):
    real = keras.Model.test_on_batch

    def broken(self, *arguments, **options):
        return real(self, *arguments, **options) | {"loss": float("nan")}

    monkeypatch.setattr(keras.Model, "test_on_batch", broken)
    with pytest.raises(TrainingError, match=r"the validation loss is not finite in validation batch 1 of \d+, epoch 1"):
        train(plain(source, config), source, parts, targets, loss, config, label="study")


def test_target_that_is_not_finite_is_named(source, parts, targets, loss, config):
    source.targets[parts.train[3], 1] = np.nan
    with pytest.raises(TrainingError, match=f"^study: the target slope of sample {parts.train[3]} is not finite$"):
        train(plain(source, config), source, parts, targets, loss, config, label="study")


def test_drawn_sample_that_is_not_finite_is_named(source, parts, targets, loss, config):
    class Broken(Ramp):
        def draw(self, generator, count):
            inputs, values = super().draw(generator, count)
            inputs["ramps"][5] = np.nan
            return inputs, values

    message = "the input of drawn sample 5 is not finite in epoch 1 of 6"
    with pytest.raises(TrainingError, match=message):
        train(plain(source, config), source, parts, targets, loss, config, stream=Broken(source))


def test_batch_larger_than_the_training_part_is_one_batch(source, parts, targets, loss, config):
    large = config.model_copy(update={"batch_size": 1000, "epochs": 2})
    trained = train(plain(source, large), source, parts, targets, loss, large)
    assert len(trained.history["loss"]) == 2


@pytest.mark.slow
def test_network_trained_in_half_precision_estimates_in_single(source, parts, targets, loss, config, tmp_path):
    mixed = config.model_copy(update={"precision": "mixed_bfloat16"})
    trained = train(plain(source, mixed, dropout=0), source, parts, targets, loss, mixed)
    usual = train(plain(source, config, dropout=0), source, parts, targets, loss, config)
    assert trained.history["loss"] != usual.history["loss"]
    assert trained.history["loss"] == pytest.approx(usual.history["loss"], rel=0.2)
    trained.model.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    assert {layer.compute_dtype for layer in loaded._flatten_layers()} == {"float32"}
    inputs = source.inputs(parts.test)["ramps"]
    np.testing.assert_array_equal(loaded.predict(inputs, verbose=0), trained.model.predict(inputs, verbose=0))
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.slow
def test_compiled_training_repeats_and_agrees(source, parts, targets, loss, config):
    compiled = config.model_copy(update={"xla": True, "epochs": 2})
    first, second = (
        train(plain(source, compiled, dropout=0), source, parts, targets, loss, compiled) for _ in range(2)
    )
    usual = train(
        plain(source, config, dropout=0), source, parts, targets, loss, config.model_copy(update={"epochs": 2})
    )
    for a, b in zip(first.model.get_weights(), second.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert first.history["loss"] == pytest.approx(usual.history["loss"], rel=1e-3)


def test_the_rate_rises_and_falls():
    config = OptimizerConfig(name="adam", learning_rate=4e-3, schedule="cosine", warmup=0.25, beta_2=0.9)
    optimizer = loop.make_optimizer(config, 40)
    course = [float(optimizer._learning_rate(step)) for step in (0, 5, 10, 25, 40)]
    np.testing.assert_allclose(course, [0.0, 2e-3, 4e-3, 2e-3, 0.0], atol=1e-9)
    assert optimizer.beta_2 == 0.9
    usual = loop.make_optimizer(OptimizerConfig(name="adam", learning_rate=4e-3, schedule="constant"), 40)
    assert (float(usual.learning_rate), usual.beta_2) == (pytest.approx(4e-3), 0.999)


def test_no_two_epochs_draw_the_same_numbers():
    """The generators of an epoch end before those of the next one begin."""
    layer = keras.layers.Dropout(0.5)
    model = keras.Sequential([keras.Input((4,)), layer])
    ends, starts = [], []
    for epoch in range(3):
        loop.reseed(model, 7, epoch)
        starts.append(np.asarray(layer.seed_generator.state))
        for _ in range(5):
            model(np.ones((2, 4)), training=True)
        ends.append(np.asarray(layer.seed_generator.state))
    assert {int(state[0]) for state in starts} == {7}
    assert all(int(end[1]) <= int(start[1]) for end, start in zip(ends[:-1], starts[1:], strict=True))
    assert int(ends[0][1]) == 5
