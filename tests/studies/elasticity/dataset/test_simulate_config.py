from collections.abc import Mapping

import pytest
from cell_configs import VALUES, config

from relaxnet.core.config import Config, parse
from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.elasticity.dataset.config import CellsConfig


class Both(Config):
    simulate: Mapping[str, CellsConfig]


def test_phases_by_modulus_or_by_contrast():
    phases = {"e_soft_gpa": 1.0, "nu_soft": 0.3, "nu_stiff": 0.3}
    assert config(phases={**phases, "e_stiff_gpa": 9.0}).phases.e_stiff_gpa == 9.0
    assert config().phases.contrast == (5.0, 50.0)


def test_a_folder_in_place_of_drawn_cells():
    folder = {"folder": "course", "e_soft_gpa": 1.0, "nu_soft": 0.3, "e_stiff_gpa": 9.0, "nu_stiff": 0.3}
    found = parse(Both, {"simulate": {"a": VALUES, "b": folder}}).simulate
    assert (found["a"].cells, found["b"].folder) == (12, "course")
    with pytest.raises(InvalidInputError, match=r"^simulate.b.stiff = grey: must be 'white' or 'black'$"):
        parse(Both, {"simulate": {"b": folder | {"stiff": "grey"}}})
    with pytest.raises(InvalidInputError, match=r"^simulate.a.cells = \(missing\): must be given$"):
        parse(Both, {"simulate": {"a": {name: value for name, value in VALUES.items() if name != "cells"}}})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cells": 0}, "simulate.cells = 0: must be greater than or equal to 1"),
        ({"size": 60}, "simulate.size = 60: must be a multiple of 8"),
        ({"volume_fraction": [0.6, 0.4]}, "must be given with the lower limit of volume_fraction first"),
        ({"volume_fraction": [0.001, 0.4]}, "must be given with a pixel of each phase at the limits"),
        ({"volume_fraction": [0.5, 1.0]}, "simulate.volume_fraction.1 = 1.0: must be less than 1"),
        ({"morphologies": {}}, "simulate.morphologies"),
        ({"morphologies": {"foam": 1}}, "simulate.morphologies.*'gaussian', 'inclusions', 'voronoi'"),
        ({"morphologies": {"voronoi": 0}}, "simulate.morphologies.voronoi = 0: must be greater than 0"),
        ({"phases": VALUES["phases"] | {"nu_soft": 0.5}}, "simulate.phases.nu_soft = 0.5: must be less than 0.5"),
        ({"phases": VALUES["phases"] | {"e_soft_gpa": 0}}, "simulate.phases.e_soft_gpa = 0: must be greater than 0"),
        ({"phases": VALUES["phases"] | {"e_stiff_gpa": 5}}, "must be given with either e_stiff_gpa or contrast"),
        ({"phases": VALUES["phases"] | {"contrast": [9, 8]}}, "must be given with the lower limit of contrast first"),
        (
            {"phases": {"e_soft_gpa": 2.0, "nu_soft": 0.3, "nu_stiff": 0.3, "e_stiff_gpa": 1.0}},
            "must be given with e_stiff_gpa above e_soft_gpa",
        ),
    ],
)
def test_what_is_wrong_is_one_line(changes, words):
    with pytest.raises(InvalidInputError, match=words):
        config(**changes)
