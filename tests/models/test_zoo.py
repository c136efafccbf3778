"""One conformance suite for every architecture: build, fit, save and load, predict."""

import keras
import numpy as np
import pytest

from relaxnet.errors import InvalidInputError
from relaxnet.models.network import Network, save_model
from relaxnet.models.zoo import ARCHITECTURES, build

OPTIONS = {"filters": [2, 3, 4], "pool": 4, "dense": 6, "dropout": 0.1, "segment_points": 40}
SHAPE, OUTPUTS = (96, 3), 4


@pytest.fixture(params=ARCHITECTURES)
def network(request):
    return build(request.param, OPTIONS, SHAPE, OUTPUTS)


def ramps(count=24):
    """Signals whose position and height are the targets' cause."""
    generator = np.random.default_rng(3)
    middle = generator.uniform(30, 60, (count, 1, 1))
    t = np.arange(SHAPE[0])[None, :, None]
    signals = 1 / (1 + np.exp(-(t - middle - 3 * np.arange(SHAPE[1])) / 3.0))
    return signals.astype(np.float32), np.repeat((middle[:, 0] - 30) / 30, OUTPUTS, axis=1).astype(np.float32)


def test_build_gives_the_shapes_asked_for(network):
    assert isinstance(network, Network)
    assert network.whole().input_shape == (None, *SHAPE)
    assert network.whole().output_shape == (None, OUTPUTS)
    assert network.preprocess.count_params() == 0


def test_fit_lowers_the_loss(network):
    signals, targets = ramps()
    model = network.whole()
    model.compile(keras.optimizers.Adam(1e-2), "mse")
    history = model.fit(signals, targets, epochs=12, batch_size=8, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]


def test_body_on_views_equals_the_whole(network):
    signals, _ = ramps()
    views = network.preprocess.predict(signals, verbose=0)
    np.testing.assert_allclose(
        network.body.predict(views, verbose=0), network.whole().predict(signals, verbose=0), atol=1e-6
    )


def test_save_and_load_in_safe_mode(network, tmp_path):
    signals, _ = ramps()
    model = network.whole()
    save_model(model, tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras", safe_mode=True)
    np.testing.assert_array_equal(again.predict(signals, verbose=0), model.predict(signals, verbose=0))
    assert [path.name for path in tmp_path.iterdir()] == ["network.keras"]


def test_each_signal_passes_the_convolutions_on_its_own():
    """A change in one signal must not reach another signal's features before the dense layer."""
    network = build("mcnn-spline", {**OPTIONS, "dropout": 0.0}, SHAPE, OUTPUTS)
    last_pool = keras.Model(network.body.inputs, network.body.get_layer("raw_pool_3").output)
    signals, _ = ramps(1)
    changed = signals.copy()
    changed[..., 0] *= 1.3
    before, after = (
        np.asarray(last_pool.predict(network.preprocess.predict(values, verbose=0), verbose=0))
        for values in (signals, changed)
    )
    assert np.abs(after - before)[:, :, 0].max() > 0
    np.testing.assert_array_equal(before[:, :, 1:], after[:, :, 1:])


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("mcnn", OPTIONS, "architecture = mcnn: must be one of mcnn-spline, mcnn-polynomial"),
        ("mcnn-spline", {**OPTIONS, "depth": 3}, "network.depth = 3: must be absent"),
        ("mcnn-spline", {**OPTIONS, "pool": 1}, "network.pool = 1: must be greater than or equal to 2"),
        ("mcnn-spline", {**OPTIONS, "filters": [2, 3]}, "network.filters.2 = (missing): must be given"),
    ],
)
def test_bad_options_are_refused(name, options, message):
    with pytest.raises(InvalidInputError) as caught:
        build(name, options, SHAPE, OUTPUTS)
    assert str(caught.value).startswith(message)
