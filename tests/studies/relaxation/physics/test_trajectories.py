"""Free programs: measured histories, dense output, many sets, and what must hold for any program."""

import numpy as np
import pytest
from direct import fictive_temperature
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.physics import (
    History,
    Hold,
    Program,
    Ramp,
    TNMParameters,
    default_times_s,
    simulate,
    simulate_many,
)
from relaxnet.studies.relaxation.physics.parameters import RANGES

AS2SE3 = TNMParameters(-79.21, 318443.9, 0.57, 0.71)
CYCLES = Program(490.0, (Ramp(440.0, 20.0), Hold(600.0), Ramp(465.0, 10.0), Ramp(430.0, 5.0), Ramp(500.0, 10.0)))
SMALL_K = 2e-3


@pytest.mark.parametrize("noise_k", [0.0, 0.05])
def test_a_measured_history_against_direct_superposition(rng, noise_k):
    time_s = np.linspace(50.0, 2050.0, 2001)
    temperature_k = 490.0 - 60.0 * np.sin(np.pi * (time_s - 50.0) / 2000.0) + noise_k * rng.standard_normal(2001)
    program = Program.from_history(time_s, temperature_k)
    found = simulate_many(AS2SE3.as_array()[None], program)
    np.testing.assert_allclose(found.time_s, time_s - 50.0, atol=1e-9)
    np.testing.assert_allclose(found.temperature_k, temperature_k, rtol=1e-14)
    exact = fictive_temperature(
        temperature_k, np.diff(time_s), AS2SE3.ln_a, AS2SE3.u_scale_k, AS2SE3.x, AS2SE3.beta
    )  # fmt: skip
    assert np.abs(found.fictive_k[0] - exact).max() < SMALL_K


def test_a_history_of_ramps_is_the_program_of_these_ramps():
    program = Program(490.0, (Ramp(430.0, 6.0), Ramp(490.0, 12.0)))
    sampled = Program.from_history([0.0, 300.0, 600.0, 750.0, 900.0], [490.0, 460.0, 430.0, 460.0, 490.0])
    times = np.linspace(0.0, 900.0, 500)
    one, other = simulate(AS2SE3, program).at(times), simulate(AS2SE3, sampled).at(times)
    np.testing.assert_allclose(one.fictive_k, other.fictive_k, atol=SMALL_K)
    np.testing.assert_allclose(one.cp_n, other.cp_n, atol=2e-3)


def test_states_between_the_nodes():
    path = simulate(AS2SE3, CYCLES, certify=True)
    assert path.error_k < SMALL_K
    at_nodes = path.at(path.time_s)
    np.testing.assert_allclose(at_nodes.fictive_k, path.fictive_k, atol=1e-9)
    np.testing.assert_allclose(at_nodes.temperature_k, path.temperature_k, rtol=1e-12)
    times = np.linspace(0.0, path.time_s[-1], 4001)
    dense, exact = path.at(times), simulate(AS2SE3, CYCLES, tolerance=1e-7).at(times)
    assert np.abs(dense.fictive_k - exact.fictive_k).max() <= 2 * path.error_k
    assert np.nanmax(np.abs(dense.cp_n - exact.cp_n)) < 1e-3
    assert np.isnan(dense.cp_n[dense.rate_k_per_s == 0.0]).all()
    shuffled = path.at(times[::-1])
    np.testing.assert_array_equal(shuffled.fictive_k[::-1], dense.fictive_k)


def test_kinks_stay_sharp():
    path = simulate(AS2SE3, Program(520.0, (Ramp(510.0, 10.0), Ramp(520.0, 10.0))))
    # a liquid follows: the rate of Tf turns within far less than a second
    before, after = path.at([59.0, 61.0]).fictive_rate_k_per_s * 6.0
    assert before == pytest.approx(-1.0, abs=1e-2)
    assert after == pytest.approx(1.0, abs=1e-2)


def test_many_sets_equal_single_ones_whatever_their_company():
    sets = np.array([[-79.21, 318443.9, 0.57, 0.71], [-168.0, 7e5, 0.4, 0.3], [-79.21, 318443.9, 0.3, 1.0]] * 8)
    done = []
    together = simulate_many(sets, CYCLES, workers=2, progress=done.append, certify=True)
    assert sum(done) == len(sets)
    np.testing.assert_array_equal(together.time_s, default_times_s(CYCLES))
    assert together.fictive_k.shape == together.cp_n.shape == (24, len(together.time_s))
    assert (together.error_k < SMALL_K).all()
    for row in range(3):
        alone = simulate(TNMParameters(*sets[row]), CYCLES).at(together.time_s)
        np.testing.assert_array_equal(together.fictive_k[row + 21], alone.fictive_k)
        np.testing.assert_array_equal(together.cp_n[row], alone.cp_n)


@pytest.mark.parametrize("times", [[-1.0], [1e9], [np.nan], ["noon"], [[0.0]]])
def test_times_outside_the_program_are_refused(times):
    for call in (simulate(AS2SE3, CYCLES).at, lambda t: simulate_many(AS2SE3.as_array()[None], CYCLES, time_s=t)):
        with pytest.raises(InvalidInputError, match=r"^time_s = ") as caught:
            call(times)
        assert caught.value.field == "time_s"


@pytest.mark.parametrize(
    ("time_s", "temperature_k", "field"),
    [
        ([0.0], [400.0], "time_s"),
        ([0.0, 1.0, 1.0], [400.0] * 3, "time_s"),
        ([0.0, 2.0, 1.0], [400.0] * 3, "time_s"),
        ([0.0, np.nan], [400.0] * 2, "time_s"),
        ([0.0, np.inf], [400.0] * 2, "time_s"),
        ([0.0, 1.0], [400.0] * 3, "temperature_k"),
        ([0.0, 1.0], [400.0, 0.0], "temperature_k"),
        ([0.0, 1.0], [400.0, -10.0], "temperature_k"),
        ([0.0, 1.0], [np.nan, 400.0], "temperature_k"),
        ([0.0, 1.0], [400.0, np.inf], "temperature_k"),
        ([0.0, 1.0], [400.0, "hot"], "temperature_k"),
        ([[0.0, 1.0]], [[400.0, 410.0]], "time_s"),
    ],
)
def test_bad_histories_name_the_field(time_s, temperature_k, field):
    with pytest.raises(InvalidInputError) as caught:
        Program.from_history(time_s, temperature_k)
    assert caught.value.field == field
    assert "\n" not in str(caught.value)


def test_a_history_goes_on_where_the_program_is():
    with pytest.raises(InvalidInputError, match=r"temperature_k = 450.0: must be 440 K first"):
        Program(490.0, (Ramp(440.0, 20.0), History((0.0, 1.0), (450.0, 451.0))))


@pytest.mark.parametrize("ln_a", [-5000.0, -79.21, 100.0])
@pytest.mark.parametrize("dh_j_per_mol", [1e3, 1e8])
def test_relaxation_times_beyond_all_floats(ln_a, dh_j_per_mol):
    path = simulate(TNMParameters(ln_a, dh_j_per_mol, 0.5, 0.5), Program(400.0, (Ramp(300.0, 10.0), Hold(60.0))))
    liquid = ln_a + dh_j_per_mol / 8.314462618 / 300.0 < 0.0  # else nothing moves
    assert path.fictive_k[-1] == pytest.approx(300.0 if liquid else 400.0, abs=1e-6)


temperatures = st.floats(0.0, 5.0).map(lambda decades: 10.0**decades)
rates = st.floats(-6.0, 9.0).map(lambda decades: 10.0**decades)
durations = st.floats(-6.0, 9.0).map(lambda decades: 10.0**decades)


@st.composite
def programs(draw):
    start = temperature = draw(temperatures)
    segments = []
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.integers(0, 2))
        if kind == 0:
            segments.append(Hold(draw(durations)))
        elif kind == 1:
            target = draw(temperatures)
            if target != temperature:
                segments.append(Ramp(target, draw(rates)))
                temperature = target
        else:
            count = draw(st.integers(2, 20))
            times = np.cumsum(draw(st.lists(st.floats(1e-3, 1e3), min_size=count, max_size=count)))
            samples = [temperature, *draw(st.lists(temperatures, min_size=count - 1, max_size=count - 1))]
            segments.append(History(times, samples))
            temperature = samples[-1]
    return Program(start, segments or [Hold(1.0)])


@st.composite
def any_parameters(draw):
    dh = 10.0 ** draw(st.floats(3.0, 8.0))
    # half of them have their transition at a temperature of the programs
    near = -dh / 8.314462618 / draw(temperatures) + draw(st.floats(-25.0, 25.0))
    ln_a = draw(st.one_of(st.floats(*RANGES["ln_a"]), st.just(float(np.clip(near, *RANGES["ln_a"])))))
    return TNMParameters(ln_a, dh, draw(st.floats(*RANGES["x"])), draw(st.floats(*RANGES["beta"])))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(any_parameters(), programs())
def test_any_parameters_along_any_program(parameters, program):
    path = simulate(parameters, program)
    assert np.isfinite(path.fictive_rate_k_per_s).all()
    assert (np.diff(path.time_s) >= 0).all()
    assert len(path.time_s) < 10_000 * len(program.path().end_k)
    states = path.at(default_times_s(program))
    low, high = path.temperature_k.min(), path.temperature_k.max()
    room = 3e-3 * high**2 / parameters.u_scale_k + 1e-9 * high  # the tolerance in K
    for fictive_k in (path.fictive_k, states.fictive_k):
        assert low - room < fictive_k.min()
        assert fictive_k.max() < high + room


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.floats(0.05, 1.0), st.floats(0.2, 1.0), st.integers(-10, 10))
def test_long_holds_and_slow_ramps_end_in_equilibrium(x, beta, jump_k):
    parameters = TNMParameters(-79.21, 318443.9, x, beta)
    aged = simulate(parameters, Program(470.0 + jump_k, (Ramp(470.0, 1e3), Hold(1e14)) if jump_k else (Hold(1.0),)))
    assert aged.fictive_k[-1] == pytest.approx(470.0, abs=1e-4)
    slow = simulate(parameters, Program(500.0, (Ramp(480.0, 1e-6), Ramp(490.0, 1e-6))))
    np.testing.assert_allclose(slow.fictive_k, slow.temperature_k, atol=5e-3)


def test_scaling_along_free_programs():
    s, times = 2.5, np.linspace(0.0, default_times_s(CYCLES)[-1], 300)
    scaled = Program(
        490.0 * s,
        [Ramp(p.to_temperature_k * s, p.rate_k_per_min * s) if isinstance(p, Ramp) else p for p in CYCLES.segments],
    )
    one = simulate(AS2SE3, CYCLES).at(times)
    other = simulate(TNMParameters(-79.21, 318443.9 * s, 0.57, 0.71), scaled).at(times)
    np.testing.assert_allclose(other.fictive_k / s, one.fictive_k, atol=1e-6)
    # only rate times A counts
    faster = [
        Ramp(p.to_temperature_k, p.rate_k_per_min * s) if isinstance(p, Ramp) else Hold(p.duration_min / s)
        for p in CYCLES.segments
    ]
    third = simulate(TNMParameters(-79.21 - np.log(s), 318443.9, 0.57, 0.71), Program(490.0, faster)).at(times / s)
    np.testing.assert_allclose(third.fictive_k, one.fictive_k, atol=1e-6)
