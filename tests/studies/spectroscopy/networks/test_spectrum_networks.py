"""The networks of the study: weights as printed, training, saving, spectra that cannot be negative."""

from functools import cache

import keras
import numpy as np
import pytest
from learning import SHAPES, SMALL, network, source

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.split import SplitConfig, split_source
from relaxnet.models.blocks.architectures import build
from relaxnet.models.blocks.network import arguments, save_model
from relaxnet.studies.spectroscopy.assignment.printed import WEIGHTS
from relaxnet.studies.spectroscopy.networks.levels import components, rebroadened
from relaxnet.studies.spectroscopy.samples.targets import energy_grid, spectrum
from relaxnet.training.config import OptimizerConfig, TrainConfig
from relaxnet.training.loop import start_bias, train
from relaxnet.training.losses import TargetLoss

POINTS, LEVELS = 60, "levels:levels"
SIZES = {"cnn:cnn": SMALL, "levels:levels": SMALL, "kernel_ridge:kernel_ridge": {"molecules": 20}, "mean:mean": {}}


@pytest.fixture(scope="module")
def data():
    return source(points=POINTS)


def fitted(built, data, epochs=3):
    parts = split_source(data, SplitConfig(train=0.7, validation=0.15, test=0.15, seed=1))
    optimizer = OptimizerConfig(name="adam", learning_rate=3e-3, schedule="constant")
    # one batch, one trace
    config = TrainConfig(optimizer=optimizer, batch_size=len(parts.train), epochs=epochs, seed=1)
    return train(built, data, parts, spectrum(POINTS), TargetLoss([1.0] * POINTS), config), parts


@cache
def once(name):
    """A training that several tests look at."""
    keras.utils.set_random_seed(3)
    return fitted(network(name, SIZES[name], POINTS), source(points=POINTS), epochs=40 if name == LEVELS else 3)


def outputs(model, data):
    found = model(arguments(data.inputs(np.arange(len(data.targets)))), training=False)
    return keras.ops.convert_to_numpy(found).astype(np.float64)


@pytest.mark.parametrize(("points", "printed"), WEIGHTS.items())
def test_weights_are_as_many_as_printed(points, printed):
    built = network("cnn:cnn", {}, points)
    assert built.body.count_params() == printed
    assert built.preprocess.count_params() == 0


@pytest.mark.parametrize("name", SIZES)
def test_it_trains_and_is_loaded_in_safe_mode(name, data, tmp_path):
    trained, _ = once(name)
    assert np.isfinite(trained.history["val_loss"]).all()
    save_model(trained.model, tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert outputs(loaded, data) == pytest.approx(outputs(trained.model, data), abs=1e-6)


@pytest.mark.parametrize("output", ["non-negative", "area"])
def test_a_spectrum_cannot_be_negative_and_starts_at_the_mean(output, data):
    keras.utils.set_random_seed(3)
    built = network("cnn:cnn", {**SMALL, "output": output}, POINTS)
    mean = data.targets.mean(axis=0)
    start_bias(built, mean)
    values = built.body.get_layer("values")
    kernel, bias = values.get_weights()
    values.set_weights([0.0 * kernel, bias])
    assert outputs(built.whole(), data)[0] == pytest.approx(mean, abs=0.01)
    values.set_weights([30.0 * kernel, bias - 3.0])  # any weights
    found = outputs(built.whole(), data)
    assert (found >= 0).all()
    assert np.ptp(found, axis=0).max() > 0.1
    if output == "area":
        assert found.sum(axis=1) * energy_grid(POINTS).step_ev == pytest.approx(16.0, rel=1e-5)


def test_levels_and_their_widths_are_spectra_of_any_broadening(data):
    trained, _ = once(LEVELS)
    found = outputs(trained.model, data)
    assert (found >= 0).all()
    inside = components(trained.model, data.inputs(np.arange(5))["coulomb"])
    energies = energy_grid(POINTS).energies_ev
    assert rebroadened(inside, data.sigma_ev, data.sigma_ev, energies) == pytest.approx(found[:5], abs=1e-4)
    wide = rebroadened(inside, data.sigma_ev, 2.0, energies)
    assert wide.max() < found[:5].max()
    assert wide.sum(axis=1) == pytest.approx(found[:5].sum(axis=1), rel=1e-2)


def test_the_levels_start_where_the_mean_spectrum_has_them(data):
    built = network("levels:levels", SMALL, 300)
    fine = source(points=300)
    start_bias(built, fine.targets.mean(axis=0))
    values = built.body.get_layer("values")
    values.set_weights([0.0 * weight for weight in values.get_weights()])
    found = components(built.whole(), fine.inputs(np.arange(2))["coulomb"])
    assert found[0, :16] == pytest.approx(fine.molecules.levels_ev.mean(axis=0), abs=1.0)
    assert (np.diff(found[0, :16]) > 0).all()


def test_only_the_levels_network_has_levels():
    assert components(network("cnn:cnn").whole(), np.zeros((1, 29, 29, 1), np.float32)) is None


def test_the_levels_network_learns_what_levels_depend_on():
    trained, _ = once(LEVELS)
    assert trained.history["loss"][-1] < 0.6 * trained.history["loss"][0]


def test_the_mean_is_the_mean(data):
    trained, parts = once("mean:mean")
    expected = data.targets[parts.train].mean(axis=0)
    assert outputs(trained.model, data)[:3] == pytest.approx(np.tile(expected, (3, 1)), abs=1e-5)


def test_the_layers_give_what_scikit_learn_gives(data, monkeypatch):
    from sklearn.kernel_ridge import KernelRidge

    models, fit = [], KernelRidge.fit
    monkeypatch.setattr(KernelRidge, "fit", lambda self, *a: models.append(self) or fit(self, *a))
    built = network("kernel_ridge:kernel_ridge", {"molecules": 500}, POINTS)  # more than there are
    inputs = data.inputs(np.arange(len(data.targets)))
    (views,) = built.views(inputs)
    built.solve([views[:30]], data.targets[:30].astype(np.float32))
    expected = models[-1].predict(views[30:].astype(np.float64)) + data.targets[:30].mean(axis=0)
    assert outputs(built.whole(), data)[30:] == pytest.approx(expected, abs=1e-3)
    assert outputs(built.whole(), data)[:30] == pytest.approx(data.targets[:30], abs=0.2)  # it has seen them


def test_other_inputs_are_refused_in_one_line():
    message = r"architecture = levels: must be one for the inputs image \(8, 8, 1\); it reads coulomb"
    with pytest.raises(InvalidInputError, match=message):
        build("relaxnet.studies.spectroscopy.networks.levels:levels", SMALL, {"image": (8, 8, 1)}, POINTS)
    with pytest.raises(InvalidInputError, match=r"network\.output = relu: must be 'linear', 'non-negative' or 'area'"):
        build("relaxnet.studies.spectroscopy.networks.cnn:cnn", {"output": "relu"}, SHAPES, POINTS)
