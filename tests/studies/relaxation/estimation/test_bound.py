"""Cramér-Rao bound: figures known from elsewhere, properties that hold exactly, and steps of the differences."""

import numpy as np
import pytest
from random_sets import random_sets

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.estimation.bound import cramer_rao
from relaxnet.studies.relaxation.estimation.coordinates import Coordinates
from relaxnet.studies.relaxation.estimation.scans import MeasuredScans, Scan, simulate_scans
from relaxnet.studies.relaxation.physics.published import MATERIALS

AS2SE3 = MATERIALS["As2Se3"].as_array()[None]


@pytest.fixture(scope="module")
def scans():
    return simulate_scans(AS2SE3)


def test_as2se3_is_known_as_well_as_an_independent_computation_says(scans):
    bound = cramer_rao(AS2SE3, scans, noise=0.01)
    ln_a, dh, x, beta = bound.sd[0]
    assert ln_a == pytest.approx(0.16, rel=0.06)
    assert dh / AS2SE3[0, 1] == pytest.approx(0.0019, rel=0.06)
    assert x == pytest.approx(0.0012, rel=0.06)
    assert beta == pytest.approx(0.0011, rel=0.06)
    # and ln tau in the glass transition, much better than ln A
    tg = Coordinates(450.0)  # the fictive temperature after 5 K/min
    by_parameters = np.linalg.inv(tg.jacobian(tg.of(AS2SE3[0])))[0]
    assert np.sqrt(by_parameters @ bound.parameter_covariance[0] @ by_parameters) == pytest.approx(0.004, rel=0.1)
    assert bound.coordinate_sd[0, 0] == pytest.approx(0.0018, rel=0.05)


def test_a_lag_to_be_fitted_costs_something(scans):
    lagged = cramer_rao(AS2SE3, scans, noise=0.01, lag_k=1.0, lag="fitted")
    known = cramer_rao(AS2SE3, scans, noise=0.01, lag_k=1.0)
    assert lagged.covariance.shape == (1, 5, 5)
    assert (lagged.sd > known.sd).all()
    assert (lagged.sd < 2.0 * known.sd).all()
    assert 0.01 < lagged.coordinate_sd[0, 4] < 0.2
    # without its own row and column the information is that of the known lag
    information = np.linalg.inv(lagged.covariance[0])[:4, :4]
    np.testing.assert_allclose(np.linalg.inv(information), known.covariance[0], rtol=1e-5)


def test_variance_grows_with_that_of_the_noise_and_falls_with_the_scans(scans):
    once = cramer_rao(AS2SE3, scans, noise=0.01)
    louder = cramer_rao(AS2SE3, scans, noise=0.03)
    twice = cramer_rao(AS2SE3, [MeasuredScans(scans[0].scans * 2)], noise=0.01)
    np.testing.assert_allclose(louder.covariance, 9.0 * once.covariance, rtol=1e-9)
    np.testing.assert_allclose(twice.covariance, 0.5 * once.covariance, rtol=1e-9)


def test_parameters_are_known_alike_whatever_the_reference(scans):
    """A shift of the fastest scan's points moves T0, and with it the coordinates, but not what is known of ln A."""
    fastest = scans[0].fastest
    moved = Scan(20.0, 10.0, fastest.temperature_k, np.interp(fastest.temperature_k - 8.0, *_curve(fastest)))
    other = cramer_rao(AS2SE3, [MeasuredScans((*scans[0].scans[:-1], moved))], noise=0.01)
    once = cramer_rao(AS2SE3, scans, noise=0.01)
    assert other.coordinates.t0_k[0] - once.coordinates.t0_k[0] == pytest.approx(8.0, abs=0.2)
    assert other.coordinate_sd[0, 0] > 1.5 * once.coordinate_sd[0, 0]
    np.testing.assert_allclose(other.sd, once.sd, rtol=0.003)


def _curve(scan):
    return scan.temperature_k, scan.cp_n


def test_steps_of_the_differences_do_not_matter():
    sets = np.concatenate([random_sets(12, seed=3), [m.as_array() for m in MATERIALS.values()]])
    scans = simulate_scans(sets)
    usual, exact = (cramer_rao(sets, scans, noise=0.01, **o) for o in ({}, {"tolerance": 1e-6, "shrink": 0.5}))
    np.testing.assert_allclose(usual.sd, exact.sd, rtol=0.005)


@pytest.mark.parametrize(("x", "beta"), [(1.0, 0.6), (0.6, 1.0), (1.0, 1.0)])
def test_the_bound_goes_on_to_the_edges(x, beta):
    at, near = (np.array([[-79.21, 318_444.0, x - (x == 1.0) * d, beta - (beta == 1.0) * d]]) for d in (0.0, 0.004))
    scans = simulate_scans(at)
    np.testing.assert_allclose(cramer_rao(at, scans, noise=0.01).sd, cramer_rao(near, scans, noise=0.01).sd, rtol=0.06)


def test_what_one_flat_stretch_cannot_tell_is_infinite():
    """Points in the glass only (and one in the liquid): no parameter can be known."""
    scan = Scan(20.0, 10.0, [100.0, 110.0, 120.0, 900.0, 910.0], [0.0, 0.0, 0.0, 1.0, 1.0])
    bound = cramer_rao(AS2SE3, [MeasuredScans((scan,))], noise=0.01)
    assert np.isinf(bound.sd).all()


def test_threads_and_progress_change_nothing():
    sets = random_sets(10, seed=4)
    scans = simulate_scans(sets)
    told = []
    one, two = (cramer_rao(sets, scans, noise=0.01, workers=w, progress=told.append) for w in (1, 2))
    np.testing.assert_array_equal(one.covariance, two.covariance)
    assert sum(told) == 20


@pytest.mark.parametrize(
    ("options", "field"),
    [({"noise": 0.0}, "noise"), ({"noise": [0.1, 0.1]}, "noise"), ({"lag_k": -1.0}, "lag_k"), ({"lag": "both"}, "lag"),
     ({"workers": 0}, "workers")],
)  # fmt: skip
def test_impossible_options_are_refused(scans, options, field):
    with pytest.raises(InvalidInputError) as error:
        cramer_rao(AS2SE3, scans, **{"noise": 0.01} | options)
    assert error.value.field == field


def test_every_set_needs_its_scans(scans):
    with pytest.raises(InvalidInputError, match="scans"):
        cramer_rao(np.repeat(AS2SE3, 2, axis=0), scans, noise=0.01)
