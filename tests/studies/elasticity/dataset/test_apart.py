"""Subsets that share no cell."""

from pathlib import Path

import numpy as np
import pytest
from cell_configs import VALUES, config
from PIL import Image

from relaxnet.core.config import parse
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import read_yaml
from relaxnet.studies.elasticity.dataset.apart import taken_before
from relaxnet.studies.elasticity.dataset.config import CourseConfig, subsets_before
from relaxnet.studies.elasticity.dataset.drawing import draw
from relaxnet.studies.elasticity.dataset.grouping import fingerprints
from relaxnet.studies.elasticity.params import ElasticityParams
from relaxnet.workflow.params import check_params

# of so few pixels that two subsets of seeds of their own have cells in common
FEW = {"cells": 20, "size": 8, "morphologies": {"checkerboard": 1}, "volume_fraction": [0.4, 0.6]}


def found(drawn):
    return set(fingerprints(drawn.images))


def test_three_subsets_one_after_the_other():
    simulate = {
        "third": config(**FEW, seed=5, apart_from="second"),
        "second": config(**FEW, seed=4, apart_from="first"),
        "first": config(**FEW, seed=3),
    }
    assert subsets_before(simulate, "third") == ["first", "second"]
    assert subsets_before(simulate, "first") == []
    assert found(draw(simulate["first"])) & found(draw(simulate["second"]))
    sets = [found(draw(simulate[name], taken_before(simulate, name))) for name in ("first", "second", "third")]
    assert len(set.union(*sets)) == 3 * 20


def test_apart_from_a_folder_of_images(tmp_path):
    (tmp_path / "course").mkdir()
    drawn, rows = draw(config(cells=12, size=64)), []
    for number, image in enumerate(np.rot90(drawn.images, axes=(1, 2))):
        Image.fromarray(255 * image).save(tmp_path / "course" / f"{number}_cell.png")
        rows.append(f"{number + 1} 9 9 9 3 3 3 2 2 2")
    (tmp_path / "course" / "table.csv").write_text("\n".join(rows))
    folder = {"folder": "course", "e_soft_gpa": 1.0, "nu_soft": 0.35, "e_stiff_gpa": 20.0, "nu_stiff": 0.25}
    simulate = {"course": parse(CourseConfig, folder), "more": config(cells=12, size=64, apart_from="course")}
    taken = taken_before(simulate, "more", tmp_path)
    assert taken == found(drawn)
    assert not taken & found(draw(simulate["more"], taken))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"a": "b"}, r"^profiles.laptop.simulate.a.apart_from = b: must be another subset"),
        ({"a": "a"}, r"^profiles.laptop.simulate.a.apart_from = a: must be another subset"),
        ({"a": "b", "b": "a"}, r"^profiles.laptop.simulate.b.apart_from = a: must be another subset, and none"),
    ],
)
def test_what_no_order_of_drawing_fulfils_is_one_line(names, words):
    content = read_yaml(Path(__file__).parents[4] / "pipelines" / "elasticity" / "params.yaml")
    profile = content["profiles"][content["profile"]]
    profile["simulate"] = {name: {**VALUES, "apart_from": other} for name, other in names.items()}
    with pytest.raises(InvalidInputError, match=words):
        check_params(ElasticityParams, content)
