import numpy as np
import pytest

from relaxnet.physics._expsum import exponential_sum
from relaxnet.physics._kernel import LANES, integrate_block

LN_A, X, SCALE = -79.21, 0.57, 38300.0


def integrate(temperature_k, duration_s, beta=0.71, ln_a=LN_A, x=X, scale=SCALE, function=integrate_block):
    """One program in all lanes; arrays of parameters give each lane its own."""
    terms = exponential_sum(beta)
    ones = np.ones(LANES)
    nodes = np.repeat(np.asarray(temperature_k, float)[:, None], LANES, axis=1)
    steps = np.repeat(np.asarray(duration_s, float)[:, None], LANES, axis=1)
    restart = np.zeros(len(steps), dtype=np.bool_)
    restart[0] = True
    out = np.empty_like(nodes)
    weights = np.repeat(terms.weights[:, None], LANES, axis=1)
    function(
        nodes, steps, restart, ln_a * ones, x * ones, scale * ones, weights, terms.rates[0], terms.chains, out
    )  # fmt: skip
    return out


def ramp(start_k, end_k, rate_k_per_min, steps):
    temperature = SCALE / np.linspace(SCALE / start_k, SCALE / end_k, steps + 1)
    return temperature, np.abs(np.diff(temperature)) / (rate_k_per_min / 60)


def test_compiled_kernel_equals_its_python_source():
    temperature, duration = ramp(480.0, 430.0, 10.0, 25)
    compiled = integrate(temperature, duration)
    plain = integrate(temperature, duration, function=integrate_block.py_func)
    np.testing.assert_allclose(compiled, plain, rtol=1e-12)


def test_error_falls_fourfold_when_steps_are_halved():
    levels = [integrate(*ramp(490.0, 420.0, 10.0, steps))[-1, 0] for steps in (100, 200, 400, 800)]
    changes = np.diff(levels)
    ratios = changes[:-1] / changes[1:]
    assert ((ratios > 3.3) & (ratios < 5.0)).all(), ratios


def test_lanes_do_not_influence_each_other():
    ln_a = LN_A + np.arange(LANES)
    temperature, duration = ramp(480.0, 440.0, 5.0, 40)
    together = integrate(temperature, duration, ln_a=ln_a)
    for lane in (0, 3, 7):
        alone = integrate(temperature, duration, ln_a=ln_a[lane])
        np.testing.assert_array_equal(together[:, lane], alone[:, 0])
    assert len(set(together[-1].tolist())) == LANES


def test_single_exponential_decays_exactly_on_a_hold():
    # an instantaneous drop of 5 K, then a hold: x = 1 and beta = 1 leave Tf - T = 5 K exp(-t/tau)
    cold_k = 455.0
    tau_s = np.exp(LN_A + SCALE / cold_k)
    time_s = np.concatenate([[0.0, 1e-9 * tau_s], np.linspace(0.1, 5.0, 8) * tau_s])
    temperature = np.r_[cold_k + 5.0, np.full(len(time_s) - 1, cold_k)]
    found = integrate(temperature, np.diff(time_s), beta=1.0, x=1.0)[2:, 0]
    np.testing.assert_allclose(found - cold_k, 5.0 * np.exp(-time_s[2:] / tau_s), rtol=1e-6)


@pytest.mark.parametrize("cold_k", [20.0, 150.0])
def test_far_below_the_transition_the_structure_is_frozen_and_finite(cold_k):
    fictive = integrate(*ramp(500.0, cold_k, 20.0, 4000))[:, 0]
    assert np.isfinite(fictive).all()
    late = fictive[-1000:]
    assert np.ptp(late) < 1e-3
    assert late[-1] > 440.0
