"""Measures of spectra: by hand, by what they must not see, by what follows from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxnet.studies.spectroscopy import scores
from relaxnet.studies.spectroscopy.physics.spectra import broaden
from relaxnet.studies.spectroscopy.samples.targets import energy_grid

TRUE = np.array([[0.0, 1.0, 2.0, 1.0]])
GUESS = np.array([[-0.5, 1.0, 2.0, 1.5]])
STEP = 0.5


def test_measures_by_hand():
    assert scores.accuracy(TRUE, GUESS, STEP) == pytest.approx(1 - np.sqrt(0.5 * STEP) / (4.0 * STEP))
    assert scores.deviation(TRUE, GUESS, STEP) == pytest.approx(np.sqrt(0.5 * STEP) / (4.0 * STEP))
    assert scores.rmse(TRUE, GUESS) == pytest.approx(np.sqrt(0.125))
    assert scores.mae(TRUE, GUESS) == pytest.approx(0.25)
    assert scores.r2(TRUE, GUESS) == pytest.approx(1 - 0.5 / 2.0)
    assert scores.r2_printed(TRUE, GUESS) == pytest.approx(1 - 0.5 / 3.5)
    assert scores.negative_share(GUESS) == pytest.approx(0.25)
    assert scores.negative_magnitude(GUESS) == pytest.approx(0.5 / np.sqrt(7.5) / 4)


def test_the_accuracy_of_a_prediction_without_area_has_no_value():
    assert np.isnan(scores.accuracy(TRUE, -GUESS, STEP)).all()
    assert np.isfinite(scores.deviation(TRUE, -GUESS, STEP)).all()


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 10.0), st.floats(-3.0, 3.0))
def test_normalised_spectra_do_not_see_the_scale_and_centred_ones_not_the_shift_either(scale, shift):
    unit = [scores.normalised(values) for values in (TRUE, GUESS, scale * GUESS)]
    assert scores.accuracy(unit[0], unit[2], STEP) == pytest.approx(scores.accuracy(unit[0], unit[1], STEP))
    moved = scale * GUESS + shift
    assert scores.centred(TRUE, moved) == pytest.approx(scores.centred(TRUE, GUESS), abs=1e-6)


def test_a_blurred_estimate_has_a_good_r2_and_a_printed_one_below_zero():
    """How the report's R² of -0.10 at 74 % comes about."""
    truth = broaden([np.linspace(-20.0, -9.0, 16)], 0.1, energy_grid(300))
    blurred = scores.broadened_further(truth, 0.1, 0.3, energy_grid(300))
    assert scores.r2_printed(truth, blurred) < -0.5 < 0.2 < scores.r2(truth, blurred)


@pytest.mark.parametrize("wide", [0.3, 0.5])
def test_broadened_further_is_broadened_at_once(wide):
    levels = np.random.default_rng(1).uniform(-22, -8, (5, 16))
    grid = energy_grid(300)
    found = scores.broadened_further(broaden(levels, 0.1, grid), 0.1, wide, grid)
    assert found == pytest.approx(broaden(levels, wide, grid), abs=2e-3)
