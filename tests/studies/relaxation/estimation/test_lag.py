"""Thermal lag: against an integrator that shares no code, and against exact solutions."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

from relaxnet.studies.relaxation.estimation.lag import with_lag
from relaxnet.studies.relaxation.physics import TNMParameters, chr_program, simulate

AS2SE3 = TNMParameters(-79.21, 318_444.0, 0.57, 0.71)


@pytest.fixture(scope="module")
def nodes():
    signals = simulate(AS2SE3, chr_program([2.0]))
    return signals.temperature_k[0, 0], signals.cp_n[0, 0]


@pytest.mark.parametrize("lag_k", [0.01, 0.5, 3.0, 40.0])
def test_lag_is_what_an_integrator_of_the_equation_finds(nodes, lag_k):
    node_k, cp_n = nodes
    grid_k = np.arange(430.3, node_k[-1], 0.7)
    curve = CubicSpline(node_k, cp_n)
    exact = solve_ivp(
        lambda t_k, y: (curve(t_k) - y) / lag_k, (node_k[0], grid_k[-1]), [0.0], "Radau", grid_k, rtol=1e-9, atol=1e-10
    )
    np.testing.assert_allclose(with_lag(node_k, cp_n, grid_k, lag_k), exact.y[0], rtol=0, atol=2e-6)


def test_lag_delays_the_integral_by_itself(nodes):
    """``lag y = integral of (cp_n - y)``: far into the liquid the enthalpy lags by exactly the lag."""
    node_k, cp_n = nodes
    grid_k = np.arange(node_k[0] - 5.0, node_k[-1] + 60.0, 0.01)
    difference = with_lag(node_k, cp_n, grid_k, 0.0) - with_lag(node_k, cp_n, grid_k, 2.0)
    assert np.trapezoid(difference, grid_k) == pytest.approx(2.0, abs=1e-4)


def test_lag_vanishes_smoothly(nodes):
    node_k, cp_n = nodes
    grid_k = np.arange(430.0, 500.0, 0.5)
    without = with_lag(node_k, cp_n, grid_k, 0.0)
    np.testing.assert_allclose(with_lag(node_k, cp_n, grid_k, 1e-9), without, rtol=0, atol=1e-8)
    slope = CubicSpline(node_k, cp_n)(grid_k, 1)
    small = (with_lag(node_k, cp_n, grid_k, 1e-4) - without) / 1e-4
    np.testing.assert_allclose(small, -slope, rtol=0, atol=2e-4)


def test_lag_of_a_long_lag_keeps_its_digits(nodes):
    """Nodes much closer than the lag: the sum of short steps is that of one long one."""
    node_k = np.array([300.0, 300.0 + 1e-6, 300.0 + 2e-6, 301.0, 310.0])
    cp_n = np.ones(5)
    grid_k = np.array([300.5, 305.0, 320.0])
    np.testing.assert_allclose(with_lag(node_k, cp_n, grid_k, 5.0), 1 - np.exp(-(grid_k - 300.0) / 5.0), rtol=1e-9)
