import json

import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Axis, Target, Targets

ENERGY = Axis("energy", "eV", (0.0, 0.5, 1.0))


@pytest.fixture
def targets():
    return Targets((Target("shift", "K", (0.0, 60.0), (1.0,)), Target("slope", "1/K", (0.0, 600.0))))


@pytest.fixture
def mixed():
    return Targets((Target("spectrum", "1/eV", axis=ENERGY), Target("gap", "eV", (1.0, 3.0))))


def test_limits_are_scaled_to_zero_and_one(targets):
    values = np.array([[0.0, 600.0], [60.0, 0.0], [15.0, 150.0]])
    scaling = targets.scaling(values)
    np.testing.assert_allclose(scaling.normalise(values), [[0, 1], [1, 0], [0.25, 0.25]])


def test_without_limits_the_training_part_decides(mixed, rng):
    training = np.column_stack([rng.normal([5.0, 6.0, 7.0], 2.0, (500, 3)), rng.uniform(1, 3, 500)])
    scaled = mixed.scaling(training).normalise(training)
    np.testing.assert_allclose(scaled[:, :3].mean(axis=0), 0.0, atol=1e-12)
    assert np.mean(scaled[:, :3] ** 2) == pytest.approx(1.0)  # one scale for the whole vector
    assert scaled[:, 3].min() >= 0.0
    assert scaled[:, 3].max() <= 1.0


def test_a_target_that_does_not_vary_is_only_shifted():
    targets = Targets((Target("constant", "K"),))
    np.testing.assert_array_equal(targets.scaling(np.full((4, 1), 7.0)).normalise([[8.0]]), [[1.0]])


def test_columns_of_vectors_and_numbers(mixed):
    assert (mixed.width, mixed.columns("gap"), mixed.names) == (4, slice(3, 4), ("spectrum", "gap"))
    array = np.arange(8.0).reshape(2, 4)
    np.testing.assert_array_equal(mixed.values("spectrum", array), [[0, 1, 2], [4, 5, 6]])
    np.testing.assert_array_equal(mixed.values("gap", array), [3, 7])


def test_json_round_trip(targets, mixed):
    for some in (targets, mixed):
        assert Targets.from_json(json.loads(json.dumps(some.to_json()))) == some


def test_texts_for_people():
    target = Target("dh_j_per_mol", "J/mol", symbol="Δh*", display_unit="kJ/mol", display_factor=1e-3)
    assert (target.label, target.amount_text(1e4), target.error_text(2500.0)) == ("Δh* (kJ/mol)", "10 kJ/mol", "2.50")
    assert Target("x", "1").label == "x (–)"


def test_column_weights_let_each_target_count_once(targets, mixed):
    assert targets.column_weights({"slope": 2.0, "shift": 0.1}) == (0.1, 2.0)
    weights = mixed.column_weights({"spectrum": 3.0, "gap": 1.0})
    assert np.mean(weights) == pytest.approx(np.mean([3.0, 1.0]))
    assert sum(weights[:3]) == pytest.approx(3 * weights[3])


@pytest.mark.parametrize("weights", [{"shift": 1.0}, {"shift": 1.0, "slope": 1.0, "x": 1.0}, {"shift": 0, "slope": 0}])
def test_weights_must_match_the_targets(targets, weights):
    with pytest.raises(
        InvalidInputError, match=r"^loss_weights\S* = .*: must be one for each of shift, slope, not all 0"
    ):
        targets.column_weights(weights)
