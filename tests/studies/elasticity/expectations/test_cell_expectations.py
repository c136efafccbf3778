"""What the validation of cells finds, and that each of its checks can fail."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from relaxnet.core.config import parse
from relaxnet.core.errors import ValidationFailedError
from relaxnet.datasets.split import SplitConfig
from relaxnet.datasets.validation import ensure_valid
from relaxnet.studies.elasticity.dataset import writer
from relaxnet.studies.elasticity.dataset.config import CourseConfig, SimulateConfig
from relaxnet.studies.elasticity.dataset.grouping import groups
from relaxnet.studies.elasticity.dataset.reader import read
from relaxnet.studies.elasticity.dataset.schema import Metadata, shard_bytes
from relaxnet.studies.elasticity.expectations.cells import validate
from relaxnet.studies.elasticity.physics.homogenise import homogenise

ASKED = parse(
    SimulateConfig,
    {
        "cells": 40, "seed": 3, "size": 16, "volume_fraction": [0.3, 0.7],
        "phases": {"e_soft_gpa": 1.0, "nu_soft": 0.35, "nu_stiff": 0.25, "contrast": [5.0, 50.0]},
        "morphologies": {"gaussian": 2, "voronoi": 1, "laminate": 1},
    },
)  # fmt: skip
PARAMS = SimpleNamespace(
    simulate={"all": ASKED},
    split=SplitConfig(train=0.7, validation=0.15, test=0.15, seed=1),
    validate_=SimpleNamespace(turned_sample=8, tolerance=1e-4),
)


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cells")
    writer.write(folder, ASKED)
    return read(folder)


def judged(folder, cells, asked=ASKED):
    """Report on cells, which need not be those that are asked for."""
    folder.mkdir(exist_ok=True)
    metadata = Metadata(len(cells), cells.images.shape[1], {"seed": 3})
    (folder / "shard-0000.parquet").write_bytes(shard_bytes(metadata, 0, cells))
    return validate("all", SimpleNamespace(**{**vars(PARAMS), "simulate": {"all": asked}}), folder)


def broken(report):
    return {result.name.partition(":")[0] for result in report.failures}


def test_what_was_drawn_is_valid_and_equal_data_give_equal_reports(tmp_path, cells):
    report = judged(tmp_path / "a", cells)
    ensure_valid(report)
    assert len(report.results) == 23
    assert report.counts["Cells"] == 40
    assert report.counts["Gaussian"] + report.counts["Voronoi"] + report.counts["Laminate"] == 40
    assert report.counts["Turned and homogenised again"] == sum(report.histograms[0].counts) == 8
    assert judged(tmp_path / "b", cells).to_json_dict() == report.to_json_dict()


def test_phases_of_more_digits_than_are_stored_are_as_asked_for(tmp_path):
    phases = {"e_soft_gpa": 10 / 3, "nu_soft": 1 / 3, "nu_stiff": 1 / 7, "e_stiff_gpa": 200 / 3}
    asked = parse(SimulateConfig, {**ASKED.model_dump(mode="json"), "phases": phases})
    writer.write(tmp_path, asked)
    report = validate("all", SimpleNamespace(**{**vars(PARAMS), "simulate": {"all": asked}}), tmp_path)
    assert report.success, broken(report)


def first_changed(cells, **values):
    """Cells with some values of the first one changed."""
    changed = {name: getattr(cells, name).copy() for name in values}
    for name, value in values.items():
        changed[name][0] = value
    return replace(cells, **changed)


def scaled(column, factor):
    def change(cells):
        constants = cells.stiffness_gpa[0].copy()
        constants[column] *= factor
        return first_changed(cells, stiffness_gpa=constants)

    return change


def copied(cells):
    """The first cell once more in place of the second, turned, and with a group of its own."""
    changed = {name: getattr(cells, name).copy() for name in ("images", "stiffness_gpa", "phases")}
    changed["images"][1], changed["phases"][1] = np.rot90(cells.images[0]), cells.phases[0]
    changed["stiffness_gpa"][1] = homogenise(changed["images"][1][None], cells.phases[0])[0]
    return replace(cells, **changed)


def twice(cells):
    changed = {name: getattr(cells, name).copy() for name in ("images", "stiffness_gpa", "phases")}
    for values in changed.values():
        values[1] = values[0]
    return replace(cells, **changed, group=groups(changed["images"]))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda cells: cells.take(slice(1, None)), {"All cells are there"}),
        (lambda cells: first_changed(cells, morphology="foam "), {"Morphologies are those asked for"}),
        (
            lambda cells: replace(cells, morphology=np.full(len(cells), "laminate")),
            {"Shares of the morphologies are as asked for"},
        ),
        (lambda cells: first_changed(cells, images=1), {"Images have two phases", "Volume fractions are as asked for"}),
        (lambda cells: first_changed(cells, stiffness_gpa=np.nan), {"No constant is missing or infinite"}),
        (scaled(0, -1.0), {"Stiffness is positive definite"}),
        (scaled(6, 0.2), {"Stiffness is above Reuss's"}),
        (scaled(8, 40.0), {"Stiffness is below Voigt's"}),
        (scaled(5, 1.1), {"Hill's relations between the constants hold (relative to C33)"}),
        (copied, {"Translated, mirrored and turned copies are known as such"}),
        (twice, {"No image occurs twice with the same phases"}),
        (
            lambda cells: first_changed(cells, phases=[2.0, 0.3, 30.0, 0.2]),
            {
                "Young's modulus of the soft phase is as asked for",
                "Poisson's ratio of the soft phase is as asked for",
                "Poisson's ratio of the stiff phase is as asked for",
            },
        ),
        (lambda cells: first_changed(cells, phases=[1.0, 0.35, 20.0, 0.5]), {"Phases are stable solids"}),
        (lambda cells: first_changed(cells, phases=[1.0, 0.35, 60.0, 0.25]), {"Contrasts are as asked for"}),
    ],
)
def test_what_is_wrong_is_found(tmp_path, cells, change, expected):
    report = judged(tmp_path / "a", change(cells))
    assert expected <= broken(report)
    with pytest.raises(ValidationFailedError, match=r"^all: "):
        ensure_valid(report)


def test_shears_beyond_the_hashin_shtrikman_bounds_are_found_within_voigts_and_reusss(tmp_path, cells):
    # at a fraction of a half the bounds of Voigt and Reuss are far enough away
    place = int(np.where(cells.morphology == "gaussian", np.abs(cells.fraction - 0.5), 1.0).argmin())
    chosen = cells.take(np.roll(np.arange(len(cells)), -place))
    for factor, words in ((0.8, "lower"), (1.25, "upper")):
        fraction = chosen.fraction[0]
        constants = chosen.stiffness_gpa[0].copy()
        soft, stiff = chosen.phases[0, 0] / 2.7, chosen.phases[0, 2] / 2.5
        around = soft if words == "lower" else stiff
        bound = 1 / ((1 - fraction) / (soft + around) + fraction / (stiff + around)) - around
        constants[[6, 7]] = factor * bound
        found = broken(judged(tmp_path / words, first_changed(chosen, stiffness_gpa=constants)))
        assert (
            f"Traces are {'above' if words == 'lower' else 'below'} the {words} Hashin-Shtrikman bounds (relative)"
            in found
        )
        assert not {"Stiffness is above Reuss's", "Stiffness is below Voigt's"} & found


def test_labels_that_are_not_converged_are_found_by_a_turn(tmp_path, cells):
    rough = replace(cells, stiffness_gpa=homogenise(cells.images, cells.phases, tolerance=0.3))
    assert "A quarter turn swaps 1 and 2, 4 and 5 (sample, homogenised again)" in broken(judged(tmp_path / "a", rough))


def test_a_copy_of_a_cell_of_another_subset_is_found(tmp_path, cells):
    apart = {"all": ASKED.model_copy(update={"apart_from": "other"}), "other": ASKED}
    params = SimpleNamespace(**{**vars(PARAMS), "simulate": apart})
    other = writer.write(tmp_path / "other", ASKED.model_copy(update={"seed": 4}))
    judged(tmp_path / "all", cells)
    assert validate("all", params, tmp_path / "all").success
    turned = np.rot90(cells.images[:1], axes=(1, 2))
    (tmp_path / "other" / other[0].name).write_bytes(
        shard_bytes(Metadata(1, 16, {"seed": 4}), 0, replace(cells.take(slice(0, 1)), images=turned))
    )
    assert broken(validate("all", params, tmp_path / "all")) == {"No cell is a copy of one in other"}
    (tmp_path / "other" / other[0].name).unlink()
    with pytest.raises(ValidationFailedError, match=r"^all must hold no copy of a cell of subset other: .*no Parquet"):
        validate("all", params, tmp_path / "all")


def test_copies_with_their_group_stay_in_one_part(tmp_path, cells):
    few = cells.take(np.flatnonzero(cells.morphology != "laminate"))  # which may be their own mirror images
    images = np.concatenate([few.images, few.images[:, ::-1]])
    both = replace(few.take(np.tile(np.arange(len(few)), 2)), images=images, group=groups(images))
    assert len(np.unique(both.group)) == len(few)
    report = judged(tmp_path / "a", both, ASKED.model_copy(update={"cells": len(both)}))
    assert report.success, broken(report)


def test_a_folder_of_the_course_is_judged_by_its_constants_alone(tmp_path, cells):
    changed = replace(cells, morphology=np.full(len(cells), "course"), phases=cells.phases * [1, 1, 1.01, 1])
    asked = CourseConfig(folder="any", e_soft_gpa=1.0, nu_soft=0.3, e_stiff_gpa=9.0, nu_stiff=0.2)
    report = judged(tmp_path / "a", changed, asked)
    assert len(report.results) == 14
    turned = "A quarter turn swaps 1 and 2, 4 and 5 (sample, homogenised again)"
    assert {"Hill's relations between the constants hold (relative to C33)", turned} <= broken(report)
