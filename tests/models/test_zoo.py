"""One conformance suite for every architecture: build, fit, save and load, predict.

``test_backends.py`` runs it once more with the other Keras backend.
"""

import keras
import numpy as np
import pytest
from sizes import MCNN, sizes

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.split import SplitConfig, split
from relaxnet.datasets.targets import Target, Targets
from relaxnet.models.blocks.architectures import architecture_names, build
from relaxnet.models.blocks.network import Network, save_model
from relaxnet.training.config import OptimizerConfig, TrainConfig
from relaxnet.training.loop import train
from relaxnet.training.losses import TargetLoss

SHAPE = (96, 3)
SHAPES = {"steps": SHAPE}
TARGETS = Targets((Target("middle", "K", (30.0, 60.0)), Target("width", "K", (2.0, 5.0))))


class Steps:
    """Signals whose place and width are to be estimated."""

    input_shapes = SHAPES

    def __init__(self, samples=48):
        generator = np.random.default_rng(3)
        self.targets = np.column_stack([generator.uniform(30, 60, samples), generator.uniform(2, 5, samples)])

    def inputs(self, index):
        middle, width = (self.targets[index, column, None, None] for column in (0, 1))
        t = np.arange(SHAPE[0])[None, :, None] - 3.0 * np.arange(SHAPE[1])
        return {"steps": (1 / (1 + np.exp(-(t - middle) / width))).astype(np.float32)}


SOURCE = Steps()
PARTS = split(len(SOURCE.targets), SplitConfig(train=0.7, validation=0.15, test=0.15, seed=1))
INPUTS = SOURCE.inputs(np.arange(10))["steps"]


def made(architecture):
    keras.utils.set_random_seed(4)
    return build(architecture, sizes(architecture), SHAPES, len(TARGETS))


def fitted(network):
    optimizer = OptimizerConfig(name="adam", learning_rate=5e-3, schedule="cosine")
    config = TrainConfig(optimizer=optimizer, batch_size=8, epochs=30, seed=1)
    return train(network, SOURCE, PARTS, TARGETS, TargetLoss([1.0, 1.0]), config)


def outputs(model, inputs):
    """Without tracing a graph for so few samples."""
    return keras.ops.convert_to_numpy(model(inputs, training=False))


VARIANTS = {"mcnn-paper", "mcnn-ends", "mcnn-no-attention", "mcnn-no-downsampled", "mcnn-no-raw"}  # of mcnn-spline


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=[pytest.mark.slow] * (name in VARIANTS)) for name in architecture_names()],
)
def architecture(request):
    return request.param


@pytest.fixture(scope="module")
def network(architecture):
    return made(architecture)


@pytest.fixture(scope="module")
def trained(architecture):
    return fitted(made(architecture))


def test_build_gives_the_shapes_asked_for(network):
    assert isinstance(network, Network)
    assert network.whole().input_shape == (None, *SHAPE)
    assert network.whole().output_shape == (None, len(TARGETS))
    assert network.preprocess.count_params() == 0
    assert network.body.count_params() > 0


def test_build_is_seeded(architecture, network):
    for first, second in zip(network.body.get_weights(), made(architecture).body.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_fit_beats_the_mean(network, trained):
    estimate = outputs(trained.model, SOURCE.inputs(PARTS.train)["steps"])
    truth = trained.scaling.normalise(SOURCE.targets[PARTS.train])
    error = np.sqrt(np.mean((estimate - truth) ** 2, axis=0)) / truth.std(axis=0)
    assert error.min() < 0.7, error
    assert {"loss", "mae", "val_loss", "val_mae"} <= set(trained.history)
    assert trained.n_parameters == network.body.count_params()


def test_body_on_views_equals_the_whole(network):
    views = network.views({"steps": INPUTS})
    np.testing.assert_allclose(outputs(network.body, views), outputs(network.whole(), INPUTS), atol=1e-5)


def test_a_sample_is_estimated_alike_alone_and_among_others(trained):
    together = outputs(trained.model, INPUTS)
    np.testing.assert_allclose(outputs(trained.model, INPUTS[3:4]), together[3:4], atol=1e-5)


def test_save_and_load_in_safe_mode(trained, tmp_path):
    save_model(trained.model, tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras", safe_mode=True)
    np.testing.assert_array_equal(outputs(again, INPUTS), outputs(trained.model, INPUTS))
    assert [path.name for path in tmp_path.iterdir()] == ["network.keras"]


def test_unknown_options_are_refused(architecture):
    with pytest.raises(InvalidInputError, match=r"network\.depth = 3: must be absent"):
        build(architecture, {**sizes(architecture), "depth": 3}, SHAPES, 2)


def test_each_signal_passes_the_convolutions_on_its_own():
    """A change in one signal must not reach another signal's features before the dense layer."""
    network = made("mcnn-spline")
    last_pool = keras.Model(network.body.inputs, network.body.get_layer("raw_pool_3").output)
    changed = INPUTS[:1].copy()
    changed[..., 0] *= 1.3
    before, after = (outputs(last_pool, network.views({"steps": values})) for values in (INPUTS[:1], changed))
    assert np.abs(after - before)[:, 0].max() > 0
    np.testing.assert_array_equal(before[:, 1:], after[:, 1:])


def test_the_printed_mcnn_has_the_printed_parts():
    """Section 2.2 of the paper: kernels 4, 12, 24, every third point, a fitted cubic, dense(32) tanh twice."""
    network = made("mcnn-paper")
    assert network.preprocess.get_layer("segment").method == "polynomial"
    assert network.preprocess.get_layer("downsampling").strides == (3,)
    kernels = [network.body.get_layer(f"{name}_conv_1").kernel_size[1] for name in ("attention", "downsampled", "raw")]
    assert kernels == [4, 12, 24]
    transform = [network.body.get_layer(f"transform_{number}") for number in (1, 2)]
    assert [(layer.units, layer.activation.__name__) for layer in transform] == [(32, "tanh"), (32, "tanh")]
    np.testing.assert_array_equal(network.views({"steps": INPUTS})[2], INPUTS)  # nothing is compressed


@pytest.mark.parametrize("branch", ["attention", "downsampled", "raw"])
def test_an_ablation_lacks_its_branch_only(branch):
    names = [
        {layer.name.split("_")[0] for layer in made(name).body.layers} for name in ("mcnn-spline", f"mcnn-no-{branch}")
    ]
    assert names[0] - names[1] == {branch}


@pytest.mark.parametrize(("name", "differs"), [("mcnn-spline", False), ("mcnn-ends", True)])
def test_the_ends_tell_where_a_segment_lies(name, differs):
    """Two signals alike but for a shift: the attention branch sees it only where it keeps T_i and T_j."""
    t = np.arange(SHAPE[0])[None, :, None]
    near, far = (1 / (1 + np.exp(-(t - middle - 3.0 * np.arange(3)) / 2.0)).astype(np.float32) for middle in (40, 50))
    network = made(name)
    features = keras.Model(network.body.inputs, network.body.get_layer("attention_dense").output)
    before, after = (outputs(features, network.views({"steps": values})) for values in (near, far))
    assert (np.abs(after - before).max() > 1e-3) == differs


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("mcnn", MCNN, "architecture = mcnn: must be one of mcnn-paper, mcnn-spline, "),
        ("mcnn-spline", {**MCNN, "pool": 1}, "network.pool = 1: must be greater than or equal to 2"),
        ("mcnn-spline", {**MCNN, "filters": [2, 3]}, "network.filters.2 = (missing): must be given"),
        ("cnn", {**sizes("cnn"), "filters": []}, "network.filters = []: "),
        ("resnet", {**sizes("resnet"), "stride": 0}, "network.stride = 0: must be greater than or equal to 1"),
        ("perceptron", {**sizes("perceptron"), "dropout": 1}, "network.dropout = 1: must be less than 1"),
        ("pca-ridge", {**sizes("pca-ridge"), "degree": 3}, "network.degree = 3: must be less than or equal to 2"),
    ],
)
def test_bad_options_are_refused(name, options, message):
    with pytest.raises(InvalidInputError) as caught:
        build(name, options, SHAPES, 4)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "shapes", [{"image": (8, 8, 1)}, {"steps": SHAPE, "rate": (1,)}], ids=["an image", "two inputs"]
)
def test_inputs_that_a_network_cannot_read_are_refused(architecture, shapes):
    with pytest.raises(
        InvalidInputError, match=r"^architecture = .*: must be one for the inputs .*a single one of 2 axes"
    ):
        build(architecture, sizes(architecture), shapes, 2)


@pytest.mark.parametrize(
    ("name", "options", "layer"),
    [
        ("cnn", {**sizes("cnn"), "dense": 65536, "filters": [4096], "pool": 2}, "dense"),
        ("perceptron", {"points": 100, "hidden": [32, 65536, 65536]}, "dense_3"),
        ("mcnn-spline", {**MCNN, "filters": [4096, 4096, 8]}, "downsampled_conv_2"),
    ],
)
def test_a_network_too_large_for_memory_is_refused_before_it_takes_any(name, options, layer):
    with pytest.raises(
        InvalidInputError, match=rf"^networks\.{name} = .*: must be of at most 1e\+08 weights.* {layer} "
    ):
        build(name, options, SHAPES, 4)
    assert build("perceptron", sizes("perceptron"), SHAPES, 4).body.count_params() > 0
