"""Glass and liquid lines on simulated and made-up scans."""

import numpy as np
import pytest
from scans_with_events import clean_scans, half_rise_k

from relaxnet.studies.relaxation.dsc.events import cut_at, events_in_residuals, find_events
from relaxnet.studies.relaxation.dsc.lines import find_lines

T_K = np.arange(300.0, 460.0, 0.5)


def step(centre_k=380.0, width_k=3.0, height=0.3):
    return 1.0 + 0.002 * (T_K - 300.0) + height / (1.0 + np.exp(-(T_K - centre_k) / width_k))


def peak(centre_k, width_k, height):
    return height * np.exp(-0.5 * ((T_K - centre_k) / width_k) ** 2)


def test_simulated_scans():
    """The half step is where it is without noise and lines, within a tenth of the width of the rise."""
    errors, noises = [], []
    for scan in clean_scans(40, seed=1):
        lines = find_lines(scan.temperature_k, scan.signal)
        assert lines is not None
        errors.append((lines.tg_half_step_k - half_rise_k(scan)) / scan.rise_k)
        assert lines.step == pytest.approx(1.0, abs=0.35)
        noises.append(lines.noise / scan.noise)
    assert np.median(noises) == pytest.approx(1.0, abs=0.1)
    assert np.abs(errors).max() < 0.3
    assert np.quantile(np.abs(errors), 0.9) < 0.1


@pytest.mark.parametrize("hook", [-3.0, 3.0])
def test_a_start_up_hook_and_a_strong_overshoot(hook):
    signal = step() + peak(388.0, 2.5, 3.0) + hook * np.exp(-(T_K - 300.0) / 3.0)
    lines = find_lines(T_K, signal)
    assert lines.tg_half_step_k == pytest.approx(379.0, abs=4.0)
    assert lines.step == pytest.approx(0.3, rel=0.1)
    assert lines.glass_range_k[0] > 305.0


def test_a_quantised_signal():
    lines = find_lines(T_K, np.round(step(), 2))
    assert lines.tg_half_step_k == pytest.approx(380.0, abs=2.0)


def test_the_sign():
    assert find_lines(T_K, -step()) is None
    assert find_lines(T_K, -step(), endothermic_up=False).step < 0
    assert find_lines(T_K, -step(), endothermic_up=None).tg_half_step_k == pytest.approx(380.0, abs=1.0)


@pytest.mark.parametrize(
    "signal",
    [
        np.ones_like(T_K), T_K, 1e-5 * (T_K - 300.0) ** 2, np.tanh((T_K - 380.0) / 80.0), np.exp(-(T_K - 300.0) / 5.0),
        peak(380.0, 4.0, 1.0), np.sin(T_K / 60.0),
    ],
)  # fmt: skip
def test_no_transition(signal):
    noise = 1e-3 * np.ptp(signal) * np.random.default_rng(2).standard_normal(len(T_K))
    assert find_lines(T_K, signal + noise) is None


def test_what_is_lacking():
    assert "too little glass" in find_lines(T_K, step(312.0)).lacking[0]
    assert "too little liquid" in find_lines(T_K, step(445.0)).lacking[0]
    assert not find_lines(T_K, step()).lacking
    assert find_lines(T_K[:10], step()[:10]) is None


def test_plain_events_are_named_and_cut():
    signal = step() + peak(430.0, 3.0, 0.5)
    lines = find_lines(T_K, signal)
    (event,) = find_events(T_K, signal, lines)
    assert (event.name, event.within_transition) == ("melting", False)
    assert event.low_k < 430.0 < event.high_k
    low, high = cut_at(lines, (event,))
    assert low is None
    assert 400.0 < high < 428.0
    (event,) = find_events(T_K, step() - peak(430.0, 3.0, 0.5), lines)
    assert event.name == "cold crystallisation"


def test_a_second_transition_is_named():
    signal = step(350.0) + 0.1 / (1.0 + np.exp(-(T_K - 430.0) / 1.5))
    lines = find_lines(T_K, signal)
    assert lines.tg_half_step_k == pytest.approx(350.0, abs=1.0)
    (event,) = find_events(T_K, signal, lines)
    assert event.name == "second transition"
    assert event.low_k < 430.0 < event.high_k


def test_peaks_without_a_transition():
    signal = 0.001 * T_K + peak(380.0, 3.0, 5.0) - peak(340.0, 3.0, 4.0)
    assert [event.name for event in find_events(T_K, signal, None)] == ["crystallisation", "melting"]
    assert find_events(T_K, 0.001 * T_K, None) == ()


def test_residuals_of_noise_have_no_events():
    rng = np.random.default_rng(5)
    alarms = sum(bool(events_in_residuals(T_K, 0.01 * rng.standard_normal(len(T_K)), 0.01)) for _ in range(100))
    assert alarms <= 2
    found = events_in_residuals(T_K, 0.01 * rng.standard_normal(len(T_K)) - peak(350.0, 4.0, 0.05), 0.01)
    assert [event.name for event in found] == ["crystallisation"]
    assert found[0].height == pytest.approx(-0.05, abs=0.02)
