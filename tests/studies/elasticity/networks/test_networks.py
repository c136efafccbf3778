"""The networks of the study: sizes, symmetries, saving, and what they start from."""

import keras
import numpy as np
import pytest
from cells import NETWORKS, SMALL, network, source

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.split import SplitConfig, split_source
from relaxnet.datasets.targets import Scaling
from relaxnet.models.blocks.network import arguments, save_model
from relaxnet.search.space import cells as combinations
from relaxnet.studies.elasticity.networks import weights as weights_module
from relaxnet.studies.elasticity.networks.boosting import Trees
from relaxnet.studies.elasticity.physics.bounds import matrices, voigt_reuss
from relaxnet.studies.elasticity.physics.constants import TURNED
from relaxnet.studies.elasticity.samples.targets import constants
from relaxnet.training.config import OptimizerConfig, TrainConfig
from relaxnet.training.loop import train
from relaxnet.training.losses import TargetLoss

SIZES = {
    "cnn:baseline": {},
    "cnn:flexible": {"filters": 4, "kernel": 3, "dropout": 0.2},
    "voigt_reuss:voigt_reuss": {},
    "boosting:boosting": {"trees": 8, "leaves": 4},
    "equivariant:equivariant": SMALL,
    "backbones:vgg16": {"frozen": True},
}
TARGETS = constants()


@pytest.fixture(scope="module")
def data():
    return source(each=4)


def fitted(built, data, epochs=3):
    parts = split_source(data, SplitConfig(train=0.7, validation=0.15, test=0.15, seed=1))
    optimizer = OptimizerConfig(name="adam", learning_rate=3e-3, schedule="constant")
    # one batch, one trace
    config = TrainConfig(optimizer=optimizer, batch_size=len(parts.train), epochs=epochs, seed=1)
    return train(built, data, parts, TARGETS, TargetLoss([1.0] * 9), config)


def outputs(model, data, change=lambda images: images, rows=slice(None)):
    inputs = data.inputs(np.arange(len(data.targets))[rows])
    found = model(arguments({**inputs, "image": np.ascontiguousarray(change(inputs["image"]))}), training=False)
    return keras.ops.convert_to_numpy(found).astype(np.float64)


@pytest.mark.parametrize("name", SIZES)
def test_it_trains_and_is_loaded_in_safe_mode(name, data, tmp_path):
    keras.utils.set_random_seed(3)
    built = network(name, SIZES[name])
    trained = fitted(built, data)
    assert np.isfinite(trained.history["val_loss"]).all()
    save_model(trained.model, tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert outputs(loaded, data) == pytest.approx(outputs(trained.model, data), abs=1e-6)


@pytest.mark.parametrize(("filters", "kernel", "count"), [(8, 3, 264041), (16, 3, 529737), (32, 5, 1101321)])
def test_weights_of_the_grid(filters, kernel, count):
    built = network("cnn:flexible", {"filters": filters, "kernel": kernel, "dropout": 0.2}, size=64)
    assert built.body.count_params() == count


def test_weights_of_the_baseline():
    assert network("cnn:baseline", {}, size=64).body.count_params() == 51593


def test_the_grid_is_that_of_the_course():
    from pathlib import Path

    from relaxnet.studies.elasticity.study import STUDY
    from relaxnet.workflow.params import load_params

    params = load_params(STUDY.params, Path(__file__).parents[4] / "pipelines" / "elasticity" / "params.yaml")
    assert len(combinations(params.search.space)) == 24


# --- our own entry


@pytest.fixture(scope="module")
def equivariant(data):
    """Begun with any corrections, not with none."""
    keras.utils.set_random_seed(8)
    built = network("equivariant:equivariant", SMALL)
    last = built.body.get_layer("corrections")
    last.set_weights([np.random.default_rng(1).normal(0, 2, weight.shape) for weight in last.get_weights()])
    built.adopt(Scaling(np.linspace(1, 9, 9), np.linspace(0.5, 4, 9)))
    return built.whole()


def gpa(model, data, change=lambda images: images):
    return outputs(model, data, change) * np.linspace(0.5, 4, 9) + np.linspace(1, 9, 9)


def test_a_quarter_turn_swaps_the_axes(equivariant, data):
    plain = gpa(equivariant, data)
    turned = gpa(equivariant, data, lambda images: np.rot90(images, axes=(1, 2)))
    assert np.abs(plain[:, 0] - plain[:, 1]).max() > 0.1  # there is something to swap
    assert np.abs(plain[:, 6] - plain[:, 7]).max() > 0.01
    assert turned == pytest.approx(plain[:, list(TURNED)], rel=2e-5, abs=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        lambda images: images[:, ::-1],
        lambda images: images[:, :, ::-1],
        lambda images: np.roll(images, (4, 8), axis=(1, 2)),  # whole pixels of the coarsest map
    ],
)
def test_mirrored_and_translated_cells_have_the_same_constants(equivariant, data, change):
    assert gpa(equivariant, data, change) == pytest.approx(gpa(equivariant, data), rel=2e-5, abs=1e-5)


def translated(images):
    return np.roll(images, (1, 3), axis=(1, 2))


def test_other_translations_change_the_corrections(equivariant, data):
    """By percents, in some cells: the convolutions take every other pixel."""
    change = np.abs(gpa(equivariant, data, translated) / gpa(equivariant, data) - 1)
    assert 1e-3 < change.max() < 0.2


def test_no_translation_changes_the_estimate_that_is_corrected(data):
    model = network("equivariant:equivariant", SMALL).whole()
    assert outputs(model, data, translated) == pytest.approx(outputs(model, data), rel=2e-5, abs=1e-5)


def test_estimates_are_within_the_bounds(equivariant, data):
    found = matrices(gpa(equivariant, data))
    lower, upper = voigt_reuss(data.cells.fraction, data.cells.phases)
    allowed = 1e-5 * np.abs(upper).max(axis=(1, 2))
    assert (np.linalg.eigvalsh(found)[:, 0] > 0).all()
    assert (np.linalg.eigvalsh(found - lower)[:, 0] > -allowed).all()
    assert (np.linalg.eigvalsh(upper - found)[:, 0] > -allowed).all()


def test_bounds_hold_after_a_training(data):
    keras.utils.set_random_seed(8)
    trained = fitted(network("equivariant:equivariant", SMALL), data, epochs=30)
    assert trained.history["loss"][-1] < trained.history["loss"][0]
    found = matrices(outputs(trained.model, data) * trained.scaling.scale + trained.scaling.offset)
    lower, upper = voigt_reuss(data.cells.fraction, data.cells.phases)
    allowed = 1e-5 * np.abs(upper).max(axis=(1, 2))
    assert (np.linalg.eigvalsh(found - lower)[:, 0] > -allowed).all()
    assert (np.linalg.eigvalsh(upper - found)[:, 0] > -allowed).all()


# --- gradient boosting


def test_the_layer_gives_what_scikit_learn_gives(monkeypatch):
    from sklearn.ensemble import HistGradientBoostingRegressor

    models, fit = [], HistGradientBoostingRegressor.fit
    monkeypatch.setattr(HistGradientBoostingRegressor, "fit", lambda self, *a: models.append(self) or fit(self, *a))
    built, generator = network("boosting:boosting", {"trees": 20, "leaves": 6}), np.random.default_rng(2)
    features = generator.normal(size=(300, built.body.inputs[0].shape[1])).astype(np.float32)
    targets = (features[:, :1] * features[:, 1:2] + np.arange(9.0)).astype(np.float32)
    built.solve([features], targets)
    assert isinstance(built.body.layers[-1], Trees)
    unseen = generator.normal(size=(500, features.shape[1])).astype(np.float32)
    expected = np.stack([model.predict(unseen.astype(np.float64)) for model in models], axis=1)
    assert keras.ops.convert_to_numpy(built.body([unseen])) == pytest.approx(expected, abs=1e-4)


# --- weights of backbones


def test_frozen_backbones_are_computed_once(data):
    built = network("backbones:vgg16", {"frozen": True})
    trained = fitted(built, data, epochs=1)
    assert trained.n_trainable == 512 * 16 + 16 + 16 * 9 + 9
    assert trained.n_parameters == 14714688 + trained.n_trainable


def test_moving_statistics_arrive_within_a_short_training():
    from relaxnet.studies.elasticity.networks.backbones import forget_faster

    given = keras.Input((4,))
    model = keras.Model(given, keras.layers.BatchNormalization(name="norm")(given))
    forget_faster(model)
    batch = np.random.default_rng(1).normal(5.0, 0.1, (32, 4)).astype(np.float32)
    for _ in range(36):  # the shortest training of the laptop's profile
        model(batch, training=True)
    assert keras.ops.convert_to_numpy(model.get_layer("norm").moving_mean) == pytest.approx(5.0, rel=0.04)
    assert model.get_config()["layers"][1]["config"]["momentum"] == 0.9  # also of a saved model


def test_weights_of_a_file(tmp_path):
    first, second = (network("backbones:vgg16", {}) for _ in range(2))
    layer = first.body.get_layer("vgg16")
    layer.save_weights(tmp_path / "own.weights.h5")
    save_model(first.whole(), tmp_path / "model.keras")
    for file in ("own.weights.h5", "model.keras"):
        third = network("backbones:vgg16", {"weights": str(tmp_path / file)})
        values = third.body.get_layer("vgg16").get_weights()
        assert all(np.array_equal(a, b) for a, b in zip(values, layer.get_weights(), strict=True))
    assert not np.array_equal(values[0], second.body.get_layer("vgg16").get_weights()[0])


def test_weights_that_cannot_be_had(tmp_path, monkeypatch):
    def unreachable(*_, weights, **__):
        if weights == "imagenet":
            raise Exception("URL fetch failure on https://example.org/vgg16_notop.h5: None -- Name not known")  # noqa: TRY002
        return VGG16(weights=weights, include_top=False, input_shape=(32, 32, 3))

    VGG16 = keras.applications.VGG16
    monkeypatch.setattr(keras.applications, "VGG16", unreachable)
    with pytest.raises(
        InvalidInputError, match=r"network\.weights = imagenet: .*vgg16_notop\.h5.*weights: FILE"
    ) as told:
        network("backbones:vgg16", {"weights": "imagenet"})
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "there is no such file"), (b"no weights", "the weights of VGG16")]
)
def test_files_that_hold_no_weights(tmp_path, content, message):
    file = tmp_path / "some.h5"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidInputError, match=message):
        network("backbones:vgg16", {"weights": str(file)})


def test_another_networks_weights_are_refused(tmp_path):
    save_model(network("cnn:baseline", {}).whole(), tmp_path / "model.keras")
    with pytest.raises(InvalidInputError, match="a file with a layer vgg16"):
        network("backbones:vgg16", {"weights": str(tmp_path / "model.keras")})


def test_imagenet_is_asked_for_by_keras_own_code(monkeypatch):
    asked = []
    monkeypatch.setattr(keras.applications, "VGG16", lambda **options: asked.append(options))
    backbone = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Conv2D(2, 3)], name="vgg16")
    with pytest.raises(InvalidInputError):
        weights_module.load_weights(backbone, "VGG16", "imagenet")
    assert asked == [{"weights": "imagenet", "include_top": False, "input_shape": (32, 32, 3)}]


@pytest.mark.parametrize(
    ("kind", "module"), [("vgg16", "vgg16"), ("resnet50", "resnet50"), ("densenet121", "densenet")]
)
def test_the_scaling_is_that_of_keras(kind, module):
    """A stiff and a soft pixel of each channel, grey, so that the order of the colours does not matter."""
    from relaxnet.studies.elasticity.networks import backbones

    backbone = getattr(backbones, kind).builder.__self__
    grey = np.array([0.0, 255.0])[:, None, None, None] * np.ones((1, 1, 1, 3))
    expected = getattr(keras.applications, module).preprocess_input(grey.copy())[:, 0, 0]
    found = np.array([[0.0], [1.0]]) * backbone.scale + backbone.offset
    assert found == pytest.approx(expected, abs=1e-5)


def test_other_inputs_are_refused():
    from relaxnet.models.blocks.architectures import build

    with pytest.raises(InvalidInputError, match="it reads image and phases"):
        build(f"{NETWORKS}.cnn:baseline", {}, {"signals": (20, 3)}, 9)


@pytest.mark.parametrize("name", ["equivariant:equivariant", "voigt_reuss:voigt_reuss"])
def test_more_outputs_than_constants_are_refused(name):
    from relaxnet.models.blocks.architectures import build

    with pytest.raises(InvalidInputError, match="loss = one with 27 outputs: must be one with 9 outputs"):
        build(f"{NETWORKS}.{name}", SIZES[name], {"image": (32, 32, 1), "phases": (4,)}, 27)
