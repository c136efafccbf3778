import numpy as np
import pytest

from relaxnet.studies.relaxation.physics._expsum import exponential_sum

BETAS = [0.1, 0.13, 0.2, 0.31, 0.449, 0.451, 0.55, 0.71, 0.9, 0.96, 0.993, 0.99999]


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("refinement", [1, 2])
def test_sum_follows_the_stretched_exponential(beta, refinement):
    u = np.geomspace(1e-9, 100.0, 4000) ** (1 / beta)
    assert np.abs(exponential_sum(beta, refinement)(u) - np.exp(-(u**beta))).max() < 1e-6


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("refinement", [1, 2])
def test_logarithmic_slope_follows_too(beta, refinement):
    u = np.geomspace(1e-9, 60.0, 2000) ** (1 / beta)
    terms = exponential_sum(beta, refinement)
    slope = (-np.outer(u, terms.rates) * np.exp(-np.outer(u, terms.rates))) @ terms.weights
    assert np.abs(slope + beta * u**beta * np.exp(-(u**beta))).max() < 5e-6


def test_beta_one_is_a_single_term():
    terms = exponential_sum(1.0)
    assert terms.weights.tolist() == [1.0]
    assert terms.rates.tolist() == [1.0]


@pytest.mark.parametrize("beta", [0.2, 0.5, 0.8])
def test_rates_are_geometric_and_weights_add_up(beta):
    terms = exponential_sum(beta)
    np.testing.assert_allclose(np.diff(np.log2(terms.rates)), 1 / terms.chains, rtol=1e-12)
    assert terms.weights.sum() == pytest.approx(1.0, abs=1e-12)


def test_window_of_rates_widens_as_beta_falls():
    spans = [np.ptp(np.log10(exponential_sum(beta).rates)) for beta in (0.9, 0.5, 0.3, 0.2)]
    assert spans == sorted(spans)
    assert spans[-1] > 3 * spans[0]
