"""What a logged model of the study takes: the pixels of a PNG; what it refuses, in one line."""

import numpy as np
import pandas as pd
import pytest
from cells import network, source

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Scaling
from relaxnet.studies.elasticity.physics.constants import CONSTANTS, PHASE_COLUMNS
from relaxnet.studies.elasticity.predictor.facts import describe
from relaxnet.studies.elasticity.predictor.network import load
from relaxnet.studies.elasticity.predictor.packing import pack
from relaxnet.studies.elasticity.samples.targets import constants
from relaxnet.training.estimator import Estimator
from relaxnet.training.losses import TargetLoss
from relaxnet.workflow.packing import Samples

SIZE = 32


@pytest.fixture(scope="module")
def data():
    return source(size=SIZE, each=2)


def packed(data, index, folder):
    built, scaling = network("voigt_reuss:voigt_reuss", {}), Scaling(np.arange(9.0), np.full(9, 2.0))
    built.adopt(scaling)
    targets, loss = constants(), TargetLoss([1.0] * 9)
    estimator = Estimator.from_scaled(
        built.whole(), targets, scaling, loss, layout=data.layout, train_mean=data.targets.mean(axis=0), metadata={}
    )
    facts = describe(estimator, Samples(data, index), Samples(data, index))
    folder.mkdir()
    predictor = pack(estimator, facts, folder)
    return estimator, predictor, load(folder)


@pytest.fixture(scope="module")
def one_pair(data, tmp_path_factory):
    """A predictor for cells of one pair of phases."""
    return packed(data, np.array([0, 3, 6, 9]), tmp_path_factory.mktemp("one") / "predictor")


def image(kind=int, bright=255):
    pixels = np.zeros((SIZE, SIZE), dtype=kind)
    pixels[:10] = bright
    return pixels


@pytest.mark.parametrize("pixels", [image(np.uint8, 255), image(np.uint8, 1), image(bool, True), image().tolist()])
def test_pixels_of_an_image_give_constants(one_pair, data, pixels):
    estimator, _, predictor = one_pair
    found = predictor.predict(pd.DataFrame({"image": [pixels]}))
    inputs = {"image": np.asarray(pixels, dtype=np.float32)[None, ..., None] / np.max(pixels),
              "phases": data.cells.phases[:1].astype(np.float32)}  # fmt: skip
    assert found[list(CONSTANTS)].to_numpy() == pytest.approx(estimator.estimate(inputs), rel=1e-6)
    assert list(found.columns) == [*CONSTANTS, *(f"std_{name}" for name in CONSTANTS), "remarks"]
    assert found["remarks"].tolist() == [""]


def test_its_example_can_be_estimated(one_pair):
    _, description, predictor = one_pair
    found = predictor.predict(description.example)
    assert np.isfinite(found[list(CONSTANTS)].to_numpy()).all()


def odd(row, column, value):
    pixels = image()
    pixels[row, column] = value
    return pixels


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (image()[:20], "image of row 1 = 20 x 32: must be 32 x 32 pixels"),
        (odd(3, 4, 128), "image of row 1 = 128: must be 0 or 255 in every pixel, as in a binary image"),
        (odd(3, 4, -1), "image of row 1 = -1: must be 0 or 255 in every pixel, as in a binary image"),
        (np.zeros((SIZE, SIZE)), "image of row 1 = 0 in every pixel: must be of two phases"),
        (np.full((SIZE, SIZE), 255), "image of row 1 = 255 in every pixel: must be of two phases"),
        ("cell.png", "image of row 1 = a str: must be 32 rows of 32 pixels"),
        (None, "image of row 1 = a NoneType: must be 32 rows of 32 pixels"),
        ([[1, 0], [1]], "image of row 1 = a list: must be 32 rows of 32 pixels"),
    ],
)
def test_other_images_are_refused_in_one_line(one_pair, value, message):
    with pytest.raises(InvalidInputError) as told:
        one_pair[2].predict(pd.DataFrame({"image": [image(), value]}))
    assert str(told.value) == message


def test_a_table_without_images_is_refused(one_pair):
    with pytest.raises(InvalidInputError, match="columns = a: must be image among them"):
        one_pair[2].predict(pd.DataFrame({"a": [1.0]}))


def test_a_table_without_rows_is_refused(one_pair):
    with pytest.raises(InvalidInputError, match=r"^rows = 0: must be at least 1, one for each cell$"):
        one_pair[2].predict(pd.DataFrame({"image": [image()]}).iloc[:0])


def test_phases_beyond_the_training_are_refused(one_pair, data):
    _, _, predictor = one_pair
    own = dict(zip(PHASE_COLUMNS, data.cells.phases[0], strict=True))
    table = pd.DataFrame({"image": [image()], **{name: [value] for name, value in own.items()}})
    assert len(predictor.predict(table)) == 1
    with pytest.raises(InvalidInputError, match=r"e_stiff_gpa = 90: must be 70, as in the training of this model"):
        predictor.predict(table.assign(e_stiff_gpa=90.0))
    with pytest.raises(InvalidInputError, match=r"nu_soft = 0\.5: must be"):
        predictor.predict(table.assign(nu_soft=0.5))
    with pytest.raises(InvalidInputError, match=r"nu_soft = \(missing\): must be a column"):
        predictor.predict(table.drop(columns="nu_soft"))


def test_phases_must_be_told_where_the_training_had_several(data, tmp_path):
    _, _, predictor = packed(data, np.arange(10), tmp_path / "predictor")
    with pytest.raises(InvalidInputError, match=r"e_soft_gpa = \(missing\)"):
        predictor.predict(pd.DataFrame({"image": [image()]}))


def test_an_unusual_fraction_is_remarked_on(one_pair):
    pixels = np.zeros((SIZE, SIZE))
    pixels[0, 0] = 1
    (remark,) = one_pair[2].predict(pd.DataFrame({"image": [pixels]}))["remarks"]
    assert remark.startswith("volume fraction 0.001: the training had 0.")
