import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Targets


def test_normalise_maps_limits_to_zero_and_one_and_back(targets):
    values = np.array([[0.0, 600.0], [60.0, 0.0], [15.0, 150.0]])
    np.testing.assert_allclose(targets.normalise(values), [[0, 1], [1, 0], [0.25, 0.25]])
    np.testing.assert_allclose(targets.denormalise(targets.normalise(values)), values)


def test_json_round_trip(targets):
    assert Targets.from_json(targets.to_json()) == targets


def test_weights_follow_the_column_order(targets):
    assert targets.weights({"slope": 2.0, "shift": 0.1}) == (0.1, 2.0)


@pytest.mark.parametrize("weights", [{"shift": 1.0}, {"shift": 1.0, "slope": 1.0, "x": 1.0}, {"shift": 0, "slope": 0}])
def test_weights_must_match_the_targets(targets, weights):
    with pytest.raises(InvalidInputError, match=r"weights = .*: must be one for each of shift, slope, not all 0"):
        targets.weights(weights)
