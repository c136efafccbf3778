"""The simulator against solutions that share nothing with it but the model."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from direct import direct_scan, fictive_temperature
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline
from scipy.special import expn

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.physics import (
    GAS_CONSTANT,
    ZERO_CELSIUS_K,
    Hold,
    Program,
    Ramp,
    TNMParameters,
    chr_program,
    relaxation_time_s,
    simulate,
    simulate_many,
)

CONTRACT = 1e-4  # of max(1, cp_n,max), up to cp_n,max = 6
AS2SE3 = TNMParameters(-79.21, 318443.9, 0.57, 0.71)
RATES = chr_program().cooling_rates_k_per_min
REFERENCE = pd.read_csv(Path(__file__).with_name("reference_curves.csv"))


@pytest.mark.parametrize(
    ("name", "curves"), list(REFERENCE.groupby("set")), ids=lambda v: v if isinstance(v, str) else ""
)
def test_reference_curves(name, curves):
    parameters = TNMParameters(*curves[["ln_a", "dh_j_per_mol", "x", "beta"]].iloc[0])
    signals = simulate(parameters)
    assert sorted(set(curves["cooling_rate_k_per_min"])) == list(RATES)
    for scan, (_, curve) in enumerate(curves.groupby("cooling_rate_k_per_min")):
        found = signals.on_grid(curve["temperature_c"].to_numpy() + ZERO_CELSIUS_K)[0, scan]
        assert np.abs(found - curve["cp_n"]).max() <= CONTRACT * max(1.0, curve["cp_n"].max())
        # the fictive temperature of the glass; the table is extrapolated from 1e-3 K
        assert signals.glass_fictive_k[0, scan] - ZERO_CELSIUS_K == pytest.approx(curve["fictive_c"].iloc[0], abs=5e-3)


@pytest.mark.parametrize(
    "values",
    [(-79.21, 318443.9, 0.57, 0.71), (-168.0, 7e5, 0.4, 0.3), (-130.0, 5e5, 0.8, 0.5), (-300.0, 9e5, 0.35, 0.6)],
)
@pytest.mark.parametrize("scan", [0, 5])
def test_direct_superposition(values, scan):
    exact = direct_scan(*values, RATES[scan])
    height = max(1.0, exact.cp_n.max())
    assert exact.error < 1e-5 * height  # the check itself has converged
    found = simulate(TNMParameters(*values)).on_grid(exact.temperature_k)[0, scan]
    assert np.abs(found - exact.cp_n).max() <= CONTRACT * height


def test_other_rates_and_more_scans():
    rates = tuple(np.geomspace(0.05, 300.0, 11))
    signals = simulate(AS2SE3, chr_program(rates, 30.0))
    for scan in (0, 8, 10):
        exact = direct_scan(*AS2SE3.as_array(), rates[scan], 30.0)
        found = signals.on_grid(exact.temperature_k)[0, scan]
        assert np.abs(found - exact.cp_n).max() <= 2 * CONTRACT * max(1.0, exact.cp_n.max())


@pytest.mark.parametrize("x", [1.0, 0.45])
@pytest.mark.parametrize("scan", [0, 5])
def test_single_exponential_is_one_differential_equation(x, scan):
    parameters = TNMParameters(-120.0, 4e5, x, 1.0)
    hot_k, cold_k = 450.0, 300.0

    def slope(t_k, lag_k, rate):  # lag = Tf - T; d lag / dT = -1 - lag / (rate tau)
        return -1.0 - lag_k / (rate * relaxation_time_s(parameters, t_k, t_k + lag_k))

    options = {"method": "Radau", "rtol": 1e-8, "atol": 1e-11}
    start = RATES[scan] / 60 * relaxation_time_s(parameters, hot_k, hot_k)
    cooling = solve_ivp(slope, (hot_k, cold_k), [start], args=(-RATES[scan] / 60,), **options)
    grid = np.linspace(350.0, 440.0, 400)
    heating = solve_ivp(slope, (cold_k, hot_k), cooling.y[:, -1], args=(10.0 / 60,), t_eval=grid, **options)
    exact = 1.0 + slope(grid, heating.y[0], 10.0 / 60)
    found = simulate(parameters).on_grid(grid)[0, scan]
    assert np.abs(found - exact).max() <= CONTRACT * max(1.0, exact.max())


def _linear_fictive_k(t_k, cooling, heating, ln_a, scale, beta, hot_k, cold_k):
    """Tf on heating for x = 1, by Gauss-Legendre quadrature; reduced times are exponential integrals."""
    nodes, weights = np.polynomial.legendre.leggauss(1500)
    s, weights = 0.5 * (nodes + 1), 0.5 * weights

    def reduced(temperature_k, rate):  # integral of dT / (rate tau)
        return np.exp(-ln_a) * temperature_k * expn(2, scale / temperature_k) / rate

    # graded towards the present, where the stretched exponential has its cusp
    past = t_k[:, None] - (t_k[:, None] - cold_k) * s**5
    heat = (reduced(t_k, heating)[:, None] - reduced(past, heating)).clip(0.0)
    rising = ((t_k[:, None] - cold_k) * 5 * s**4 * np.exp(-(heat**beta))) @ weights
    earlier = cold_k + (hot_k - cold_k) * s
    since_cold = (reduced(t_k, heating) - reduced(cold_k, heating))[:, None]
    cool = since_cold + reduced(earlier, cooling) - reduced(cold_k, cooling)
    falling = ((hot_k - cold_k) * np.exp(-(cool**beta))) @ weights
    return t_k - rising + falling


@pytest.mark.parametrize("beta", [0.35, 0.7])
def test_x_of_one_is_a_quadrature(beta):
    parameters = TNMParameters(-120.0, 4e5, 1.0, beta)
    grid, step = np.linspace(370.0, 415.0, 120), 0.2
    cooling, heating = RATES[0] / 60, 10.0 / 60

    def fictive_k(t_k):
        return _linear_fictive_k(t_k, cooling, heating, -120.0, parameters.u_scale_k, beta, 520.0, 250.0)

    near, far = (fictive_k(grid + h) - fictive_k(grid - h) for h in (step, 2 * step))
    exact = (8 * near - far) / (12 * step)
    found = simulate(parameters).on_grid(grid)[0, 0]
    assert np.abs(found - exact).max() <= 2 * CONTRACT * max(1.0, exact.max())


def test_ramps_of_a_free_program_give_the_same_scan():
    signals = simulate(AS2SE3)
    low, high = signals.temperature_k[0, 3, [0, -1]]
    path = simulate(AS2SE3, Program(high, (Ramp(low, RATES[3]), Ramp(high, 10.0))))
    heating = path.segment == 1
    found = signals.on_grid(path.temperature_k[heating])[0, 3]
    np.testing.assert_allclose(path.cp_n[heating], found, atol=1e-4)
    assert path.fictive_k[path.segment == 0][-1] == pytest.approx(signals.glass_fictive_k[0, 3], abs=1e-3)


def test_ageing_relaxes_as_the_stretched_exponential_says():
    # x = 1 and a jump (a very fast ramp): Tf - T = (T0 - T) exp(-(t/tau)**beta)
    parameters = TNMParameters(-120.0, 4e5, 1.0, 0.5)
    path = simulate(parameters, Program(400.0, (Ramp(392.0, 1e9), Hold(3000.0))))
    hold = (path.segment == 1) & (path.time_s > 1e-2)
    tau_s = relaxation_time_s(parameters, 392.0, 392.0)
    expected = 8.0 * np.exp(-np.sqrt(path.time_s[hold] / tau_s))
    np.testing.assert_allclose(path.fictive_k[hold] - 392.0, expected, atol=8e-4)
    assert expected.min() < 1.0 < 7.0 < expected.max()  # the hold spans the relaxation


def test_a_long_hold_ends_in_equilibrium():
    path = simulate(AS2SE3, Program(520.0, (Ramp(455.0, 20.0), Hold(1e6))))
    assert path.fictive_k[path.segment == 0][-1] > 455.3
    assert path.fictive_k[-1] == pytest.approx(455.0, abs=1e-4)
    assert path.time_s[-1] == pytest.approx((520 - 455) / 20 * 60 + 6e7)


def test_ageing_and_two_cycles_without_equilibration_against_direct_superposition():
    program = Program(
        490.0, (Ramp(440.0, 20.0), Hold(600.0), Ramp(465.0, 10.0), Ramp(430.0, 5.0), Hold(60.0), Ramp(500.0, 10.0))
    )
    path = simulate(AS2SE3, program)
    # own nodes: even in temperature on ramps, even in log time on holds
    t_k, duration = [np.array([490.0])], []
    for segment in program.segments:
        start = t_k[-1][-1]
        if isinstance(segment, Ramp):
            count = int(abs(segment.to_temperature_k - start) * 12)
            t_k.append(np.linspace(start, segment.to_temperature_k, count + 1)[1:])
            duration.append(np.full(count, abs(segment.to_temperature_k - start) / segment.rate_k_per_min * 60 / count))
        else:
            time = np.r_[0.0, np.geomspace(1e-3, segment.duration_min * 60, 300)]
            t_k.append(np.full(300, start))
            duration.append(np.diff(time))
    t_k, duration = np.concatenate(t_k), np.concatenate(duration)
    exact = fictive_temperature(t_k, duration, *AS2SE3.as_array()[:1], AS2SE3.u_scale_k, AS2SE3.x, AS2SE3.beta)
    time = np.r_[0.0, np.cumsum(duration)]
    assert np.abs(np.interp(path.time_s, time, exact) - path.fictive_k).max() < 0.01
    assert np.ptp(exact) > 20.0


def test_results_do_not_depend_on_company_or_workers():
    sets = np.array([[-79.21, 318443.9, 0.57, 0.71], [-168.0, 7e5, 0.4, 0.3], [-183.0, 457295.4, 0.4, 0.75]] * 7)
    together = simulate_many(sets, workers=2)
    for row in range(3):
        alone = simulate(TNMParameters(*sets[row]))
        np.testing.assert_array_equal(together.cp_n[row], alone.cp_n[0])
        np.testing.assert_array_equal(together.u[row + 18], alone.u[0])
    assert not np.array_equal(together.cp_n[0], together.cp_n[1])


def test_results_do_not_depend_on_where_memory_is(rng):
    sets = np.array([[-79.21, 318443.9, x, 1.0] for x in (0.4, 0.6, 0.8)])  # few modes: small arrays, near each other
    expected = simulate_many(sets)
    kept = []
    for _ in range(50):
        kept.append([np.empty(size) for size in rng.integers(1, 200, 20)])
        found = simulate_many(sets)
        np.testing.assert_array_equal(found.cp_n, expected.cp_n)
        np.testing.assert_array_equal(found.u, expected.u)


def test_progress_adds_up():
    done = []
    simulate_many(np.repeat(AS2SE3.as_array()[None], 20, axis=0), chr_program([5.0]), progress=done.append)
    assert sum(done) == 20
    assert len(done) > 1


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [(0, np.nan, "ln_a"), (1, 500.0, "dh_j_per_mol"), (2, 1.01, "x"), (3, 0.05, "beta"), (3, np.inf, "beta")],
)
def test_values_out_of_range_are_named(column, value, field):
    sets = np.repeat(AS2SE3.as_array()[None], 3, axis=0)
    sets[1, column] = value
    with pytest.raises(InvalidInputError, match=rf"^{field} = .*: must be a number from ") as caught:
        simulate_many(sets)
    assert caught.value.field == field


def test_a_liquid_that_never_equilibrates_is_refused():
    with pytest.raises(InvalidInputError, match="low enough that the liquid reaches equilibrium"):
        simulate(TNMParameters(20.0, 1e5, 0.5, 0.5))


def test_wrong_shape_is_refused():
    with pytest.raises(InvalidInputError, match=r"shape \(4,\): must be of shape \(n, 4\)"):
        simulate_many(AS2SE3.as_array())


def test_relaxation_time_at_equilibrium_is_arrhenius():
    expected = np.exp(-79.21 + 318443.9 / (GAS_CONSTANT * 460.0))
    assert relaxation_time_s(AS2SE3, 460.0, 460.0) == pytest.approx(expected)


@pytest.mark.parametrize("cooling_k_per_min", [1e-4, 1e6])
def test_cooling_much_slower_or_faster_than_the_heating(cooling_k_per_min):
    """The scan of a cycle must not depend on where in the liquid it starts, nor how deep in the glass it turns."""
    parameters = TNMParameters(-79.21, 318_444.0, 0.57, 0.71)
    signals = simulate(parameters, chr_program([cooling_k_per_min], 10.0))
    hot, cold = signals.temperature_k[0, 0, -1] + 150.0, signals.temperature_k[0, 0, 0] - 40.0
    wide = simulate(parameters, Program(hot, (Ramp(cold, cooling_k_per_min), Ramp(hot, 10.0))))
    heating = wide.segment == 1
    fictive = CubicSpline(wide.temperature_k[heating], wide.fictive_k[heating])
    grid_k = np.linspace(cold + 60.0, hot - 160.0, 300)
    error = np.abs(signals.on_grid(grid_k)[0, 0] - fictive(grid_k, 1))
    assert error.max() < 2e-4 * max(1.0, signals.cp_n.max())
