"""Example curves of a vector target."""

from __future__ import annotations

import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Axis, Target
from relaxnet.evaluation.curves import example_curves

SPECTRUM = Target("spectrum", "1/eV", axis=Axis("energy", "eV", (1.0, 2.0, 3.0)))


def test_examples_are_chosen_by_the_rank_of_their_error() -> None:
    true = np.zeros((10, 3))
    estimate = np.array([9, 1, 2, 3, 4, 5, 6, 7, 8, 0])[:, None] + true
    table = example_curves(SPECTRUM, [f"s{n}" for n in range(10)], true, estimate)
    assert list(table) == ["case", "sample", "position", "true", "estimate"]
    chosen = table.drop_duplicates("case").set_index("case")["sample"]
    assert dict(chosen) == {"median": "s4", "90 %": "s8", "worst": "s0"}
    assert table["position"].tolist() == [1.0, 2.0, 3.0] * 3
    assert table["estimate"].tolist() == [4.0] * 3 + [8.0] * 3 + [9.0] * 3


def test_few_samples_are_examples_of_several_cases() -> None:
    table = example_curves(SPECTRUM, [7], np.zeros((1, 3)), np.ones((1, 3)))
    assert table["sample"].tolist() == [7] * 9


@pytest.mark.parametrize(
    ("target", "samples", "shape", "message"),
    [
        (Target("gap", "eV"), [1], (1, 1), "target = gap: must be a vector target"),
        (SPECTRUM, [1, 2], (2, 4), r"shape \(2, 4\): must be of shape \(2, 3\)"),
        (SPECTRUM, [], (0, 3), r"shape \(0, 3\): must be of shape \(1 or more, 3\)"),
    ],
)
def test_what_makes_no_curves_is_refused(target: Target, samples: list, shape: tuple, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        example_curves(target, samples, np.zeros(shape), np.zeros(shape))
