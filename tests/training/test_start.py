"""A training that starts from a stored model."""

import numpy as np
import pytest

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.datasets.targets import Scaling, Target, Targets
from relaxnet.models.blocks.architectures import build
from relaxnet.training.config import LossConfig
from relaxnet.training.estimator import Estimator
from relaxnet.training.loop import train
from relaxnet.training.losses import make_loss
from relaxnet.training.start import start_from

OPTIONS = {"filters": [3, 4], "kernel": 5, "pool": 4, "dense": 6}


def fresh(source, outputs=2, **changes):
    return build("cnn", {**OPTIONS, **changes}, source.input_shapes, outputs)


@pytest.fixture
def stored(source, targets, loss, tmp_path):
    network = fresh(source)
    scaling = targets.scaling(source.targets)
    Estimator.from_scaled(
        network.whole(), targets, scaling, loss, layout={}, train_mean=source.targets.mean(axis=0), metadata={}
    ).save(tmp_path / "stored")
    return network, tmp_path / "stored"


def test_weights_are_taken_over_and_frozen_layers_stay(stored, source, parts, targets, loss, config):
    old, folder = stored
    network = fresh(source)
    assert start_from(network, folder, ["conv_*"])
    for a, b in zip(network.body.get_weights(), old.body.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    trained = train(network, source, parts, targets, loss, config.model_copy(update={"epochs": 1}), started=True)
    frozen = sum(weight.size for n in (1, 2) for weight in old.body.get_layer(f"conv_{n}").get_weights())
    assert trained.n_parameters - trained.n_trainable == frozen
    for name, same in (("conv_1", True), ("dense", False)):
        kernels = [model.body.get_layer(name).get_weights()[0] for model in (network, old)]
        assert np.array_equal(*kernels) == same


def test_new_layers_keep_their_own_start(stored, source):
    old, folder = stored
    network, untouched = fresh(source), fresh(source)
    untouched.body.set_weights(network.body.get_weights())
    assert not start_from(network, folder, new=["dense", "est*"])
    for name, whose in (("conv_1", old), ("conv_2", old), ("dense", untouched), ("estimate", untouched)):
        pairs = zip(*(model.body.get_layer(name).get_weights() for model in (network, whose)), strict=True)
        assert all(np.array_equal(a, b) for a, b in pairs)


def test_estimates_stay_where_targets_are_scaled_otherwise(stored, source, loss):
    _, folder = stored
    others = Targets((Target("shift", "K", (-10.0, 30.0)), Target("slope", "1/K", (100.0, 200.0))))
    scaling, network = others.scaling(source.targets), fresh(source)
    assert start_from(network, folder, scaling=scaling)
    fields = {"layout": {}, "train_mean": source.targets.mean(axis=0), "metadata": {}}
    found = Estimator.from_scaled(network.whole(), others, scaling, loss, **fields)
    inputs = source.inputs(np.arange(5))
    expected = Estimator.load(folder).estimate(inputs)
    np.testing.assert_allclose(found.estimate(inputs), expected, rtol=1e-4, atol=1e-3)
    assert np.ptp(expected, axis=0).min() > 0


def test_a_scaling_of_other_columns_is_refused(stored, source):
    three = Scaling(np.zeros(3), np.ones(3))
    with pytest.raises(DataFileError, match="scaled otherwise, which layer estimate cannot adopt"):
        start_from(fresh(source), stored[1], scaling=three)


def test_another_head_keeps_its_own_start(stored, source, targets):
    network = fresh(source, make_loss(LossConfig(name="quantiles"), [1.0, 1.0]).outputs())
    assert not start_from(network, stored[1])
    assert network.body.layers[-1].units == 6


def test_what_does_not_fit_is_refused(stored, source):
    with pytest.raises(DataFileError, match=r"stored: layer conv_1 has weights .*: must be"):
        start_from(fresh(source, filters=[5, 4]), stored[1])
    with pytest.raises(InvalidInputError, match=r"start\.freeze = nothing\*: must be a name of conv_1, conv_2, dense"):
        start_from(fresh(source), stored[1], ["nothing*"])
    with pytest.raises(InvalidInputError, match=r"start\.new = haed: must be a name of "):
        start_from(fresh(source), stored[1], new=["haed"])
    with pytest.raises(InvalidInputError, match=r"start\.freeze = .*: must be names that leave a layer to be trained"):
        start_from(fresh(source), stored[1], ["*"])
    with pytest.raises(DataFileError, match="no such file"):
        start_from(fresh(source), stored[1] / "missing")
