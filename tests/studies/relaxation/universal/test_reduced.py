import numpy as np
import pytest

from relaxnet import simulate_many
from relaxnet.studies.relaxation.estimation.lag import with_lag
from relaxnet.studies.relaxation.physics import chr_program
from relaxnet.studies.relaxation.universal._kernels import _axis, at_rate
from relaxnet.studies.relaxation.universal.reduced import axis_limits, axis_temperatures_k, kinetics, reference


def test_kinetics_and_reference_are_inverse(plane_sets):
    for rate in (2.0, 10.0, 40.0):
        reference_k, u = reference(plane_sets[:, 0], plane_sets[:, 1], rate)
        found = np.column_stack(kinetics(reference_k, u, rate))
        np.testing.assert_allclose(found, plane_sets[:, :2], rtol=1e-9)


def test_the_reference_temperature_is_where_the_liquid_keeps_pace():
    reference_k, u = reference(-79.21, 318_444.0, 10.0)
    tau_s = np.exp(-79.21 + u)
    assert tau_s * (10.0 / 60.0) * u / reference_k == pytest.approx(1.0, rel=1e-9)


def test_u_at_another_heating_rate():
    _, slow = reference(-79.21, 318_444.0, 10.0)
    for rate in (0.5, 10.0, 300.0):
        _, u = reference(-79.21, 318_444.0, rate)
        assert at_rate(float(slow), np.log(rate / 10.0)) == pytest.approx(float(u), rel=1e-6)


def test_the_kernel_has_the_axis_of_the_training(plane_sets):
    for x, beta in plane_sets[:, 2:].tolist():
        u, reference_k, *axis = _axis(np.array([450.0, 80.0, x, beta, 0.0]), 0.0)
        assert axis == pytest.approx([float(end) for end in axis_limits(x, beta)], rel=1e-12)
        assert (u, reference_k) == (80.0, 450.0)


def test_a_scan_depends_on_u_x_beta_and_the_ratio_of_rates_only():
    """Two glasses far apart in ln A and dh, cooled and heated at other rates, with equal u: one curve."""
    u, curves = 80.0, []
    for reference_k, heating in ((300.0, 10.0), (900.0, 4.0)):
        ln_a, dh = kinetics(reference_k, u, heating)
        sets = np.array([[ln_a, dh, 0.5, 0.6]])
        signals = simulate_many(sets, chr_program([0.1 * heating, 2.0 * heating], heating))
        grid_k = axis_temperatures_k(np.array([reference_k]), np.array([u]), sets[:, 2], sets[:, 3], 200)[0]
        curves.append([with_lag(signals.temperature_k[0, s], signals.cp_n[0, s], grid_k, 0.0) for s in (0, 1)])
    np.testing.assert_allclose(curves[0], curves[1], atol=2e-4)


def test_the_axis_reaches_from_glass_to_liquid(plane_sets):
    signals = simulate_many(plane_sets, workers=2)
    reference_k, u = reference(plane_sets[:, 0], plane_sets[:, 1], 10.0)
    grid_k = axis_temperatures_k(reference_k, u, plane_sets[:, 2], plane_sets[:, 3], 5)
    for q in range(len(plane_sets)):
        ends = signals.take(slice(q, q + 1)).on_grid(grid_k[q, [0, -1]])[0]
        assert np.abs(ends - [0.0, 1.0]).max() < 0.01
