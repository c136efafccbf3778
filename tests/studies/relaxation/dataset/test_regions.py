"""Continuous quartets fill the region of a subset and hit none of its points."""

import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.dataset.regions import REGIONS, draw, lattice_distance, limits, places, region_of
from relaxnet.studies.relaxation.dataset.state_space import DH_J_PER_MOL, SUBSETS, ln_a_table, select

COUNT = 4000


@pytest.mark.parametrize("region", REGIONS)
def test_quartets_fill_the_region_evenly(region):
    sets = draw(region, np.random.default_rng(1), COUNT)
    for place, (first, last) in zip(places(sets), limits(region), strict=True):
        share = (place - first) / (last - first)
        assert share.min() >= -1e-9
        assert share.max() <= 1 + 1e-9
        counts, _ = np.histogram(share, 8, (0, 1))
        assert counts == pytest.approx(COUNT / 8, abs=6 * np.sqrt(COUNT / 8))
    shapes = sets[:, 2:]
    assert shapes.min() >= 0.2
    assert shapes.max() <= 1.0
    counts, _ = np.histogram(shapes, 8, (0.2, 1.0))
    assert counts == pytest.approx(COUNT / 4, abs=6 * np.sqrt(COUNT / 4))


def test_g_covers_the_plane_and_draws_the_same():
    assert region_of("G") == "plane"
    sets = [draw(name, np.random.default_rng(2), 50) for name in ("G", "plane")]
    np.testing.assert_array_equal(*sets)


def test_places_are_the_indices_of_the_lattice():
    quartets = select("RB", 200, seed=3)
    i, j = places(quartets.parameters())
    np.testing.assert_allclose(i, quartets.i, atol=1e-9)
    np.testing.assert_allclose(j, quartets.j, atol=1e-6)


@pytest.mark.parametrize("subset", SUBSETS)
def test_the_distance_is_that_of_the_nearest_pair(subset):
    rows, columns = SUBSETS[subset]
    sets = draw(subset, np.random.default_rng(4), 60)
    pairs = np.array([(i, j) for i in rows for j in columns])
    expected = np.min(np.hypot(*(np.array(places(sets))[:, :, None] - pairs.T[:, None, :])), axis=1)
    np.testing.assert_allclose(lattice_distance(sets, subset), expected)
    assert (lattice_distance(sets, subset) > 0).all()


def test_halfway_between_two_pairs():
    table = ln_a_table()
    halfway = [[table[50, 40:42].mean(), DH_J_PER_MOL[50], 0.5, 0.5]]
    assert lattice_distance(np.array(halfway), "C") == pytest.approx(0.5)


@pytest.mark.parametrize(("name", "count", "line"), [
    ("XX", 3, "region = XX: must be one of LU, RU, LB, RB, C, G, plane"),
    ("C", 0, "count = 0: must be at least 1"),
])  # fmt: skip
def test_what_cannot_be_drawn_is_one_line(name, count, line):
    with pytest.raises(InvalidInputError) as caught:
        draw(name, np.random.default_rng(1), count)
    assert str(caught.value) == line
