import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.evaluation.groups import group_errors, rank_correlations
from relaxnet.evaluation.maps import cell_edges, error_map


def test_a_group_is_set_beside_the_others():
    errors = np.array([1.0, 3.0, 4.0, np.nan])
    found = group_errors({"x": errors}, [True, True, False, False])
    assert found == {"counts": {"group": 2, "others": 2}, "x": {"group": 2.0, "others": 4.0, "ratio": 0.5}}


def test_an_empty_side_has_no_mean_and_no_ratio():
    found = group_errors({"x": [1.0, 2.0]}, [False, False])
    assert found["x"] == {"group": None, "others": 1.5, "ratio": None}
    assert group_errors({"x": [1.0, 0.0]}, [True, False])["x"]["ratio"] is None


def test_rank_correlation_is_that_of_the_order(rng):
    descriptor = rng.uniform(size=50)
    errors = {"same": descriptor**3, "opposite": -descriptor, "none": np.ones(50), "few": np.full(50, np.nan)}
    found = rank_correlations(errors, descriptor)
    assert found["same"] == pytest.approx(1.0)
    assert found["opposite"] == pytest.approx(-1.0)
    assert found["none"] is None
    assert found["few"] is None


def test_a_cell_holds_whole_values_of_a_grid():
    values = np.repeat(np.arange(11) * 10.0, 7)
    edges = cell_edges(values, 5)
    assert len(edges) == 6
    assert not np.isin(edges, values).any()
    assert np.histogram(values, edges)[0].sum() == len(values)
    assert len(cell_edges(values, 40)) == 12  # one cell a value at most
    assert len(cell_edges(np.linspace(0, 1, 500), 20)) == 21
    assert cell_edges(np.full(3, 2.0), 5).tolist() == [1.0, 3.0]


def test_the_map_is_the_mean_of_the_samples_in_a_cell(rng):
    x, y = rng.integers(0, 4, 400) * 1.0, rng.integers(0, 3, 400) * 2.0
    values = rng.uniform(size=400)
    values[7] = np.nan
    found = error_map(x, y, values)
    assert found.mean.shape == found.count.shape == (3, 4)
    assert found.count.sum() == 399
    inside = (x == 2) & (y == 4) & np.isfinite(values)
    assert found.mean[2, 2] == pytest.approx(values[inside].mean())
    assert found.count[2, 2] == inside.sum()


def test_cells_hold_a_few_samples_each(rng):
    found = error_map(rng.uniform(size=300), rng.uniform(size=300), np.ones(300))
    assert found.count[found.count > 0].mean() >= 3.5


def test_nothing_finite_is_refused():
    with pytest.raises(InvalidInputError, match="values = none finite"):
        error_map([1.0], [1.0], [np.nan])
