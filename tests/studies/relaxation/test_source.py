import numpy as np

from relaxnet.studies.relaxation.params import TemperatureGridConfig
from relaxnet.studies.relaxation.physics import ZERO_CELSIUS_K
from relaxnet.studies.relaxation.samples.source import laid_out, temperature_grid_k
from relaxnet.studies.relaxation.samples.targets import TARGETS


def test_paper_grid_has_18501_points_from_minus_250_to_1600_degc(dataset):
    grid_c = temperature_grid_k(dataset, TemperatureGridConfig(step_c=0.1, span="full")) - ZERO_CELSIUS_K
    assert len(grid_c) == 18501
    np.testing.assert_allclose(grid_c[[0, -1]], [-250.0, 1600.0])


def test_step_is_divided_where_signals_are_narrow(dataset):
    coarse = temperature_grid_k(dataset, TemperatureGridConfig(step_c=4.0, span="subset", min_points=1))
    fine = temperature_grid_k(dataset, TemperatureGridConfig(step_c=4.0, span="subset", min_points=3 * len(coarse) - 4))
    np.testing.assert_allclose(fine[::3], coarse)


def test_subset_grid_holds_all_that_moves(dataset, source):
    inputs = source.inputs(np.arange(len(dataset)))["signals"]
    assert inputs.shape == (len(dataset), *source.input_shapes["signals"])
    assert inputs.dtype == np.float32
    assert np.abs(inputs[:, 0]).max() < 1e-3
    assert np.abs(inputs[:, -1] - 1).max() < 1e-3
    assert np.abs(inputs - 0.5).min() < 0.4


def test_inputs_follow_the_index(source):
    some, all_ = (source.inputs(index)["signals"] for index in (np.array([5, 2]), np.arange(12)))
    np.testing.assert_array_equal(some, all_[[5, 2]])


def test_a_layout_gives_the_same_grid_again(source):
    np.testing.assert_allclose(laid_out(source.layout), source.grid_k, rtol=1e-14)


def test_limits_of_table_3():
    limits = {target.name: target.limits for target in TARGETS.items}
    np.testing.assert_allclose(limits["dh_j_per_mol"], (2e5 / 1.2, 14.4e5))
    np.testing.assert_allclose(limits["ln_a"], (-756.0, -15.0))
    np.testing.assert_allclose(limits["x"], (1 / 6, 1.2))
    np.testing.assert_allclose(limits["beta"], (1 / 6, 1.2))
