"""Measured scans: what is refused, and what simulated ones look like."""

import numpy as np
import pytest
from random_sets import random_sets

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.estimation.scans import MeasuredScans, Scan, measured_scans, simulate_scans
from relaxnet.studies.relaxation.physics import chr_program, describe, simulate_many

AS2SE3 = [[-79.21, 318_444.0, 0.57, 0.71]]
T_K, CP_N = [440.0, 450.0, 460.0, 470.0, 480.0], [0.0, 0.0, 0.4, 1.2, 1.0]
OF_SCAN = "of the scan after cooling at 20 K/min"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"temperature_k": [440.0, 450.0, 450.0, 470.0, 480.0]}, f"temperature_k {OF_SCAN} = 450.0: must be above 450"),
        ({"temperature_k": [440.0, np.nan, 460.0, 470.0, 480.0]}, f"temperature_k {OF_SCAN} = nan"),
        ({"temperature_k": [-40.0, 450.0, 460.0, 470.0, 480.0]}, f"temperature_k {OF_SCAN} = -40.0: must be above 0 K"),
        ({"temperature_k": T_K[:4]}, f"cp_n {OF_SCAN} = 5 points: must be as many as temperature_k, 4"),
        ({"temperature_k": T_K[:3], "cp_n": CP_N[:3]}, f"temperature_k {OF_SCAN} = 3 points: must be at least 4"),
        ({"cp_n": [0.0, np.inf, 0.4, 1.2, 1.0]}, f"cp_n {OF_SCAN} = inf: must be finite"),
        ({"cp_n": [CP_N]}, f"cp_n {OF_SCAN} = shape"),
        ({"cp_n": list("abcde")}, f"cp_n {OF_SCAN} = "),
        ({"heating_rate_k_per_min": 0.0}, f"heating_rate_k_per_min {OF_SCAN} = 0.0"),
        ({"cooling_rate_k_per_min": -1.0}, "cooling_rate_k_per_min = -1.0"),
    ],
)
def test_what_is_no_scan_is_refused_by_scan_and_field(change, told):
    values = {"cooling_rate_k_per_min": 20.0, "heating_rate_k_per_min": 10.0, "temperature_k": T_K, "cp_n": CP_N}
    Scan(**values)
    with pytest.raises(InvalidInputError) as error:
        Scan(**values | change)
    assert str(error.value).startswith(told)


@pytest.mark.parametrize("scans", [(), ("a",)])
def test_a_sample_holds_scans(scans):
    with pytest.raises(InvalidInputError, match="scans"):
        MeasuredScans(scans)


def test_a_scan_cannot_be_changed_afterwards():
    cp_n = np.array(CP_N)
    scan = Scan(20.0, 10.0, T_K, cp_n)
    cp_n[0] = 5.0
    assert scan.cp_n[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        scan.cp_n[0] = 5.0


@pytest.mark.parametrize("cp_n", [[0.0] * 5, [1.0] * 5, [1.0, 0.9, 0.4, 0.1, 0.0]])
def test_what_does_not_rise_has_no_half_rise(cp_n):
    with pytest.raises(InvalidInputError, match=r"cooling at 20 K/min = .*rises from 0"):
        _ = MeasuredScans((Scan(20.0, 10.0, T_K, cp_n),)).half_rise_k


def test_half_rise_is_that_of_the_fastest_cooling_and_stands_noise():
    sets = random_sets(40, seed=1)
    exact_k = describe(simulate_many(sets)).half_rise_k[:, -1]
    clean = np.array([scans.half_rise_k for scans in simulate_scans(sets)])
    assert np.abs(clean - exact_k).max() < 0.25  # points 1 K apart, joined by straight lines
    noisy = simulate_scans(sets, noise=0.1, generator=np.random.default_rng(2))
    width_k = np.array([np.ptp(scans.fastest.temperature_k) for scans in noisy])
    assert (np.abs([scans.half_rise_k for scans in noisy] - exact_k) / width_k).max() < 0.05


def test_scans_reach_from_the_glass_into_the_liquid_whatever_the_noise():
    sets = random_sets(30, seed=3)
    clean, noisy = (
        simulate_scans(sets, lag_k=1.0),
        simulate_scans(sets, lag_k=1.0, noise=0.2, generator=np.random.default_rng(4)),
    )
    for quiet, loud in zip(clean, noisy, strict=True):
        for scan, other in zip(quiet.scans, loud.scans, strict=True):
            assert np.array_equal(scan.temperature_k, other.temperature_k)
            assert np.abs(scan.cp_n[:10]).max() < 1e-3
            assert np.abs(scan.cp_n[-2:] - 1.0).max() < 2e-3
            assert np.allclose(np.diff(scan.temperature_k), 1.0)


def test_noise_and_lag_are_those_asked_for_set_by_set():
    sets = AS2SE3 * 3
    noise, lag_k = np.array([0.0, 0.01, 0.05]), np.array([0.0, 0.5, 2.0])
    program = chr_program([1.0, 10.0])
    window = {"reach_k": (60.0, 60.0), "step_k": 0.1}
    clean = simulate_scans(sets, program, lag_k=lag_k, **window)
    noisy = simulate_scans(sets, program, lag_k=lag_k, noise=noise, generator=np.random.default_rng(5), **window)
    departures = [noisy[q].cp_n - clean[q].cp_n for q in range(3)]
    assert np.std(departures, axis=1) == pytest.approx(noise, rel=0.08)
    grid_k = clean[0].scans[0].temperature_k
    areas = [np.trapezoid(clean[0].scans[0].cp_n - sample.scans[0].cp_n, grid_k) for sample in clean]
    assert areas == pytest.approx(lag_k, abs=1e-3)
    np.testing.assert_array_equal(clean[0].scans[1].cp_n, simulate_many(AS2SE3, program).on_grid(grid_k)[0, 1])


def test_the_same_generator_gives_the_same_scans_in_any_number_of_threads():
    sets = random_sets(40, seed=6)
    one, two = (
        simulate_scans(sets, noise=0.01, lag_k=0.5, generator=np.random.default_rng(7), workers=workers)
        for workers in (1, 2)
    )
    assert all(np.array_equal(a.cp_n, b.cp_n) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"noise": 0.01}, "generator"),
        ({"noise": -0.01}, "noise"),
        ({"noise": [0.01, 0.02]}, "noise"),
        ({"lag_k": np.nan}, "lag_k"),
        ({"step_k": 0.0}, "step_k"),
        ({"step_k": 1e-6}, "step_k"),
        ({"step_k": 100.0}, "temperature_k"),
        ({"reach_k": (400.0, 400.0), "step_k": np.inf}, "step_k"),
    ],
)
def test_impossible_measurements_are_refused(options, field):
    with pytest.raises(InvalidInputError) as error:
        measured_scans(simulate_many(AS2SE3), chr_program(), **options)
    assert error.value.field.startswith(field)
