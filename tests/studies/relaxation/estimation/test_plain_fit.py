"""The plain fit is at the Cramér-Rao bound, from its fixed starts, and never a silent number."""

import numpy as np
import pytest
from random_sets import random_sets

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.estimation.bound import cramer_rao
from relaxnet.studies.relaxation.estimation.model import ScanModel
from relaxnet.studies.relaxation.estimation.plain_fit import fit, fit_many
from relaxnet.studies.relaxation.estimation.scans import MeasuredScans, Scan, simulate_scans
from relaxnet.studies.relaxation.estimation.search import is_white
from relaxnet.studies.relaxation.physics import chr_program
from relaxnet.studies.relaxation.physics.published import MATERIALS

NOISE = 0.01
AS2SE3 = MATERIALS["As2Se3"].as_array()


def errors_over_bound(count, seed, lag, lag_k, program=None):
    """Errors of the parameters over the bound (count, 4), and the fits."""
    sets = random_sets(count, seed)
    scans = simulate_scans(sets, program, noise=NOISE, lag_k=lag_k, generator=np.random.default_rng(seed))
    found = fit_many(scans, lag=lag)
    bound = cramer_rao(sets, scans, noise=NOISE, lag_k=lag_k, lag=lag)
    return (np.array([result.parameters for result in found]) - sets) / bound.sd, found


@pytest.mark.parametrize(("lag", "lag_k"), [("known", 0.0), ("fitted", 0.5)])
def test_fits_of_random_sets_are_at_the_bound(lag, lag_k):
    errors, found = errors_over_bound(16, 1, lag, lag_k)
    assert all(result.converged and result.white for result in found)
    assert np.abs(errors).max() < 4.5
    rms = np.sqrt(np.mean(errors**2, axis=0))
    assert ((rms > 0.5) & (rms < 1.5)).all()


@pytest.mark.slow
@pytest.mark.parametrize(("lag", "lag_k"), [("known", 0.0), ("fitted", 0.5)])
def test_fits_of_the_whole_state_space_are_at_the_bound(lag, lag_k):
    errors, found = errors_over_bound(200, 2, lag, lag_k)
    assert all(result.converged and result.white for result in found)
    rms = np.sqrt(np.mean(errors**2, axis=0))
    assert ((rms > 0.85) & (rms < 1.15)).all(), rms
    # and the fit's own standard deviations are right
    assert np.median([r.residual_rms for r in found]) == pytest.approx(NOISE, rel=0.02)


@pytest.mark.parametrize("rates", [[10.0], [1.0, 20.0]])
def test_fewer_scans_are_fitted_too(rates):
    errors, found = errors_over_bound(8, 3, "known", 0.0, chr_program(rates))
    assert all(result.converged and result.white for result in found)
    assert np.abs(errors).max() < 4.5


def test_scans_of_two_heating_rates_are_fitted_together():
    program = chr_program([1.0, 20.0], 5.0), chr_program([1.0, 20.0], 20.0)
    slow, fast = (simulate_scans([AS2SE3], p, lag_k=lag_k) for p, lag_k in zip(program, (0.5, 2.0), strict=True))
    both = fit(MeasuredScans(slow[0].scans + fast[0].scans), lag="fitted")
    np.testing.assert_allclose(both.parameters, AS2SE3, rtol=2e-4)
    assert both.lag_k == pytest.approx(0.5, abs=1e-3)  # one time constant, at the first scan's rate


def test_a_clean_scan_gives_the_parameters_back_and_the_covariance_of_given_noise():
    (scans,) = simulate_scans([AS2SE3])
    found = fit(scans, noise=NOISE)
    np.testing.assert_allclose(found.parameters, AS2SE3, rtol=1e-4)
    bound = cramer_rao([AS2SE3], [scans], noise=NOISE)
    np.testing.assert_allclose(found.sd, bound.sd[0], rtol=0.01)
    assert found.residual_rms < 1e-4
    assert found.at_edge == ()


@pytest.mark.parametrize(("x", "beta"), [(1.0, 0.6), (0.5, 1.0), (1.0, 1.0)])
def test_edges_are_reached_and_named(x, beta):
    (scans,) = simulate_scans([[-79.21, 318_444.0, x, beta]])
    found = fit(scans)
    assert found.converged
    np.testing.assert_allclose(found.parameters[2:], [x, beta], atol=2e-4)
    assert (found.parameters[2:] <= 1.0).all()
    assert set(found.at_edge) <= {name for name, value in (("x", x), ("beta", beta)) if value == 1.0}


def test_a_wrong_lag_is_seen_in_the_residuals():
    (scans,) = simulate_scans([AS2SE3], noise=NOISE, lag_k=2.0, generator=np.random.default_rng(4))
    wrong, right = fit(scans), fit(scans, lag_k=2.0)
    assert not wrong.white
    assert wrong.starts == 3
    assert right.white
    assert right.starts == 1
    assert right.residual_rms < wrong.residual_rms


def test_trial_points_that_cannot_be_simulated_are_turned_back_from(monkeypatch):
    """The simulator refuses all that is far from the truth in beta; the fit still gets there."""
    (scans,) = simulate_scans([AS2SE3], noise=NOISE, generator=np.random.default_rng(5))
    simulate, refused = ScanModel.simulate, []

    def refusing(self, point):
        if not 0.45 < point[3] < 0.74:
            refused.append(point)
            raise InvalidInputError("beta", point[3], "nearer")
        return simulate(self, point)

    monkeypatch.setattr(ScanModel, "simulate", refusing)
    found = fit(scans, shapes=[(0.3, 0.46)])
    assert refused
    assert found.converged
    assert (np.abs(found.parameters - AS2SE3) < 4.0 * found.sd).all()
    nothing = fit(scans, shapes=[(0.5, 0.9)])
    assert not nothing.converged
    assert np.isnan(nothing.parameters).all()


def test_what_is_no_relaxation_is_told():
    temperature_k = np.arange(400.0, 500.0)
    for cp_n in (np.where(temperature_k > 450.0, 1.0, 0.0), (temperature_k - 400.0) / 100.0):
        found = fit(MeasuredScans((Scan(20.0, 10.0, temperature_k, cp_n), Scan(1.0, 10.0, temperature_k, cp_n))))
        assert found.at_edge or not found.white


def test_threads_and_progress_change_nothing():
    scans = simulate_scans(random_sets(4, seed=6), noise=NOISE, generator=np.random.default_rng(7))
    told = []
    one, two = (fit_many(scans, workers=w, progress=told.append) for w in (1, 2))
    assert all(np.array_equal(a.parameters, b.parameters) for a, b in zip(one, two, strict=True))
    assert told == [1] * 8


@pytest.mark.parametrize(
    ("options", "field"),
    [({"lag": "free"}, "lag"), ({"lag_k": -1.0}, "lag_k"), ({"noise": 0.0}, "noise"), ({"shapes": []}, "shapes"),
     ({"shapes": [(0.5, 1.5)]}, "beta")],
)  # fmt: skip
def test_impossible_options_are_refused(options, field):
    (scans,) = simulate_scans([AS2SE3])
    with pytest.raises(InvalidInputError) as error:
        fit(scans, **options)
    assert error.value.field == field


def test_a_batch_names_the_sample_that_cannot_be_fitted():
    (good,) = simulate_scans([AS2SE3])
    flat = MeasuredScans((Scan(20.0, 10.0, [300.0, 310.0, 320.0, 330.0], [0.0, 0.0, 0.0, 0.0]),))
    with pytest.raises(InvalidInputError, match=r"samples\[1\].*rises"):
        fit_many([good, flat])


def test_noise_is_told_from_what_is_none(rng):
    temperature_k = np.arange(300.0, 700.0)
    scans = MeasuredScans(tuple(Scan(rate, 10.0, temperature_k, np.zeros(400)) for rate in (1.0, 10.0)))
    noises = rng.standard_normal((200, 800))
    assert all(is_white(scans, noise) for noise in noises)
    together = np.convolve(noises[0], [0.5, 0.3, 0.2], "same")
    few_large = np.where(np.arange(800) % 80 == 0, 10.0, 1.0) * noises[1]
    assert not is_white(scans, together)
    assert not is_white(scans, few_large)
    assert is_white(scans, 1e-5 * together)
