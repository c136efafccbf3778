import numpy as np

from relaxnet.studies.relaxation.dataset import select
from relaxnet.studies.relaxation.predictor.region import Region

RISES = np.array([[400.0, 410.0], [450.0, np.nan]])


def test_training_samples_lie_inside_and_others_do_not(rng):
    parameters = select("C", 500, seed=3).parameters()
    region = Region.of(parameters, RISES)
    assert region.holds(parameters).all()
    assert not region.holds(select("G", 500, seed=3).parameters()).all()
    weights = rng.dirichlet(np.ones(20), 50)
    assert region.holds(weights @ parameters[:20]).all()
    for shift in ([100.0, 0, 0, 0], [0, 3e5, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, -1.0]):
        assert not region.holds(parameters + shift).any()
    assert region.half_rise_k == (400.0, 450.0)
    assert region.rises_k() == (396.5, 453.5)


def test_a_region_is_the_same_when_read_back():
    region = Region.of(select("LU", 100, seed=3).parameters(), RISES)
    assert Region.model_validate_json(region.model_dump_json()) == region


def test_samples_of_one_pair_are_a_region_too():
    parameters = np.tile([-80.0, 3e5, 0.5, 0.6], (5, 1))
    region = Region.of(parameters, RISES)
    assert region.holds(parameters).all()
    assert not region.holds(parameters * [1.1, 1, 1, 1]).any()
