"""Spectra."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.spectroscopy.physics.spectra import MAX_SIGMA_EV, WINDOW_EV, Grid, area_inside, broaden

GRID = Grid(*WINDOW_EV, 300)
LEVELS = np.sort(np.random.default_rng(1).uniform(-20.0, -6.0, (5, 16)))


def test_a_spectrum_is_the_sum_of_gaussians_at_the_points():
    found = broaden(LEVELS, 0.3, GRID)
    assert (found.shape, found.dtype) == ((5, 300), np.float32)
    for molecule in range(5):
        for point in (0, 120, 299):
            away = (GRID.energies_ev[point] - LEVELS[molecule]) / 0.3
            expected = np.exp(-(away**2) / 2).sum() / (0.3 * np.sqrt(2 * np.pi))
            assert found[molecule, point] == pytest.approx(expected, rel=1e-5, abs=1e-9)


@given(
    levels=st.lists(st.floats(-29.9, -0.1), min_size=1, max_size=16), steps=st.floats(0.75, 20.0),
    points=st.sampled_from([300, 500, 700]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_the_area_is_what_lies_within_the_window(levels, steps, points):
    """The sum over the points agrees with the exact area to 3e-5 a level, and with half a point at the limits."""
    grid = Grid(*WINDOW_EV, points)
    sigma_ev = min(steps * grid.step_ev, MAX_SIGMA_EV)
    spectrum = broaden([levels], sigma_ev, grid)[0].astype(np.float64)
    trapezoids = (spectrum.sum() - (spectrum[0] + spectrum[-1]) / 2) * grid.step_ev
    exact = area_inside([levels], sigma_ev, grid)[0]
    at_the_limits = grid.step_ev**2 * np.abs(np.gradient(spectrum, grid.step_ev)[[0, -1]]).max()
    assert trapezoids == pytest.approx(exact, abs=4e-5 * len(levels) + at_the_limits)


@pytest.mark.parametrize("sigma_ev", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("points", [300, 500, 700])
def test_the_area_of_16_levels_within_the_window_is_16(sigma_ev, points):
    grid = Grid(*WINDOW_EV, points)
    np.testing.assert_allclose(broaden(LEVELS, sigma_ev, grid).sum(axis=1) * grid.step_ev, 16, rtol=1e-5)
    np.testing.assert_allclose(area_inside(LEVELS, sigma_ev, grid), 16, rtol=1e-12)


def test_levels_outside_of_the_window_are_missed():
    assert broaden([[-40.0, -10.0]], 0.5, GRID).sum() * GRID.step_ev == pytest.approx(1.0, rel=1e-5)
    assert area_inside([[-40.0, -10.0]], 0.5, GRID)[0] == pytest.approx(1.0)


def test_many_molecules_have_the_spectra_that_each_has_alone():
    levels = np.random.default_rng(2).uniform(-20, -6, (2500, 16))
    together = broaden(levels, 0.5, Grid(*WINDOW_EV, 64))
    for molecule in (0, 1023, 1024, 2499):
        np.testing.assert_array_equal(together[molecule], broaden(levels[molecule], 0.5, Grid(*WINDOW_EV, 64))[0])


@pytest.mark.parametrize("sigma_ev", [0.0, -0.3, 0.0752, 5.1, np.nan])
def test_sigma_out_of_range_is_one_line(sigma_ev):
    allowed = r"must be from 0.07525 \(0.75 steps of the grid\) to 5$"
    for function in (broaden, area_inside):
        with pytest.raises(InvalidInputError, match=rf"^sigma_ev = {sigma_ev}: {allowed}"):
            function(LEVELS, sigma_ev, GRID)


def test_the_documents_sigma_is_allowed_at_its_points():
    broaden(LEVELS, 0.1, GRID)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((-30.0, 0.0, 15), "^points = 15: must be a whole number from 16 to 4096$"),
        ((-30.0, 0.0, 4097), "^points = 4097: must be a whole number from 16 to 4096$"),
        ((0.0, -30.0, 300), "^window_ev = 0.0 to -30.0: must be finite, the lower limit first$"),
        ((-np.inf, 0.0, 300), "^window_ev = -inf to 0.0: must be finite"),
    ],
)
def test_a_grid_out_of_range_is_one_line(values, words):
    with pytest.raises(InvalidInputError, match=words):
        Grid(*values)


def test_levels_that_are_not_finite_are_one_line():
    levels = LEVELS.copy()
    levels[3, 2] = np.nan
    with pytest.raises(InvalidInputError, match=r"^levels_ev = molecule 3: must be finite$"):
        broaden(levels, 0.3, GRID)
