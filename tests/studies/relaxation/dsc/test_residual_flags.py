"""What a fit leaves: events, or the misfit of a wrong history."""

from dataclasses import replace

import numpy as np
import pytest

from relaxnet.studies.relaxation.dsc.events import Event
from relaxnet.studies.relaxation.dsc.fit import fit
from relaxnet.studies.relaxation.dsc.residual_flags import residual_flags
from relaxnet.studies.relaxation.dsc.result import Flag
from relaxnet.studies.relaxation.dsc.screening import Feature
from relaxnet.studies.relaxation.dsc.simulated import simulated_scans

TRUE = [-79.21, 318_444.0, 0.57, 0.71]
STEP = 0.04


@pytest.fixture(scope="module")
def scans():
    return simulated_scans(
        TRUE, [1.0, 5.0, 20.0], lines=True, noise=0.005, reach_k=40.0, generator=np.random.default_rng(3)
    )


@pytest.fixture(scope="module")
def wrong(scans):
    """The fit where all scans are said to have been cooled at the rate of the second."""
    return fit([replace(scan, program=scans[1].program) for scan in scans], lag=0.0)


@pytest.fixture(scope="module")
def right(scans):
    return fit(scans, lag=0.0)


def test_wrong_histories_are_no_events(scans, wrong):
    (flag,) = residual_flags(wrong)
    assert flag.name == "does_not_fit"
    assert scans[0].label in flag.text
    assert scans[2].label in flag.text
    assert flag.text.index("histories") < flag.text.index("events")


def test_right_histories_have_no_flags(right):
    assert residual_flags(right) == []


def test_events_that_are_flagged_are_not_told_twice(wrong):
    known = tuple(Flag("melting", "seen before", fit.scan.label) for fit in wrong.scans)
    assert residual_flags(replace(wrong, flags=known)) == []


def test_small_features_are_told_where_they_were_fitted(right):
    scan = right.scans[0].scan
    narrow = replace(right.scans[0], fitted=scan.temperature_k > scan.temperature_k[0] + 20.0)
    estimate = replace(right, scans=(narrow, *right.scans[1:]))
    low_k = scan.temperature_k[0]
    outside, inside = (Event("melting", low_k + at_k, low_k + at_k + 8.0, 0.03, False) for at_k in (5.0, 25.0))
    flags = residual_flags(estimate, [Feature(scan.label, outside), Feature(scan.label, inside)])
    assert [flag.name for flag in flags] == ["unexplained_feature"]
    known = replace(estimate, flags=(Flag("melting", "a great one", scan.label),))
    assert residual_flags(known, [Feature(scan.label, inside)]) == []


def test_a_hump_of_one_sign_is_an_event(scans):
    (scan,) = scans[1:2]
    hump = 0.3 * STEP * np.exp(-0.5 * ((scan.temperature_k - scan.temperature_k[-1] + 20.0) / 3.0) ** 2)
    found = fit(
        [replace(scan, signal=scan.signal + hump)], lag=0.0, fix={"x": 0.57, "beta": 0.71, "dh_j_per_mol": TRUE[1]}
    )
    assert "event_in_residuals" in {flag.name for flag in residual_flags(found)}
