"""Windows that a fit shows to be too narrow."""

from dataclasses import replace

import numpy as np
import pytest

from relaxnet.studies.relaxation.dsc.fit.engine import fit
from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
from relaxnet.studies.relaxation.dsc.widening import widened

BROAD = [-254.0, 900_000.0, 0.5, 0.3]


@pytest.fixture(scope="module")
def scans():
    generator = np.random.default_rng(3)
    return simulated_scans(BROAD, [2.0, 20.0], lines=True, noise=0.005, generator=generator, reach_k=60.0)


def narrow(scan, glass_k, liquid_k):
    """A window that begins and ends this far from the ends of the scan."""
    low_k, high_k = scan.temperature_k[0] + glass_k, scan.temperature_k[-1] - liquid_k
    return replace(scan, glass_range_k=(low_k, low_k + 10.0), liquid_range_k=(high_k - 10.0, high_k))


@pytest.fixture(scope="module")
def estimate(scans):
    return fit([narrow(scan, 65.0, 55.0) for scan in scans], lag=0.0)


def test_a_window_grows_to_thirty_kelvins_of_glass_and_liquid(scans, estimate):
    found = widened(estimate.scans)
    assert found is not None
    for new, old, whole in zip(found, estimate.scans, scans, strict=True):
        assert new.glass_range_k[0] < old.scan.glass_range_k[0] - 20.0
        assert new.liquid_range_k[1] > old.scan.liquid_range_k[1] + 15.0
        assert whole.temperature_k[0] <= new.glass_range_k[0]
    again = fit(found, lag=0.0)
    assert (again.std < estimate.std).all()
    assert (np.abs(again.parameters - BROAD) < 4.0 * again.std).all()
    assert widened(again.scans) is None  # wide enough now


def test_ends_that_the_user_gave_stay(estimate):
    (first, _) = widened(estimate.scans, glass=False)
    assert first.glass_range_k == estimate.scans[0].scan.glass_range_k
    assert first.liquid_range_k[1] > estimate.scans[0].scan.liquid_range_k[1]
    assert widened(estimate.scans, glass=False, liquid=False) is None


def test_a_window_stops_where_the_signal_strays(scans):
    hooked = []
    for scan in scans:
        signal = scan.signal.copy()
        step = 0.04
        signal[:30] -= step  # the instrument has not settled
        hooked.append(narrow(replace(scan, signal=signal), 65.0, 0.0))
    for new, scan in zip(widened(fit(hooked, lag=0.0).scans), hooked, strict=True):
        settled_k = scan.temperature_k[30]
        assert settled_k <= new.glass_range_k[0] < scan.glass_range_k[0]


def test_normalised_scans_have_no_windows(scans):
    clean = simulated_scans(BROAD, [2.0, 20.0])
    assert widened(fit(clean, lag=0.0).scans) is None


def test_a_fit_goes_on_in_wider_windows_as_often_as_it_is_told(scans, estimate):
    begun = [scan.scan for scan in estimate.scans]
    found = fit(begun, lag=0.0, widen=widened)
    alone = fit([scan.scan for scan in found.scans], lag=0.0)
    assert widened(found.scans) is None
    np.testing.assert_allclose(found.parameters, alone.parameters, rtol=1e-3)
    np.testing.assert_allclose(found.std, alone.std, rtol=0.02)
    assert fit(begun, lag=0.0, widen=lambda fits: None).parameters.tolist() == estimate.parameters.tolist()
