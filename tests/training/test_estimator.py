import json
import shutil
import zipfile

import numpy as np
import pytest

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.models.zoo import build
from relaxnet.training.estimator import METADATA_FILE, NETWORK_FILE, Estimator


@pytest.fixture
def estimator(network, targets, source):
    return Estimator.from_normalised(
        network.whole(),
        targets,
        axis_name="temperature_k",
        axis=np.linspace(300.0, 363.0, source.input_shape[0]),
        train_mean=source.targets.mean(axis=0),
        metadata={"architecture": "mcnn-spline"},
    )


def test_estimates_are_the_denormalised_outputs(estimator, network, targets, source):
    inputs = source.inputs(np.arange(5))
    expected = targets.denormalise(network.whole().predict(inputs, verbose=0))
    np.testing.assert_allclose(estimator.estimate(inputs), expected, rtol=1e-4, atol=1e-3)


def test_save_and_load_give_the_same_estimates(estimator, source, tmp_path):
    estimator.save(tmp_path / "C")
    again = Estimator.load(tmp_path / "C")
    inputs = source.inputs(np.arange(5))
    np.testing.assert_array_equal(again.estimate(inputs), estimator.estimate(inputs))
    np.testing.assert_allclose(again.axis, estimator.axis)
    assert (again.targets, again.metadata, again.axis_name) == (
        estimator.targets,
        estimator.metadata,
        estimator.axis_name,
    )
    assert sorted(path.name for path in (tmp_path / "C").iterdir()) == [METADATA_FILE, NETWORK_FILE]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.zeros((2, 10, 2)), r"inputs = shape \(2, 10, 2\): must be of shape \(n, 64, 2\)"),
        (np.zeros((64, 2)), r"inputs = shape \(64, 2\): must be"),
        (np.full((1, 64, 2), np.nan), "inputs = NaN or infinite values: must be finite"),
    ],
)
def test_bad_inputs_are_refused(estimator, inputs, message):
    with pytest.raises(InvalidInputError, match=message):
        estimator.estimate(inputs)


def test_damaged_files_are_refused(estimator, tmp_path):
    estimator.save(tmp_path)
    network = tmp_path / NETWORK_FILE
    content = network.read_bytes()
    network.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataFileError, match="not a readable Keras model"):
        Estimator.load(tmp_path)
    network.write_bytes(content)
    values = json.loads((tmp_path / METADATA_FILE).read_text())
    (tmp_path / METADATA_FILE).write_text(json.dumps({**values, "format": 99}))
    with pytest.raises(DataFileError, match=r"format 99, written by relaxnet .*: must be 2"):
        Estimator.load(tmp_path)
    (tmp_path / METADATA_FILE).write_text("{}")
    with pytest.raises(DataFileError, match="not an estimator"):
        Estimator.load(tmp_path)
    (tmp_path / METADATA_FILE).unlink()
    with pytest.raises(DataFileError, match="no such file"):
        Estimator.load(tmp_path)


def test_a_model_of_another_architecture_is_refused(estimator, source, targets, tmp_path):
    estimator.save(tmp_path / "mcnn")
    with pytest.raises(DataFileError, match=r"estimator\.json: architecture mcnn-spline: must be resnet$"):
        Estimator.load(tmp_path / "mcnn", "resnet")
    other = build("perceptron", {"points": 8, "hidden": [4]}, source.input_shape, 2)
    fields = {name: getattr(estimator, name) for name in ("axis_name", "axis", "train_mean", "metadata")}
    Estimator.from_normalised(other.whole(), targets, **fields).save(tmp_path / "perceptron")
    shutil.copy(tmp_path / "perceptron" / NETWORK_FILE, tmp_path / "mcnn" / NETWORK_FILE)
    with pytest.raises(DataFileError, match=r"network perceptron_estimator .* does not belong to estimator\.json"):
        Estimator.load(tmp_path / "mcnn")


def test_a_layer_that_this_version_lacks_is_named(estimator, tmp_path):
    estimator.save(tmp_path)
    path = tmp_path / NETWORK_FILE
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content["config.json"] = content["config.json"].replace(b"SignificantSegment", b"SegmentOfTomorrow")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    with pytest.raises(DataFileError, match=r"not a readable Keras model \(.*SegmentOfTomorrow") as caught:
        Estimator.load(tmp_path)
    assert "\n" not in str(caught.value)
