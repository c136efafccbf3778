"""Classical methods give back what they should from simulated scans, and say what they cannot tell."""

from dataclasses import replace

import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.dsc.classical.area import activation
from relaxnet.studies.relaxation.dsc.classical.features import features
from relaxnet.studies.relaxation.dsc.classical.methods import METHODS, estimate
from relaxnet.studies.relaxation.dsc.result import Flag
from relaxnet.studies.relaxation.dsc.scan import HeatingScan
from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
from relaxnet.studies.relaxation.physics import (
    GAS_CONSTANT,
    Hold,
    Program,
    Ramp,
    TNMParameters,
    describe,
    simulate,
    simulate_many,
)
from relaxnet.studies.relaxation.physics.parameters import PARAMETER_NAMES
from relaxnet.studies.relaxation.physics.published import MATERIALS

AS2SE3 = MATERIALS["As2Se3"].as_array()
STEP_K = 0.25
NOISE = 0.005


def names(found):
    return {flag.name for flag in found.flags}


def start_of(parameters):
    return dict(zip(PARAMETER_NAMES, map(float, parameters), strict=True))


def aged(parameters, below_k, minutes, *, heating=10.0):
    """A scan after cooling at 20 K/min with a rest ``below_k`` under the temperature at which tau is 100 s."""
    tg_k = parameters[1] / (GAS_CONSTANT * (np.log(100.0) - parameters[0]))
    hot_k, cold_k = tg_k + 70.0, tg_k - 80.0
    program = Program(
        hot_k, (Ramp(tg_k - below_k, 20.0), Hold(minutes), Ramp(cold_k, 20.0), Ramp(hot_k, heating))
    )  # fmt: skip
    temperature_k = np.arange(cold_k + 1.0, hot_k - 1.0, STEP_K)
    path = program.path()
    time_s = path.knot_s[-2] + (temperature_k - path.knot_k[-2]) / path.rate_k_per_s[-1]
    cp_n = simulate(TNMParameters(*parameters), program).at(time_s).cp_n
    return HeatingScan(temperature_k, cp_n, "cp_n", program, f"aged for {minutes:g} min, {heating:g} K/min", "one")


@pytest.fixture(scope="module")
def clean():
    return simulated_scans(AS2SE3, step_k=STEP_K)


def test_fictive_temperatures_by_equal_areas_are_those_frozen_in(clean):
    frozen_k = simulate_many(AS2SE3[None]).glass_fictive_k[0]
    np.testing.assert_allclose([one.fictive_k for one in features(clean)], frozen_k, atol=0.03)
    assert [scan.tg_fictive_k for scan in estimate(clean, "equal-area").scans] == pytest.approx(frozen_k, abs=0.03)


@pytest.mark.parametrize("name", MATERIALS)
def test_moynihans_plot_gives_dh_and_its_plain_form_too_much(name):
    parameters = MATERIALS[name].as_array()
    measured = features(simulated_scans(parameters, step_k=STEP_K))
    exact, plain = activation(measured), activation(measured, plain=True)
    assert exact.dh_j_per_mol == pytest.approx(parameters[1], rel=3e-3)
    u = parameters[1] / (GAS_CONSTANT * np.mean([one.fictive_k for one in measured]))
    assert plain.dh_j_per_mol / exact.dh_j_per_mol - 1.0 == pytest.approx(2.0 / u, rel=0.02)
    assert 0.005 < plain.dh_j_per_mol / parameters[1] - 1.0 < 0.04


def test_the_standard_error_of_the_plot_is_that_of_repeated_measurements(rng):
    found = [
        estimate(simulated_scans(AS2SE3, noise=NOISE, generator=rng), "equal-area") for _ in range(40)
    ]  # fmt: skip
    errors = np.array([one.parameters[1] for one in found]) - AS2SE3[1]
    typical = np.sqrt(np.mean([one.std[1] ** 2 for one in found]))
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(typical, rel=0.35)
    held = [one.interval_90[1, 0] <= AS2SE3[1] <= one.interval_90[1, 1] for one in found]
    assert sum(held) >= 32
    assert all(abs(one.parameters[0] - AS2SE3[0]) < 3.0 * one.std[0] for one in found)


def test_equal_areas_give_no_shape_and_say_so(clean):
    found = estimate(clean, "equal-area", lag=0.0, events=(Flag("melting", "Seen before."),))
    assert np.isnan(found.parameters[2:]).all()
    assert np.isnan(found.std[2:]).all()
    assert {"not_estimated", "ln_a_by_rule", "melting"} == names(found)
    assert "no x, beta" in next(flag.text for flag in found.flags if flag.name == "not_estimated")


def test_annealed_glasses_give_x_by_the_shift_of_their_peaks():
    for name, below_k, minutes in (("griseofulvin", 15.0, (100.0, 300.0, 1000.0)), ("a-Se", 15.0, (300.0, 1e3, 3e3))):
        parameters = MATERIALS[name].as_array()
        found = estimate([aged(parameters, below_k, age) for age in minutes], "peak-shift", lag=0.0)
        assert names(found) == {"not_estimated"}
        # the limit of long annealing is approached from above
        assert 0.0 < found.parameters[2] - parameters[2] < 0.2
        assert found.std[2] < 0.1
        assert np.isnan(found.parameters[[0, 1, 3]]).all()


def test_slow_coolings_alone_are_not_enough_for_the_peak_shift(clean):
    found = estimate(clean, "peak-shift")
    assert {"not_well_annealed", "two_peaks"} < names(found)
    assert 0.2 < found.parameters[2] - AS2SE3[2] < 0.5


def test_peaks_of_other_heating_rates_are_left_out():
    scans = [aged(AS2SE3, 20.0, age) for age in (100.0, 300.0, 1000.0)]
    other = aged(AS2SE3, 20.0, 1000.0, heating=20.0)
    found = estimate([*scans, other], "peak-shift")
    assert [flag.scan for flag in found.flags if flag.name == "other_heating_rate"] == [other.label]
    assert found.parameters[2] == estimate(scans, "peak-shift").parameters[2]


@pytest.mark.parametrize("name", ["As2Se3", "acetaminophen", "nifedipine"])
def test_heights_of_peaks_give_x_and_beta(name):
    parameters = MATERIALS[name].as_array()
    found = estimate(simulated_scans(parameters, step_k=STEP_K))
    np.testing.assert_allclose(found.parameters[1:], parameters[1:], rtol=3e-3)
    assert found.parameters[0] == pytest.approx(parameters[0], abs=0.3)
    assert found.residual_rms < 0.01


def test_heights_of_noisy_peaks_are_within_their_errors(rng):
    found = estimate(simulated_scans(AS2SE3, noise=NOISE, generator=rng))
    assert np.isfinite(found.interval_90).all()
    assert (np.abs(found.parameters - AS2SE3)[1:] < 4.0 * found.std[1:]).all()
    assert found.chi2 == pytest.approx(1.0, abs=0.3)


def test_raw_heat_flow_is_normalised_and_drawn(rng):
    scans = simulated_scans(AS2SE3, noise=NOISE, lines=True, reach_k=40.0, generator=rng, step_k=0.5)
    found = estimate(scans)
    assert "lines_not_in_errors" in names(found)
    assert found.parameters[1] == pytest.approx(AS2SE3[1], rel=0.15)
    assert found.parameters[2:] == pytest.approx(AS2SE3[2:], abs=0.1)
    for fitted in found.scans:
        signal, step = fitted.scan.signal, fitted.dcp / 6.0  # J/(g K) at 10 K/min
        assert np.sqrt(np.mean((fitted.model - signal)[fitted.fitted] ** 2)) < 0.1 * step
        drawn = fitted.glass_line + (fitted.liquid_line - fitted.glass_line) * fitted.cp_n
        np.testing.assert_allclose(drawn, signal, rtol=1e-9)
        inside = slice(2, 10)
        assert np.abs(fitted.glass_line - signal)[inside].max() < 0.05 * step
        assert fitted.cp_n[-5:] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("name", ["As2Se3", "acetaminophen"])
def test_the_plain_fit_finds_the_optimum_from_a_start_near_it(name):
    parameters = MATERIALS[name].as_array()
    scans = simulated_scans(parameters)
    moved = parameters * [1.0, 1.1, 1.0, 1.0] + [0.0, 0.0, 0.1, -0.1]
    moved[0] = parameters[0] + (parameters[1] - moved[1]) / (GAS_CONSTANT * features(scans)[0].fictive_k)
    found = estimate(scans, "levenberg-marquardt", start=start_of(moved), lag=0.0)
    assert found.parameters[1:] == pytest.approx(parameters[1:], rel=1e-4)
    assert found.flags == ()


def test_the_plain_fit_finds_what_lies_at_the_end_of_a_range():
    linear = np.array([-100.0, 4e5, 1.0, 0.7])
    scans = simulated_scans(linear)
    found = estimate(scans, "levenberg-marquardt", start=start_of(linear - [0.0, 0.0, 0.05, 0.0]))
    assert found.parameters == pytest.approx(linear, rel=1e-3)


def test_the_plain_fit_stops_far_off_from_a_far_start_and_that_is_said():
    scans = simulated_scans(AS2SE3, noise=NOISE, generator=np.random.default_rng(1))
    start = start_of([AS2SE3[0] + 20.0, *AS2SE3[1:]])  # the transition lies 130 K above the scans
    found = estimate(scans, "levenberg-marquardt", start=start)
    assert "does_not_fit" in names(found)
    assert found.residual_rms > 0.5


def test_the_plain_fit_starts_from_the_heights_of_peaks(rng):
    scans = simulated_scans(AS2SE3, noise=NOISE, generator=rng)
    found = estimate(scans, "levenberg-marquardt")
    assert (np.abs(found.parameters - AS2SE3) < 4.0 * found.std).all()
    assert found.std[1] < 0.01 * AS2SE3[1]


def test_a_known_lag_is_allowed_for():
    scans = simulated_scans(AS2SE3, lag_s=6.0, step_k=STEP_K)
    knowing, ignorant = (estimate(scans, lag=lag) for lag in (6.0, "auto"))
    assert knowing.parameters[2:] == pytest.approx(AS2SE3[2:], rel=5e-3)
    assert abs(ignorant.parameters[3] - AS2SE3[3]) > 5.0 * abs(knowing.parameters[3] - AS2SE3[3])
    shift_k = [a.tg_fictive_k - b.tg_fictive_k for a, b in zip(ignorant.scans, knowing.scans, strict=True)]
    assert shift_k == pytest.approx([1.0] * 6)


@pytest.mark.parametrize("method", METHODS)
def test_one_rate_is_not_enough_and_that_is_said(method):
    found = estimate(simulated_scans(AS2SE3, [10.0]), method)
    assert np.isnan(found.parameters).any()
    assert "not_estimated" in names(found)
    assert names(found) & {"dh_unidentified", "x_unidentified", "no_start"}
    assert len(found.scans) == 1


def test_two_rates_have_no_standard_error():
    found = estimate(simulated_scans(AS2SE3, [1.0, 10.0]), "equal-area")
    assert "two_rates" in names(found)
    assert found.parameters[1] == pytest.approx(AS2SE3[1], rel=0.01)
    assert np.isnan(found.std[1])


def test_aged_glasses_are_not_in_moynihans_plot(clean):
    without, with_aged = estimate(clean), estimate([*clean, aged(AS2SE3, 15.0, 100.0)])
    assert [flag.scan for flag in with_aged.flags if flag.name == "not_in_plot"] == ["aged for 100 min, 10 K/min"]
    assert with_aged.parameters[1] == without.parameters[1]
    assert with_aged.parameters[2:] == pytest.approx(AS2SE3[2:], rel=0.01)


def test_a_lag_at_different_heating_rates_makes_dh_too_low_and_that_is_said():
    scans = [simulated_scans(AS2SE3, [rate], rate, lag_s=6.0, step_k=STEP_K)[0] for rate in (3.0, 10.0, 20.0)]
    ignorant, knowing = estimate(scans, "equal-area"), estimate(scans, "equal-area", lag=6.0)
    assert "lag_moves_dh" in names(ignorant)
    assert ignorant.parameters[1] < 0.9 * AS2SE3[1]
    assert "lag_moves_dh" not in names(knowing)
    assert knowing.parameters[1] == pytest.approx(AS2SE3[1], rel=0.01)


def test_fictive_temperatures_that_fall_with_the_rate_give_no_dh(clean):
    swapped = [
        replace(scan, temperature_k=other.temperature_k, signal=other.signal)
        for scan, other in zip(clean, clean[::-1], strict=True)
    ]
    found = estimate(swapped, "equal-area")
    assert "dh_unidentified" in names(found)
    assert np.isnan(found.parameters).all()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"method": "eyeballing"}, "method = eyeballing: must be one of equal-area, peak-shift"),
        ({"start": {}}, "start = {}: must be absent"),
        ({"method": "levenberg-marquardt", "start": {"x": 0.5}}, "start = x: must be a value of each of ln_a, dh"),
        ({"method": "levenberg-marquardt", "start": start_of([-79.0, 3e5, 1.5, 0.7])}, "x = 1.5: must be"),
        ({"lag": -1.0}, "lag = -1.0: must be auto, or from 0"),
    ],
)
def test_impossible_options_are_told_in_one_line(clean, options, told):
    with pytest.raises(InvalidInputError) as caught:
        estimate(clean, **options)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_a_signal_that_falls_is_refused(clean):
    with pytest.raises(InvalidInputError, match="rises from 0"):
        estimate([replace(clean[0], signal=1.0 - clean[0].signal)])


def test_heights_are_those_of_the_signals(clean):
    height = describe(simulate_many(AS2SE3[None])).cp_n_max[0]
    assert [one.peak for one in features(clean)] == pytest.approx(height, rel=0.02)
