import json
import os
import shutil
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.models.blocks.architectures import build
from relaxnet.training.estimator import METADATA_FILE, NETWORK_FILE, Estimator


@pytest.fixture
def estimator(network, targets, source, loss):
    return wrapped(network, targets, source, loss, "cnn")


def wrapped(network, targets, source, loss, architecture):
    return Estimator.from_scaled(
        network.whole(),
        targets,
        targets.scaling(source.targets),
        loss,
        layout=source.layout,
        train_mean=source.targets.mean(axis=0),
        metadata={"architecture": architecture},
    )


def test_estimates_are_the_outputs_in_physical_units(estimator, network, targets, source):
    inputs = source.inputs(np.arange(5))
    scaling = targets.scaling(source.targets)
    expected = scaling.offset + scaling.scale * network.whole().predict(inputs["ramps"], verbose=0)
    np.testing.assert_allclose(estimator.estimate(inputs), expected, rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(estimator.estimate(inputs["ramps"]), estimator.estimate(inputs))


def test_save_and_load_give_the_same_estimates(estimator, source, tmp_path):
    estimator.save(tmp_path / "C")
    again = Estimator.load(tmp_path / "C")
    inputs = source.inputs(np.arange(5))
    np.testing.assert_array_equal(again.estimate(inputs), estimator.estimate(inputs))
    assert (again.targets, again.metadata, again.layout) == (estimator.targets, estimator.metadata, estimator.layout)
    assert again.input_shapes == {"ramps": (64, 2)}
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
    with pytest.raises(DataFileError, match=r"format 99, written by relaxnet .*: must be 3"):
        Estimator.load(tmp_path)
    (tmp_path / METADATA_FILE).write_text("{}")
    with pytest.raises(DataFileError, match="not an estimator"):
        Estimator.load(tmp_path)
    (tmp_path / METADATA_FILE).unlink()
    with pytest.raises(DataFileError, match="no such file"):
        Estimator.load(tmp_path)


def test_a_model_of_another_architecture_is_refused(estimator, source, targets, loss, tmp_path):
    estimator.save(tmp_path / "cnn")
    with pytest.raises(DataFileError, match=r"estimator\.json: architecture cnn: must be resnet$"):
        Estimator.load(tmp_path / "cnn", "resnet")
    other = build("perceptron", {"points": 8, "hidden": [4]}, source.input_shapes, 2)
    wrapped(other, targets, source, loss, "perceptron").save(tmp_path / "perceptron")
    shutil.copy(tmp_path / "perceptron" / NETWORK_FILE, tmp_path / "cnn" / NETWORK_FILE)
    with pytest.raises(DataFileError, match=r"network perceptron_estimator .* does not belong to estimator\.json"):
        Estimator.load(tmp_path / "cnn")


def test_a_layer_that_this_version_lacks_is_named(estimator, tmp_path):
    estimator.save(tmp_path)
    path = tmp_path / NETWORK_FILE
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content["config.json"] = content["config.json"].replace(b"Compress", b"OfTomorrow")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    with pytest.raises(DataFileError, match=r"not a readable Keras model \(.*OfTomorrow") as caught:
        Estimator.load(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_an_estimator_loads_in_a_process_that_has_imported_no_layers(estimator, tmp_path):
    estimator.save(tmp_path / "C")
    script = f"import relaxnet.training.estimator as e, pathlib; e.Estimator.load(pathlib.Path({str(tmp_path)!r}, 'C'))"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, timeout=120)


def rewritten(file, **files):
    """The same Keras file with some of the texts in it changed by functions."""
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, files[name](data.decode()) if name in files else data)


def test_a_file_of_another_keras_names_both_versions(estimator, tmp_path):
    estimator.save(tmp_path)
    file = tmp_path / "network.keras"
    other = {"metadata.json": lambda text: text.replace(keras.__version__, "3.99.0")}
    rewritten(file, **other)
    assert Estimator.load(tmp_path).network.name == estimator.network.name  # its file may be read all the same
    rewritten(
        file, **other, **{"config.json": lambda text: text.replace('"name": ', '"of_a_later_keras": 1, "name": ')}
    )
    line = (
        rf"network\.keras: .* \(saved by Keras 3\.99\.0, this is Keras {keras.__version__}: install keras==3\.99\.0\)$"
    )
    with pytest.raises(DataFileError, match=line) as refusal:
        Estimator.load(tmp_path)
    assert "\n" not in str(refusal.value)
