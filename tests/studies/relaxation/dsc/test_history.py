"""Measured histories: noise of the thermocouple is taken out, corners stay where they are."""

import numpy as np
import pytest

from relaxnet.studies.relaxation.dsc.history import smooth
from relaxnet.studies.relaxation.physics import Hold, Program, Ramp

AGED = Program(500.0, (Ramp(430.0, 20.0), Hold(30.0), Ramp(360.0, 5.0), Ramp(500.0, 10.0)))


def recorded(program, noise_k, every_s, seed=1):
    path = program.path()
    time_s = np.arange(0.0, path.knot_s[-1] + 0.5, every_s)
    exact_k = np.interp(time_s, path.knot_s, path.knot_k)
    return time_s, exact_k, exact_k + noise_k * np.random.default_rng(seed).standard_normal(len(time_s))


@pytest.mark.parametrize("noise_k", [0.05, 0.2])
@pytest.mark.parametrize("every_s", [1.0, 5.0])
def test_rates_and_corners_come_back(noise_k, every_s):
    time_s, exact_k, measured_k = recorded(AGED, noise_k, every_s)
    found = smooth(Program.from_history(time_s, measured_k))
    path = found.program.path()
    assert found.pieces == 4
    assert found.noise_k == pytest.approx(noise_k, rel=0.15)
    np.testing.assert_allclose(path.rate_k_per_s * 60.0, [-20.0, 0.0, -5.0, 10.0], atol=0.6 * noise_k)
    smoothed_k = np.interp(time_s, path.knot_s, path.knot_k)
    assert np.abs(smoothed_k - exact_k).max() < noise_k
    assert found.largest_k < 6.0 * noise_k


def test_samples_without_noise_are_only_joined():
    time_s, exact_k, _ = recorded(AGED, 0.0, 2.0)
    found = smooth(Program.from_history(time_s, exact_k))
    assert found.pieces == 4
    assert found.noise_k < 1e-6
    assert found.largest_k < 2e-3


def test_what_is_no_line_is_followed():
    """A furnace that comes to its rate by and by."""
    time_s = np.arange(0.0, 2000.0, 2.0)
    exact_k = 480.0 - 0.1 * (time_s - 60.0 * (1.0 - np.exp(-time_s / 60.0)))
    noisy_k = exact_k + 0.05 * np.random.default_rng(2).standard_normal(len(time_s))
    found = smooth(Program.from_history(time_s, noisy_k))
    path = found.program.path()
    assert 2 <= found.pieces <= 12
    assert np.abs(np.interp(time_s, path.knot_s, path.knot_k) - exact_k).max() < 0.15


def test_a_history_between_ramps_keeps_its_ends():
    time_s, _, measured_k = recorded(Program(430.0, (Hold(30.0), Ramp(360.0, 5.0))), 0.1, 2.0)
    measured_k[0], measured_k[-1] = 430.0, 360.0
    inner = Program.from_history(time_s, measured_k).segments[0]
    found = smooth(Program(500.0, (Ramp(430.0, 20.0), inner, Ramp(500.0, 10.0))))
    assert found.pieces == 2
    knots = found.program.path().knot_k
    assert knots[0] == 500.0
    assert knots[1] == 430.0
    assert knots[-2] == 360.0


@pytest.mark.parametrize("every", [1, 5])
def test_a_coarse_log_stays_as_it_is(every):
    """Its turns would look like noise."""
    time_s, temperature_k = [0.0, 600.0, 4200.0, 4800.0], [523.0, 423.0, 423.0, 323.0]
    fine_s = np.interp(np.arange(3 * every + 1) / every, np.arange(4), time_s)
    program = Program.from_history(fine_s, np.interp(fine_s, time_s, temperature_k))
    found = smooth(program)
    assert found.program == program
    assert (found.noise_k, found.largest_k) == (0.0, 0.0)
