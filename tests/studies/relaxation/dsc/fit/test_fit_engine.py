"""The fit of scans after any histories: parameters come back, and what cannot be known is said."""

from dataclasses import replace

import numpy as np
import pytest

import relaxnet
from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.dsc.fit import starts, tries
from relaxnet.studies.relaxation.dsc.fit.engine import fit
from relaxnet.studies.relaxation.dsc.fit.forward import Forward
from relaxnet.studies.relaxation.dsc.fit.noise import white_noise
from relaxnet.studies.relaxation.dsc.fit.sample import prepare
from relaxnet.studies.relaxation.dsc.knowledge import cramer_rao
from relaxnet.studies.relaxation.dsc.result import Flag
from relaxnet.studies.relaxation.dsc.scan import HeatingScan
from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
from relaxnet.studies.relaxation.physics import Hold, Program, Ramp, TNMParameters, simulate

AS2SE3 = np.array([-79.21, 318_444.0, 0.57, 0.71])
NOISE = 0.01


def names(found):
    return {flag.name for flag in found.flags}


def measured(program, label, generator, *, run="one", offset_k=0.0, noise=NOISE):
    """A scan along a program whose thermometer is wrong by an offset."""
    path = program.path()
    temperature_k = np.arange(400.0, 515.0)
    time_s = path.knot_s[-2] + (temperature_k - path.knot_k[-2]) / path.rate_k_per_s[-1]
    cp_n = simulate(TNMParameters(*AS2SE3), program).at(time_s).cp_n
    shown = tuple(
        replace(part, to_temperature_k=part.to_temperature_k + offset_k) if isinstance(part, Ramp) else part
        for part in program.segments
    )
    return HeatingScan(
        temperature_k + offset_k, cp_n + noise * generator.standard_normal(len(cp_n)), "cp_n",
        Program(program.start_temperature_k + offset_k, shown), label, run,
    )  # fmt: skip


def aged(minutes):
    return Program(520.0, (Ramp(440.0, 20.0), Hold(minutes), Ramp(350.0, 20.0), Ramp(520.0, 10.0)))


def assert_found(found, true=AS2SE3, within=3.5):
    assert np.isfinite(found.parameters).all()
    free = found.std > 0
    assert (np.abs(found.parameters - true)[free] < within * found.std[free]).all()


def test_normalised_scans_are_known_as_well_as_the_bound_allows(rng):
    scans = simulated_scans(AS2SE3, noise=NOISE, generator=rng)
    found = relaxnet.estimate(scans, lag=0.0)
    assert found.flags == ()
    assert_found(found)
    bound = np.sqrt(np.diag(cramer_rao(AS2SE3, scans, noise=NOISE, lag="known")))
    np.testing.assert_allclose(found.std, bound, rtol=0.1)
    assert found.noise == pytest.approx(NOISE, rel=0.1)
    assert found.chi2 == pytest.approx(1.0, abs=0.2)
    assert found.fragility == pytest.approx((np.log(100.0) + 79.21) / np.log(10.0), abs=4.0 * found.fragility_std)
    half = 0.5 * (found.interval_90[:, 1] - found.interval_90[:, 0])
    np.testing.assert_allclose(half, 1.65 * found.std, rtol=0.05)
    last = found.scans[-1]
    assert last.tg_half_step_k == pytest.approx(461.0, abs=1.0)
    assert last.tg_fictive_k == pytest.approx(457.4, abs=0.5)
    assert last.residual_rms == pytest.approx(NOISE, rel=0.3)


def test_lines_and_lag_are_found_with_the_parameters(rng):
    scans = simulated_scans(AS2SE3, noise=NOISE, lag_s=6.0, lines=True, reach_k=30.0, generator=rng)
    found = fit(scans)
    assert found.flags == ()
    assert_found(found)
    assert abs(found.lag_s - 6.0) < 3.5 * found.lag_std_s
    bound = np.sqrt(np.diag(cramer_rao(AS2SE3, scans, noise=NOISE, lag_s=6.0)))
    np.testing.assert_allclose(found.std, bound, rtol=0.15)
    for one in found.scans:
        inside = one.fitted
        assert np.abs(one.model - one.scan.signal)[inside].max() < 5.0 * NOISE * 0.6
        assert one.dcp_std < 0.03 * one.dcp
        assert one.cp_n[:5] == pytest.approx(0.0, abs=0.1)
        assert one.cp_n[-5:] == pytest.approx(1.0, abs=0.1)


def test_without_noise_the_parameters_come_back():
    found = fit(simulated_scans(AS2SE3), lag=0.0)
    assert found.flags == ()
    np.testing.assert_allclose(found.parameters, AS2SE3, rtol=1e-4)


def test_ageing_and_cycles_without_equilibrium(rng):
    cycles = Program(520.0, (Ramp(350.0, 20.0), Ramp(470.0, 10.0), Ramp(350.0, 5.0), Ramp(520.0, 10.0)))
    scans = [measured(aged(minutes), f"{minutes:g} min", rng) for minutes in (1.0, 100.0, 3000.0)]
    found = fit([*scans, measured(cycles, "cycles", rng)], lag=0.0)
    assert found.flags == ()
    assert_found(found)


def test_runs_with_a_wrong_temperature_do_not_spoil_the_parameters(rng):
    offsets_k = (0.6, -1.1, 0.5)
    scans = [
        measured(aged(minutes), f"{minutes:g} min", rng, run=f"{minutes:g}", offset_k=offset_k)
        for minutes, offset_k in zip((1.0, 100.0, 3000.0), offsets_k, strict=True)
    ]
    found = fit(scans, lag=0.0)
    assert_found(found, within=4.0)
    assert [one.offset_k for one in found.scans] == pytest.approx(offsets_k, abs=0.15)
    assert all(0.0 < one.offset_std_k < 0.1 for one in found.scans)
    wrong = fit([replace(scan, run="one") for scan in scans], lag=0.0)
    assert "does_not_fit" in names(wrong)


@pytest.mark.parametrize("rates", [[10.0], [0.5, 20.0]])
def test_few_scans_will_do(rates, rng):
    assert_found(fit(simulated_scans(AS2SE3, rates, noise=NOISE, generator=rng), lag=0.0))


def test_a_thermocouple_record_is_smoothed_and_said_so(rng):
    scans = []
    for scan in simulated_scans(AS2SE3, noise=NOISE, generator=rng):
        path = scan.program.path()
        time_s = np.linspace(0.0, path.knot_s[-1], 1500)
        record = np.interp(time_s, path.knot_s, path.knot_k) + rng.normal(0.0, 0.2, len(time_s))
        scans.append(replace(scan, program=Program.from_history(time_s, record)))
    found = fit(scans, lag=0.0)
    assert names(found) == {"history_smoothed"}
    assert_found(found)


@pytest.mark.parametrize(
    "fix", [{"x": 0.57}, {"beta": 0.71}, {"dh_j_per_mol": 318_444.0}, {"ln_a": -79.21}, {"x": 0.57, "beta": 0.71},
            {"ln_a": -79.21, "dh_j_per_mol": 318_444.0}],
)  # fmt: skip
def test_what_is_fixed_stays_and_helps(fix, rng):
    scans = simulated_scans(AS2SE3, noise=NOISE, generator=rng)
    found, free = fit(scans, lag=0.0, fix=fix), fit(scans, lag=0.0)
    assert_found(found)
    for k, name in enumerate(("ln_a", "dh_j_per_mol", "x", "beta")):
        if name in fix:
            assert found.parameters[k] == fix[name]
            assert found.std[k] == 0.0
            assert found.interval_90[k].tolist() == [fix[name]] * 2
        else:
            assert found.std[k] < 1.02 * free.std[k]


def test_robust_fits_see_less_of_spikes(rng):
    scans = [
        replace(scan, signal=scan.signal + np.where(rng.random(len(scan.signal)) < 0.03, 0.4, 0.0))
        for scan in simulated_scans(AS2SE3, noise=NOISE, generator=rng)
    ]
    usual, robust = fit(scans, lag=0.0), fit(scans, lag=0.0, robust=True)
    assert_found(robust)
    assert (robust.std < 0.5 * usual.std).all()


def test_the_networks_answer_when_asked(rng):
    scans = simulated_scans(AS2SE3, noise=NOISE, generator=rng)
    found = fit(scans, lag=0.0, refine=False)
    assert found.method == "network"
    assert names(found) == {"network_only"}
    assert_found(found, within=5.0)
    with pytest.raises(InvalidInputError, match="refine"):
        fit([measured(aged(100.0), "aged", rng)], refine=False)


@pytest.mark.parametrize("lag_s", [0.0, 6.0])
def test_intervals_of_the_networks_hold_for_known_lines(rng, lag_s):
    """Twenty draws of the noise; also where the lag is left out and the scans cannot be described."""
    held = []
    for _ in range(20):
        scans = simulated_scans(AS2SE3, noise=NOISE, lag_s=lag_s, generator=rng)
        found = fit(scans, lag="auto" if lag_s else 0.0, refine=False)
        low, high = found.interval_90.T
        held.append((low <= AS2SE3) & (high >= AS2SE3))
    assert (np.mean(held, axis=0) >= 0.7).all()


def test_the_networks_have_no_intervals_for_raw_signals(rng):
    """They see scans between lines that were drawn before, which cost far more than the noise."""
    scans = simulated_scans(AS2SE3, noise=NOISE, lines=True, reach_k=30.0, generator=rng)
    found = fit(scans, lag=0.0, refine=False)
    assert np.isfinite(found.parameters).all()
    for unknown in (found.std, found.interval_90, found.covariance, found.fragility_std, found.inflation):
        assert np.isnan(unknown).all()
    assert "lines_not_in_errors" in names(found)
    assert "+-" not in str(found).partition("lag (s)")[0]
    assert "fixed" not in str(found)


def test_the_networks_count_a_misfit(rng):
    scans = simulated_scans(AS2SE3, noise=NOISE, generator=rng)
    bent = [replace(scan, signal=scan.signal + 0.05 * np.sin(0.1 * scan.temperature_k)) for scan in scans]
    usual, widened = (fit(each, lag=0.0, refine=False) for each in (scans, bent))
    assert usual.inflation == 1.0
    assert widened.inflation > 3.0
    assert (widened.std > 2.0 * usual.std).all()


@pytest.mark.parametrize("wrong", [False, True])
def test_std_and_interval_of_what_is_hardly_known_agree(rng, wrong):
    """Also where the model describes nothing, with chi2 far from a parabola and beta at its bound."""
    (scan,) = simulated_scans(AS2SE3, [10.0], noise=0.05, lines=True, reach_k=25.0, generator=rng)
    if wrong:
        scan = replace(scan, signal=scan.signal - 0.02 * np.exp(-(((scan.temperature_k - 440.0) / 8.0) ** 2)))
    found = fit([scan])
    low, high = found.interval_90.T
    assert (low <= found.parameters).all()
    assert (found.parameters <= high).all()
    farthest = np.maximum(found.parameters - low, high - found.parameters) / 1.645
    assert (found.std <= 1.05 * farthest).all()
    assert (found.std >= 0.8 * farthest).all()
    relative = np.log(high[1] / low[1])  # of ln A and of dh, which go together
    assert np.log(low[0] / high[0]) == pytest.approx(relative, rel=0.3)


@pytest.mark.parametrize(("x", "beta", "flag"), [(1.0, 0.71, "x_at_bound"), (0.5, 1.0, "beta_at_bound")])
def test_bounds_that_are_reached_are_said(x, beta, flag):
    true = np.array([-79.21, 318_444.0, x, beta])
    found = fit(simulated_scans(true), lag=0.0)
    assert names(found) <= {flag}
    np.testing.assert_allclose(found.parameters[2:], [x, beta], atol=1e-3)
    for seed in range(5):  # on one of these sides of the bound
        noisy = fit(simulated_scans(true, noise=NOISE, generator=np.random.default_rng(seed)), lag=0.0)
        assert (noisy.parameters[2:] <= 1.0).all()
        low, high = noisy.interval_90.T
        assert (high[2:] <= 1.0).all()
        assert (low < high).all()
        if flag in names(noisy):
            break
    assert flag in names(noisy)


def test_two_glasses_in_one_do_not_fit_and_a_missed_lag_neither(rng):
    fast, slow = (simulated_scans([*AS2SE3[:3], beta]) for beta in (0.9, 0.5))
    mixed = []
    for a, b in zip(fast, slow, strict=True):
        cp_n = 0.5 * (np.interp(b.temperature_k, a.temperature_k, a.signal, 0.0, 1.0) + b.signal)
        mixed.append(replace(b, signal=cp_n + NOISE * rng.standard_normal(len(cp_n))))
    lagged = simulated_scans(AS2SE3, noise=NOISE, lag_s=12.0, generator=rng)
    for scans in (mixed, lagged):
        found = fit(scans, lag=0.0)
        assert "does_not_fit" in names(found)
        assert any(flag.scan is None for flag in found.flags)
        assert any(flag.scan == scans[0].label for flag in found.flags)
        assert found.inflation > 1.1


def test_one_scan_with_unknown_lines_in_a_short_window_asks_for_more(rng):
    (scan,) = simulated_scans(
        [-170.0, 516_000.0, 0.45, 0.3], [10.0], noise=0.03, lines=True, reach_k=5.0, generator=rng
    )
    found = fit([scan])
    told = {flag.name: flag.text for flag in found.flags}
    assert {"dh_unidentified", "x_beta_insensitive"} & set(told)
    assert any("add a scan cooled at 1 K/min or slower" in text for text in told.values())


def test_a_window_that_ends_too_soon_is_said(rng):
    scans = [
        replace(scan, liquid_range_k=(476.0, 479.0), glass_range_k=(442.0, 447.0))
        for scan in simulated_scans(AS2SE3, [1.0, 20.0], noise=NOISE, lines=True, reach_k=30.0, generator=rng)
    ]
    found = fit(scans, lag=0.0)
    assert "little_glass" in names(found)
    assert not np.isfinite(found.scans[0].model[~found.scans[0].fitted]).any()
    assert found.scans[0].scan.temperature_k[found.scans[0].fitted][0] >= 442.0


def test_a_signal_upside_down_is_told(rng):
    scans = simulated_scans(AS2SE3, [1.0, 20.0], noise=NOISE, lines=True, reach_k=30.0, generator=rng)
    try:
        told = [flag.text for flag in fit([replace(scan, signal=-scan.signal) for scan in scans]).flags]
    except InvalidInputError as error:
        told = [str(error)]
    assert any("endothermic up" in text for text in told)


def test_events_go_into_the_flags(rng):
    seen = Flag("crystallisation", "Something falls at 480 K.", "cooled at 1 K/min")
    found = fit(simulated_scans(AS2SE3, noise=NOISE, generator=rng), lag=0.0, events=[seen])
    assert found.flags == (seen,)


def test_points_that_cannot_be_simulated_are_turned_back_from(rng, monkeypatch):
    scans = simulated_scans(AS2SE3, noise=NOISE, generator=rng)
    solve, refused = Forward.solve, []

    def refusing(self, point, only=None):
        if not 0.48 < point[3] < 0.73 or point[2] > 0.6:
            refused.append(point)
            raise InvalidInputError("beta", point[3], "nearer")
        return solve(self, point, only)

    monkeypatch.setattr(Forward, "solve", refusing)
    monkeypatch.setattr(tries, "network_answer", lambda problem: None)
    monkeypatch.setattr(starts, "SHAPES", ((0.3, 0.49),))
    found = fit(scans, lag=0.0)
    assert refused
    assert_found(found)
    monkeypatch.setattr(Forward, "solve", lambda self, point, only=None: refusing(self, point * 0.0))
    nothing = fit(scans, lag=0.0)
    assert names(nothing) == {"not_converged"}
    assert np.isnan(nothing.parameters).all()


def test_threads_change_nothing(rng):
    scans = simulated_scans(AS2SE3, [1.0, 20.0], noise=NOISE, generator=rng)
    one, two = (fit(scans, lag=0.0, workers=workers) for workers in (1, 2))
    np.testing.assert_array_equal(one.parameters, two.parameters)
    np.testing.assert_array_equal(one.covariance, two.covariance)


def test_any_scale_of_temperature_and_unit_of_the_signal(rng):
    """The same glass with all temperatures and rates larger, and a signal in other units."""
    scans = simulated_scans(AS2SE3, [1.0, 20.0], noise=NOISE, lines=True, reach_k=30.0, generator=rng)
    factor, unit = 1.7, 1e3
    larger = []
    for scan in scans:
        segments = tuple(
            Ramp(part.to_temperature_k * factor, part.rate_k_per_min * factor) for part in scan.program.segments
        )
        program = Program(scan.program.start_temperature_k * factor, segments)
        larger.append(
            replace(scan, temperature_k=scan.temperature_k * factor, signal=scan.signal * unit, program=program)
        )  # fmt: skip
    one, other = (fit(sample, lag=0.0) for sample in (scans, larger))
    np.testing.assert_allclose(other.parameters, one.parameters * [1.0, factor, 1.0, 1.0], rtol=2e-3)
    np.testing.assert_allclose(other.std, one.std * [1.0, factor, 1.0, 1.0], rtol=0.02)
    assert other.scans[0].dcp == pytest.approx(one.scans[0].dcp * unit / factor, rel=1e-3)


def broken(change):
    (scan,) = simulated_scans(AS2SE3, [10.0])
    return replace(scan, **change(scan))


def with_nan(scan):
    signal = scan.signal.copy()
    signal[7] = np.nan
    return {"signal": signal}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (with_nan, r"signal of cooled at 10 K/min = nan: must be finite"),
        (lambda scan: {"signal": scan.signal[:-1]}, r"signal of cooled at 10 K/min = \d+ points: must be \d+ points"),
        (lambda scan: {"signal": np.full(len(scan.signal), 0.2)}, "rises from 0"),
        (lambda scan: {"signal": 1.0 - scan.signal}, "rises from 0"),
        (lambda scan: {"temperature_k": scan.temperature_k - 440.0}, "are they degrees Celsius"),
        (lambda scan: {"temperature_k": scan.temperature_k[::-1]}, "rising"),
        (lambda scan: {"temperature_k": scan.temperature_k + 200.0}, "within the heating of its program"),
        (lambda scan: {"temperature_k": scan.temperature_k[:1], "signal": scan.signal[:1]}, "at least 10"),
        (lambda scan: {"glass_range_k": (490.0, 500.0), "liquid_range_k": (490.0, 491.0)}, "at least 10"),
        (lambda scan: {"program": Program(500.0, (Ramp(350.0, 10.0),))}, "ends with the heating"),
        (lambda scan: {"program": None}, "a Program"),
    ],
)
def test_bad_scans_are_refused_by_name(change, told):
    with pytest.raises(InvalidInputError, match=told):
        fit([broken(change)])


@pytest.mark.parametrize(
    ("options", "field"),
    [({"lag": -1.0}, "lag"), ({"lag": "none"}, "lag"), ({"fix": {"tg": 1.0}}, "fix"), ({"fix": {"x": 2.0}}, "x"),
     ({"noise": 0.0}, "noise"), ({"robust": "yes"}, "robust"), ({"workers": 0}, "workers"),
     ({"fix": {"ln_a": -79.0, "dh_j_per_mol": 3e5, "x": 0.5, "beta": 0.5}}, "fix")],
)  # fmt: skip
def test_impossible_options_are_refused(options, field):
    with pytest.raises(InvalidInputError) as error:
        fit([broken(lambda scan: {})], **options)
    assert error.value.field == field


def test_labels_are_unique_and_scans_are_there():
    scan = broken(lambda scan: {})
    for scans in ([], [scan, scan], ["scan"]):
        with pytest.raises(InvalidInputError, match="scans"):
            fit(scans)


def test_noise_is_at_least_the_rounding():
    """Of many points with few digits most neighbours are equal."""
    generator = np.random.default_rng(2)
    scans = simulated_scans([-79.21, 318_444.0, 0.57, 0.71], [10.0], lines=True, generator=generator, step_k=0.02)
    (found,) = white_noise(prepare([replace(scans[0], signal=np.round(scans[0].signal, 3))]))
    step = prepare(scans)[0].unit
    assert found * step == pytest.approx(1e-3 / np.sqrt(12.0), rel=0.1)


def test_an_unknown_beta_is_told_though_x_is_fixed():
    generator = np.random.default_rng(5)
    scans = simulated_scans(AS2SE3, [10.0], lines=True, noise=0.08, lag_s=6.0, generator=generator, reach_k=5.0)
    found = fit(scans, fix={"x": 0.57})
    assert found.std[2] == 0.0
    assert found.std[3] > 0.1
    assert "x_beta_insensitive" in names(found)


def test_two_lines_without_a_step_are_no_fit():
    """They describe a short and noisy scan as well as a step does."""
    for noise, reach_k in ((0.02, 8.0), (0.06, 3.0)):
        generator = np.random.default_rng(5)
        scans = simulated_scans(
            AS2SE3, [10.0], lines=True, noise=noise, lag_s=6.0, generator=generator, reach_k=reach_k
        )
        found = fit(scans, fix={"x": 0.57})
        assert "no_fit" not in names(found)
        assert found.scans[0].tg_half_step_k == pytest.approx(459.0, abs=5.0)


@pytest.mark.parametrize("shift_k", [0.0, 273.15])
def test_degrees_celsius_as_kelvins_are_told(shift_k):
    """A transition keeps its width, and dh/(R T) shrinks with T."""
    scans = simulated_scans(AS2SE3, [2.0, 10.0], noise=0.003, generator=np.random.default_rng(3))
    moved = []
    for scan in scans:
        down, up = scan.program.segments
        program = Program(scan.program.start_temperature_k - shift_k, (
            replace(down, to_temperature_k=max(down.to_temperature_k - shift_k, 1.0)),
            replace(up, to_temperature_k=up.to_temperature_k - shift_k),
        ))  # fmt: skip
        moved.append(replace(scan, temperature_k=scan.temperature_k - shift_k, program=program))
    assert ("celsius_as_kelvin" in names(fit(moved, lag=0.0))) == (shift_k > 0.0)


@pytest.mark.parametrize(("rate", "shown"), [(99.93, "100"), (1.04, "1"), (0.0504, "0.05"), (1998.0, "2000")])
def test_rates_are_advised_as_one_would_set_them(rate, shown):
    from relaxnet.studies.relaxation.dsc.fit.flags import _round

    assert _round(rate) == shown


def test_one_scan_that_is_not_described_is_told_so(rng):
    (scan,) = simulated_scans(AS2SE3, [10.0], noise=0.003, generator=rng)
    bent = replace(scan, signal=scan.signal + 0.02 * np.sin(0.2 * scan.temperature_k))
    texts = [flag.text for flag in fit([bent], lag=0.0).flags if flag.name == "does_not_fit"]
    assert texts[0].startswith("The TNM model does not describe the scan to within its noise; standard deviations are")
    assert not any("1.0 times" in text or "1 of 1" in text for text in texts)
