"""Results as JSON, tables and pages, of estimates made by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.studies.relaxation.dsc.predict import draw, predict
from relaxnet.studies.relaxation.dsc.record import Known, correlation, record
from relaxnet.studies.relaxation.dsc.report import render_report
from relaxnet.studies.relaxation.dsc.result import Estimate, Flag, ScanFit
from relaxnet.studies.relaxation.dsc.scan import HeatingScan
from relaxnet.studies.relaxation.dsc.shown import plus_minus
from relaxnet.studies.relaxation.estimation.coordinates import Coordinates
from relaxnet.studies.relaxation.physics import Program, Ramp

VALUES = np.array([-79.21, 318_444.0, 0.57, 0.71])
PROGRAM = Program(520.0, (Ramp(380.0, 10.0), Ramp(520.0, 10.0)))


def estimate(point_std=(0.004, 0.002, 0.005, 0.003), **changes):
    coordinates = Coordinates(458.0)
    jacobian = coordinates.jacobian(coordinates.of(VALUES))
    covariance = jacobian @ np.diag(np.square(point_std)) @ jacobian.T
    std = np.sqrt(np.diag(covariance))
    temperature_k = np.linspace(390.0, 515.0, 126)
    rise = 1 / (1 + np.exp(-(temperature_k - 460.0) / 3.0))
    scan = HeatingScan(
        temperature_k, 0.1 + 0.04 * rise, "heat_flow_w_per_g", PROGRAM, "a, curve 3", "a.csv", (390.0, 430.0)
    )
    fit = ScanFit(
        scan, np.ones(126, dtype=bool), 0.1 + 0.04 * rise, np.full(126, 0.1), np.full(126, 0.14), rise, 0.011, 1.02,
        460.0, 451.0, 0.24, 0.002, 0.0, 0.0,
    )  # fmt: skip
    interval = VALUES[:, None] + 1.645 * std[:, None] * [-1, 1]
    return replace(
        Estimate(
            VALUES, std, covariance, interval, 36.4, 0.1, 5.5, 0.4, 0.011, 1.02, 0.01, 1.2, "least squares", (fit,),
            (Flag("does_not_fit", "The model leaves <much>.", "a, curve 3"),), 0.2,
        ),
        **changes,
    )  # fmt: skip


def test_json_round_trip_keeps_what_nearly_cancels():
    """The small uncertainty of ln tau survives that of ln A and dh, a hundred times larger."""
    content = json.loads(json.dumps(record(estimate()), allow_nan=False))
    known = Known.of(content)
    np.testing.assert_allclose(known.coordinates.parameters(known.point), VALUES, rtol=1e-12)
    back = known.coordinates.jacobian(known.point)
    np.testing.assert_allclose(back @ known.covariance @ back.T, estimate().covariance, rtol=1e-6)
    moved = Coordinates(458.0)
    inverse = np.linalg.inv(moved.jacobian(moved.of(VALUES)))
    at_458 = inverse @ (back @ known.covariance @ back.T) @ inverse.T
    np.testing.assert_allclose(np.sqrt(np.diag(at_458)), [0.004, 0.002, 0.005, 0.003], rtol=1e-3)


def test_what_is_not_known_is_null():
    nothing = estimate(
        parameters=np.full(4, np.nan), std=np.full(4, np.nan), covariance=np.full((4, 4), np.nan),
        interval_90=np.full((4, 2), np.nan), fragility=np.nan, scans=(), chi2=np.nan,
    )  # fmt: skip
    content = json.loads(json.dumps(record(nothing), allow_nan=False))
    assert content["x"] == {"value": None, "std": None, "interval_90": [None, None]}
    assert content["coordinates"] is None
    assert content["dcp"] is None
    with pytest.raises(DataFileError, match="holds no parameters"):
        Known.of(content)
    assert "unknown" in str(nothing)
    assert "<img" not in render_report(nothing, [])


def test_correlation_of_a_fixed_parameter():
    covariance = np.diag([4.0, 9.0, 0.0, 1.0])
    covariance[0, 1] = covariance[1, 0] = -3.0
    found = correlation(covariance)
    assert found[0, 1] == -0.5
    assert found[2].tolist() == [0.0, 0.0, 1.0, 0.0]


def test_the_report_is_one_escaped_file():
    source = {
        "file": "<a>.csv", "maker": "ta", "instrument": None, "sample": "S & T", "sample_mass_mg": 5.0, "sha256": "0",
        "curves": [], "skipped": [], "notes": [],
    }  # fmt: skip
    page = render_report(estimate(), [source])
    assert "<title>TNM parameters: S &amp; T</title>" in page
    assert "The model leaves &lt;much&gt;." in page
    assert "&lt;a&gt;.csv" in page
    assert "−79.21 ± " in page
    assert page.count("<img") == 2


@pytest.mark.parametrize(
    ("value", "std", "text"),
    [
        (318.444, 1.234, "318.4 +- 1.2"), (0.5, 0.0, "0.5000"), (float("nan"), 1.0, "unknown"),
        (-79.2, 0.0321, "-79.200 +- 0.032"), (2.34e-6, 1.8e-7, "(2.34 +- 0.18)e-06"), (1088.0, 222.0, "1088 +- 222"),
        (3.0, float("inf"), "3.000"),
    ],
)  # fmt: skip
def test_numbers_with_their_errors(value, std, text):
    assert plus_minus(value, std) == text


def test_frames_and_text():
    found = estimate()
    frame = found.to_frame()
    assert frame.loc["x", "value"] == 0.57
    assert frame.loc["x", "std"] == pytest.approx(0.005)
    assert list(frame.columns) == ["value", "std", "low_90", "high_90"]
    points = found.scans_frame()
    assert len(points) == 126
    assert (points["scan"] == "a, curve 3").all()
    assert repr(found) == str(found)
    assert "a, curve 3: The model leaves <much>." in str(found)
    assert len(found.plot().axes) == 2


def test_drawn_parameters_have_the_covariance_and_stay_in_range():
    known = Known.of(record(estimate()))
    sets = draw(known, 4000, seed=1)
    points = known.coordinates.of(sets)
    std = np.sqrt(np.diag(known.covariance))
    np.testing.assert_allclose(np.cov(points.T) / np.outer(std, std), known.covariance / np.outer(std, std), atol=0.06)
    wide = Known.of(record(estimate(point_std=(0.004, 0.002, 0.4, 0.3))))
    sets = draw(wide, 500, seed=1)
    assert sets.shape == (500, 4)
    assert (sets[:, 2:] <= 1.0).all()
    assert (sets[:, 2] >= 0.05).all()
    np.testing.assert_array_equal(sets, draw(wide, 500, seed=1))


def test_bands_grow_with_the_uncertainty():
    narrow, wide = (
        predict(Known.of(record(estimate(point_std=std))), PROGRAM, draws=100)
        for std in ((0.004, 0.002, 0.002, 0.002), (0.04, 0.02, 0.02, 0.02))
    )
    np.testing.assert_array_equal(narrow.fictive_k, wide.fictive_k)
    spread = [float(np.ptp(found.fictive_band_k, axis=0).max()) for found in (narrow, wide)]
    assert 5 * spread[0] < spread[1]
    assert narrow.notes == ("Flagged when it was estimated: The model leaves <much>.",)
    assert len(str(narrow).splitlines()) == 5


def test_a_start_in_the_glass_is_said():
    found = predict(Known.of(record(estimate())), Program(420.0, (Ramp(520.0, 10.0),)), draws=20)
    assert "begin in the liquid" in found.notes[-1]
    with pytest.raises(InvalidInputError, match="draws = 5"):
        predict(Known.of(record(estimate())), PROGRAM, draws=5)
