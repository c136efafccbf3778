import math

import numpy as np
import pytest

from relaxnet.studies.relaxation.physics._expsum import exponential_sum
from relaxnet.studies.relaxation.physics.kernels.integration import CAPACITY_EXCEEDED, integrate
from relaxnet.studies.relaxation.physics.kernels.modes import ladder

LN_A, X, SCALE = -79.21, 0.57, 38300.0
TOLERANCE, CHANGE = 1.5e-4, 0.6


def run(start_k, pieces, beta=0.71, ln_a=LN_A, x=X, scale=SCALE, share=1.0, capacity=20_000):
    """Nodes, shape (4, N), and last nodes of ``pieces``, pairs of final temperature and duration."""
    end_k, duration = np.array(pieces, float).T
    terms = exponential_sum(beta).blocks()
    nodes, end = np.empty((4, capacity)), np.empty(len(end_k), dtype=np.int64)
    last = integrate(
        start_k, np.ascontiguousarray(end_k), np.ascontiguousarray(duration), ln_a, scale, x, *terms,
        *ladder(terms.chains), TOLERANCE * share, CHANGE * share**0.25, *nodes, end,
    )  # fmt: skip
    return (nodes[:, : last + 1], end) if last != CAPACITY_EXCEEDED else (None, end)


def ramp(start_k, end_k, rate_k_per_min):
    return end_k, abs(end_k - start_k) / (rate_k_per_min / 60)


def test_error_falls_with_the_tolerance():
    cycle = [ramp(500.0, 420.0, 10.0), ramp(420.0, 500.0, 10.0)]
    exact = run(500.0, cycle, share=1e-4)[0]
    errors = []
    for share in (1.0, 1 / 16, 1 / 256):
        nodes, end = run(500.0, cycle, share=share)
        errors.append(abs(nodes[2, end[0]] - exact[2, np.argmin(exact[1])]))
    assert errors[0] < 2e-3
    assert errors[2] < errors[0] / 30


def test_single_exponential_decays_exactly_on_a_hold():
    # an instantaneous drop of 5 K, then a hold: x = 1 and beta = 1 leave Tf - T = 5 K exp(-t/tau)
    cold_k = 455.0
    tau_s = math.exp(LN_A + SCALE / cold_k)
    nodes, end = run(cold_k + 5.0, [(cold_k, 1e-9 * tau_s), (cold_k, 5.0 * tau_s)], beta=1.0, x=1.0)
    hold = nodes[:, end[0] + 1 :]
    np.testing.assert_allclose(hold[2] - cold_k, 5.0 * np.exp(-hold[0] / tau_s), rtol=1e-6)
    np.testing.assert_allclose(hold[3], -5.0 / tau_s * np.exp(-hold[0] / tau_s), rtol=1e-6)


@pytest.mark.parametrize("beta", [0.2, 0.5, 0.71])
def test_a_step_that_is_tried_in_vain_leaves_no_trace(beta):
    # the first step of the hold is tried with its whole length, in which all modes would follow at once
    nodes, end = run(400.0, [(392.0, 4.8e-7), (392.0, 1.8e5)], beta=beta, ln_a=-120.0, x=1.0, scale=48110.0)
    hold = nodes[:, end[0] :]
    assert len(hold.T) < 300
    assert (np.diff(hold[2]) <= 1e-6).all()
    assert hold[2, -1] >= 392.0 - 1e-9


@pytest.mark.parametrize("cold_k", [20.0, 150.0])
def test_far_below_the_transition_the_structure_is_frozen_at_no_cost(cold_k):
    nodes, _ = run(500.0, [ramp(500.0, cold_k, 20.0)])
    assert np.isfinite(nodes).all()
    assert len(nodes.T) < 120
    late = nodes[2, nodes[1] < 300.0]
    assert np.ptp(late) < 1e-3
    assert late[-1] > 440.0


def test_times_and_temperatures_are_those_of_the_program():
    pieces = [ramp(500.0, 430.0, 7.0), (430.0, 1e4), ramp(430.0, 490.0, 3.0)]
    nodes, end = run(500.0, pieces)
    assert nodes[1, end].tolist() == [430.0, 430.0, 490.0]
    assert nodes[0, end].tolist() == [duration for _, duration in pieces]
    warm = slice(end[1] + 1, end[2] + 1)
    np.testing.assert_allclose(nodes[1, warm], 430.0 + nodes[0, warm] * 3.0 / 60, rtol=1e-12)
    assert (np.diff(nodes[0, warm]) > 0).all()


def test_too_few_places_for_the_nodes_are_told():
    assert run(500.0, [ramp(500.0, 420.0, 10.0)], capacity=10)[0] is None


def test_a_structure_that_runs_away_ends_in_equilibrium():
    # heated at once by 12 K, a stiff liquid relaxes through hundreds of decades of its relaxation time
    nodes, _ = run(303.9, [ramp(303.9, 323.5, 6000.0)], beta=0.37, ln_a=-4035.0, x=0.05, scale=1231789.0)
    assert np.isfinite(nodes).all()
    assert len(nodes.T) < 2000
    assert nodes[2, -1] == pytest.approx(323.5, abs=1e-6)
