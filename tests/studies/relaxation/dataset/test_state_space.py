import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.dataset import SUBSETS, ln_a_table, select, subset_size
from relaxnet.studies.relaxation.dataset.state_space import DH_J_PER_MOL, N_SHAPES, SHAPE_VALUES
from relaxnet.studies.relaxation.physics import GAS_CONSTANT, TNMParameters, chr_program, simulate


def test_number_of_quartets_is_the_papers():
    assert ln_a_table().size * N_SHAPES == 13_752_261


def test_printed_ends_of_ln_a():
    table = ln_a_table()
    assert table.max() == pytest.approx(-18.0, abs=0.01)
    assert table.min() == pytest.approx(-630.0, abs=1.0)
    assert DH_J_PER_MOL[np.unravel_index(table.argmax(), table.shape)[0]] == 2e5
    assert DH_J_PER_MOL[np.unravel_index(table.argmin(), table.shape)[0]] == 12e5


def test_ln_a_is_evenly_spaced_between_its_bounds():
    steps = np.diff(ln_a_table(), axis=1)
    assert (steps > 0).all()
    np.testing.assert_allclose(steps, steps[:, :1] * np.ones_like(steps), rtol=1e-9)


def test_lower_bound_is_100_s_at_227_2_k():
    inside = ln_a_table()[:, 0] > -629.9
    tau_s = np.exp(ln_a_table()[:, 0] + DH_J_PER_MOL / (GAS_CONSTANT * 227.2))
    np.testing.assert_allclose(tau_s[inside], 100.0, rtol=1e-6)


@pytest.mark.parametrize("i", [0, 37, 100])
def test_upper_bound_is_within_1e_3_of_the_liquid_at_1600_c(i):
    hottest = TNMParameters(ln_a_table()[i, -1], DH_J_PER_MOL[i], 1.0, 0.2)
    excess = simulate(hottest, chr_program([0.5])).on_grid(np.array([1600.0 + 273.15]))[0, 0, 0] - 1.0
    assert excess == pytest.approx(1e-3, rel=0.1)


@pytest.mark.parametrize(
    ("name", "first_i", "first_j"), [("LU", 0, 0), ("RU", 0, 70), ("LB", 90, 0), ("RB", 90, 70), ("C", 45, 35)]
)
def test_blocks(name, first_i, first_j):
    rows, columns = SUBSETS[name]
    assert rows.tolist() == list(range(first_i, first_i + 11))
    assert columns.tolist() == list(range(first_j, first_j + 11))
    assert subset_size(name) == 121 * 1681


def test_g_is_spread_over_the_whole_plane():
    rows, columns = SUBSETS["G"]
    assert (rows[0], rows[-1], len(rows)) == (0, 100, 10)
    assert (columns[0], columns[-1], len(columns)) == (0, 80, 8)
    assert np.ptp(np.diff(rows)) <= 1
    assert np.ptp(np.diff(columns)) <= 1
    assert subset_size("G") == 80 * 1681


def test_upper_is_low_dh_and_right_is_hot():
    hot, cold = select("RU", 50, 1).parameters(), select("LU", 50, 1).parameters()
    assert hot[:, 1].max() <= 3e5
    assert hot[:, 0].min() > cold[:, 0].max()
    assert select("LB", 50, 1).parameters()[:, 1].min() >= 11e5


def test_all_quartets_of_a_subset_are_different_and_on_the_grid():
    quartets = select("G", None, 0)
    assert len(quartets) == subset_size("G")
    flat = ((quartets.i * 81 + quartets.j) * 41 + quartets.x_index) * 41 + quartets.beta_index
    assert len(np.unique(flat)) == len(flat)
    assert set(quartets.parameters()[:, 2]) == set(SHAPE_VALUES)


def test_samples_are_seeded_and_without_repetition():
    one, same, other = (select("C", 3000, seed).parameters() for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert len(np.unique(one, axis=0)) == 3000
    assert set(one[:, 2]) == set(SHAPE_VALUES)  # x covers its range


@pytest.mark.parametrize("count", [0, -1, 121 * 1681 + 1])
def test_impossible_counts_are_refused(count):
    with pytest.raises(InvalidInputError, match=rf"^quartets_per_subset = {count}: must be from 1 to 203401"):
        select("C", count, 0)


def test_unknown_subset_is_refused():
    with pytest.raises(InvalidInputError, match=r"^subset = X: must be one of LU, RU, LB, RB, C, G$"):
        select("X", 5, 0)
