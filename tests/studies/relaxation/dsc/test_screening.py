"""Events that are kept out of the fit, and those that are flagged."""

from dataclasses import replace

import numpy as np
import pytest

from relaxnet.studies.relaxation.dsc.lines import find_lines
from relaxnet.studies.relaxation.dsc.screening import screen
from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
from relaxnet.studies.relaxation.physics import Hold, Program, Ramp

STEP = 0.04


@pytest.fixture(scope="module")
def scan():
    """A raw scan with the window that its lines suggest."""
    generator = np.random.default_rng(6)
    parameters = [-79.21, 318_444.0, 0.57, 0.71]
    (found,) = simulated_scans(parameters, [10.0], lines=True, noise=0.005, generator=generator, reach_k=60.0)
    return windowed(found)


def windowed(scan):
    lines = find_lines(scan.temperature_k, scan.signal)
    return replace(scan, glass_range_k=lines.glass_range_k, liquid_range_k=lines.liquid_range_k)


def with_event(scan, centre_k, width_k, height):
    bump = height * STEP * np.exp(-0.5 * ((scan.temperature_k - centre_k) / width_k) ** 2)
    return windowed(replace(scan, signal=scan.signal + bump))


def names(screened):
    return [flag.name for flag in screened.flags]


def test_a_clean_scan_is_left_as_it_is(scan):
    screened = screen([scan])
    assert screened.scans == (scan,)
    assert not screened.flags


def test_an_event_in_the_liquid_is_cut_off_with_its_tails(scan):
    centre_k = scan.temperature_k[-1] - 25.0
    screened = screen([with_event(scan, centre_k, 4.0, 0.4)])
    assert names(screened) == ["melting_cut"]
    (_, last_k), (_, limit_k) = screened.scans[0].liquid_range_k, screened.limits_k[scan.label]
    assert last_k <= limit_k < centre_k - 2.5 * 4.0


def test_an_event_in_the_glass_is_cut_off_too(scan):
    centre_k = scan.temperature_k[0] + 25.0
    screened = screen([with_event(scan, centre_k, 4.0, -0.4)])
    assert any(name.endswith("crystallisation_cut") for name in names(screened))
    assert screened.scans[0].glass_range_k[0] >= screened.limits_k[scan.label][0] > centre_k + 2.5 * 4.0


def test_an_event_in_the_transition_is_flagged(scan):
    half_k = find_lines(scan.temperature_k, scan.signal).tg_half_step_k
    screened = screen([with_event(scan, half_k + 5.0, 3.0, -0.3)])
    assert screened.flags
    assert not any(name.endswith("_cut") for name in names(screened))


def test_where_the_heating_ends_nothing_is_said(scan):
    signal = scan.signal.copy()
    signal[-2:] -= 0.5 * STEP
    assert not screen([windowed(replace(scan, signal=signal))]).flags


def test_ends_that_the_user_gave_stay(scan):
    spoilt = with_event(scan, scan.temperature_k[-1] - 25.0, 4.0, 0.4)
    given = replace(spoilt, liquid_range_k=(scan.temperature_k[-1] - 40.0, scan.temperature_k[-1] - 5.0))
    screened = screen([given], liquid=False)
    assert screened.scans[0].liquid_range_k == given.liquid_range_k
    assert screened.flags


def test_aged_and_normalised_scans_are_not_screened(scan):
    hot_k, half_k = scan.program.start_temperature_k, 455.0
    aged = Program(hot_k, (Ramp(half_k - 15.0, 10.0), Hold(600.0), Ramp(300.0, 10.0), Ramp(hot_k, 10.0)))
    spoilt = with_event(scan, scan.temperature_k[-1] - 25.0, 4.0, 0.4)
    for other in (replace(spoilt, program=aged), replace(spoilt, quantity="cp_n")):
        screened = screen([other])
        assert screened.scans == (other,)
        assert not screened.flags
