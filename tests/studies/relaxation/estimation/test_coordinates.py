import numpy as np
import pytest
from random_sets import random_sets

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.estimation.coordinates import Coordinates
from relaxnet.studies.relaxation.physics import TNMParameters, relaxation_time_s


def test_coordinates_lead_there_and_back_up_to_the_edges():
    sets = random_sets(50, seed=1)
    sets[0, 2:] = 1.0
    coordinates = Coordinates(np.linspace(250.0, 1500.0, len(sets)))
    np.testing.assert_allclose(coordinates.parameters(coordinates.of(sets)), sets, rtol=1e-12)
    assert coordinates.parameters(coordinates.of(sets))[0, 2:].tolist() == [1.0, 1.0]


def test_the_first_coordinate_is_the_relaxation_time_at_the_reference():
    values = [-79.21, 318_444.0, 0.57, 0.71]
    expected = np.log(relaxation_time_s(TNMParameters(*values), 451.0, 451.0))
    assert Coordinates(451.0).of(values)[0] == pytest.approx(float(expected))


def test_jacobian_is_that_of_differences():
    sets = random_sets(5, seed=2)
    coordinates = Coordinates(np.linspace(300.0, 900.0, 5))
    points = coordinates.of(sets)
    for k in range(4):
        step = np.zeros(4)
        step[k] = 1e-5
        difference = (coordinates.parameters(points + step) - coordinates.parameters(points - step)) / 2e-5
        np.testing.assert_allclose(coordinates.jacobian(points)[..., k], difference, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("t0_k", [0.0, -5.0, np.nan, [300.0, np.inf]])
def test_the_reference_is_a_temperature(t0_k):
    with pytest.raises(InvalidInputError, match="t0_k"):
        Coordinates(t0_k)
