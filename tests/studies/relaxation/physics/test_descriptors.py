import numpy as np
import pytest
from test_signals import made_up

from relaxnet.studies.relaxation.physics import TNMParameters, describe, simulate


def test_descriptors_of_a_made_up_peak():
    def curve(t_k):  # a straight rise through 1/2 and 1 to a parabola with its top at 360.3 K
        rise = np.clip((t_k - 340.0) / 10.0, 0.0, 1.5)
        return np.where(t_k < 355.0, rise, 2.0 - (t_k - 360.3) ** 2 * 0.5 / 5.3**2)

    found = describe(made_up(curve, 330.0, 366.0, nodes=512))
    assert found.cp_n_max[0, 0] == pytest.approx(2.0, abs=1e-6)
    assert found.peak_temperature_k[0, 0] == pytest.approx(360.3, abs=1e-4)
    assert found.half_rise_k[0, 0] == pytest.approx(345.0, abs=1e-3)
    assert found.half_width_k[0, 0] == pytest.approx(10.3, abs=1e-3)


def test_area_of_a_logistic_step_is_its_middle():
    found = describe(made_up(lambda t_k: 1 / (1 + np.exp((352.5 - t_k) / 2))))
    assert found.area_fictive_k[0, 0] == pytest.approx(352.5, abs=1e-4)


def test_a_signal_without_overshoot_has_no_half_width():
    found = describe(made_up(lambda t_k: 1 / (1 + np.exp((352.5 - t_k) / 2)) * 0.999))
    assert found.half_width_k[0, 0] == 0.0
    assert found.cp_n_max[0, 0] == pytest.approx(0.999, abs=1e-6)


def test_area_gives_the_frozen_in_fictive_temperature():
    signals = simulate(TNMParameters(-79.21, 318443.9, 0.57, 0.71))
    np.testing.assert_allclose(describe(signals).area_fictive_k, signals.glass_fictive_k, atol=3e-3)


def test_slower_cooling_gives_a_higher_peak_and_a_colder_glass():
    signals = simulate(TNMParameters(-79.21, 318443.9, 0.57, 0.71))
    assert (np.diff(describe(signals).cp_n_max[0]) < 0).all()
    assert (np.diff(signals.glass_fictive_k[0]) > 0).all()
