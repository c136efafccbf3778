"""Metrics against hand-made numbers, and their refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Axis, Target, Targets
from relaxnet.evaluation.metrics import (
    mean_relative_rmse,
    sample_errors,
    sorted_errors,
    target_metrics,
    target_sse,
    threshold_key,
    verdict,
)

SPECTRUM = Target("s", "1", axis=Axis("energy", "eV", (0.0, 1.0, 2.0)))
NUMBERS = Targets(tuple(Target(name, "1") for name in "abcd"))
MIXED = Targets((Target("t", "K", thresholds=(1.0,)), SPECTRUM, Target("c", "1")))


def test_target_metrics_by_hand() -> None:
    found = target_metrics([1.0, 2.0, 3.0, 4.0], [1.0, 2.5, 3.0, 3.0], 2.5, [0.5, 1.0])
    assert found["mae"] == pytest.approx(1.5 / 4)
    assert found["rmse"] == pytest.approx(np.sqrt(1.25 / 4))
    assert found["median_ae"] == pytest.approx(0.25)
    assert found["baseline_mae"] == pytest.approx(1.0)
    assert found["baseline_rmse"] == pytest.approx(np.sqrt(5 / 4))
    assert found["skill"] == pytest.approx(1 - np.sqrt(1.25 / 5))
    assert found["r2"] == pytest.approx(1 - 1.25 / 5)
    assert found["within"] == {"0.5": 0.75, "1": 1.0}
    assert found["baseline_within"] == {"0.5": 0.5, "1": 0.5}


@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6))
def test_units_change_errors_but_not_quality(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    true, estimate = rng.normal(size=20), rng.normal(size=20)
    one = target_metrics(true, estimate, 0.1, [1.0])
    other = target_metrics(true * factor, estimate * factor, 0.1 * factor, [factor])
    assert other["rmse"] == pytest.approx(one["rmse"] * factor)
    assert other["skill"] == pytest.approx(one["skill"])
    assert other["r2"] == pytest.approx(one["r2"])


def test_vector_target_by_hand() -> None:
    """A sample errs by the mean along the axis; a share is one of samples."""
    true = np.array([[0.0, 0.0], [2.0, 4.0]])
    found = target_metrics(true, true + np.array([[0.2, 0.4], [-1.0, 1.0]]), [1.0, 2.0], [0.5, 1.0])
    assert found["mae"] == pytest.approx((0.3 + 1.0) / 2)
    assert found["median_ae"] == pytest.approx(0.65)
    assert found["rmse"] == pytest.approx(np.sqrt((0.04 + 0.16 + 1 + 1) / 4))
    assert found["baseline_mae"] == pytest.approx(1.5)
    assert found["baseline_rmse"] == pytest.approx(np.sqrt(2.5))
    assert found["skill"] == pytest.approx(1 - np.sqrt(2.2 / 10))
    assert found["r2"] == pytest.approx(1 - 2.2 / 10)
    assert found["within"] == {"0.5": 0.5, "1": 1.0}
    assert found["quantiles"]["50"] == pytest.approx(0.65)


def test_a_vector_of_one_value_is_as_good_as_a_number() -> None:
    rng = np.random.default_rng(4)
    true, estimate = rng.normal(size=(2, 20))
    number = target_metrics(true, estimate, 0.1, [1.0])
    assert target_metrics(true[:, None], estimate[:, None], [0.1], [1.0]) == number


@pytest.mark.parametrize("baseline", [1.0, 2.0])
def test_a_constant_target_has_no_skill_to_speak_of(baseline: float) -> None:
    for true in (np.ones(3), np.ones((3, 2))):
        found = target_metrics(true, true + 0.5, baseline, [1.0])
        assert (found["skill"], found["r2"], verdict(found)) == (None, None, "constant")
        assert found["mae"] == 0.5
        assert found["baseline_mae"] == baseline - 1.0


def test_predicting_the_mean_has_no_skill_and_perfection_has_all() -> None:
    true = np.arange(10.0)
    assert target_metrics(true, np.full(10, 4.5), 4.5, [1])["skill"] == 0.0
    assert target_metrics(true, true, 4.5, [1])["skill"] == 1.0


@pytest.mark.parametrize(
    ("skill", "word"),
    [(-3.0, "no skill"), (0.049, "no skill"), (0.05, "little skill"), (0.299, "little skill"),
     (0.3, "informative"), (1.0, "informative")],
)  # fmt: skip
def test_verdict(skill: float, word: str) -> None:
    assert verdict({"skill": skill}) == word


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(InvalidInputError, match="estimate = 1 of 3 values not finite: must be finite"):
        target_metrics([1, 2, 3], [1, bad, 3], 2, [1])
    with pytest.raises(InvalidInputError, match="estimate_scaled = 1 of 4"):
        target_sse(NUMBERS, [[0, 1, 0, 0]], [[bad, 1, 0, 0]])
    with pytest.raises(InvalidInputError, match="mean = 1 of 4"):
        mean_relative_rmse(np.eye(4), np.eye(4), [bad, 1, 0, 0], NUMBERS)
    with pytest.raises(InvalidInputError, match="true = 1 of 2"):
        sample_errors([bad, 1], [1, 1])
    with pytest.raises(InvalidInputError, match="errors = 1 of 1"):
        sorted_errors([bad])
    with pytest.raises(InvalidInputError, match="skill"):
        verdict({"skill": bad})


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((1.0, 1.0, 2, [1]), "true"),
        ((np.zeros((3, 0)), np.zeros((3, 0)), 2, [1]), "true"),
        (([[1, 2], [3, 4]], [1, 2], 2, [1]), "estimate"),
        (([[1, 2], [3, 4]], [[1, 2], [3, 4]], [1, 2, 3], [1]), "baseline"),
        (([1], [1], 2, [1]), "true"),
        (([1, 2, 3], [1, 2], 2, [1]), "estimate"),
        (([1, 2, 3], [1, 2, 3], [1, 2], [1]), "baseline"),
        (([1, 2, 3], [1, 2, 3], [1, 2, 3], [1]), "baseline"),
        (([1, 2, 3], [1, 2, 3], 2, [0]), "thresholds"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments: tuple, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        target_metrics(*arguments)
    assert caught.value.field == field


def test_sse_of_all_targets_and_of_a_pair() -> None:
    true, estimate = np.zeros((2, 4)), np.array([[1.0, 2, 3, 4], [0, 0, 0, 1]])
    np.testing.assert_allclose(target_sse(NUMBERS, true, estimate), [30, 1])
    np.testing.assert_allclose(target_sse(NUMBERS, true, estimate, ["a", "d"]), [17, 1])
    with pytest.raises(InvalidInputError, match="estimate_scaled"):
        target_sse(NUMBERS, true, estimate[:1])
    with pytest.raises(InvalidInputError, match="two axes"):
        target_sse(NUMBERS, true[0], estimate[0])


def test_a_vector_counts_in_an_sse_as_a_number_does() -> None:
    error = np.array([[3.0, 1.0, 2.0, 3.0, 2.0]])
    assert target_sse(MIXED, np.zeros((1, 5)), error) == pytest.approx([9 + (1 + 4 + 9) / 3 + 4])


def test_relative_rmse_counts_each_target_once_and_leaves_constants_out() -> None:
    rng = np.random.default_rng(3)
    true, estimate = rng.normal(size=(2, 30, 5))
    true[:, 4] = 7.0
    mean = true.mean(axis=0)
    parts = [(values[:, 0], values[:, 1:4]) for values in (true, estimate, np.broadcast_to(mean, true.shape))]
    found = [target_metrics(*columns, ()) for columns in zip(*parts, strict=True)]
    ratios = [record["rmse"] / record["baseline_rmse"] for record in found]
    assert mean_relative_rmse(true, estimate, mean, MIXED) == pytest.approx(np.mean(ratios))
    assert mean_relative_rmse(true, np.broadcast_to(mean, true.shape), mean, MIXED) == pytest.approx(1.0)
    assert np.isnan(mean_relative_rmse(np.ones((3, 5)), np.ones((3, 5)), np.zeros(5), MIXED))
    with pytest.raises(InvalidInputError, match="5 target columns"):
        mean_relative_rmse(true[:, :4], estimate[:, :4], mean[:4], MIXED)


def test_sorted_errors() -> None:
    percent, values = sorted_errors([-3.0, 1.0, 2.0, 0.5])
    np.testing.assert_allclose(percent, [25, 50, 75, 100])
    np.testing.assert_allclose(values, [0.5, 1, 2, 3])
    with pytest.raises(InvalidInputError, match="empty"):
        sorted_errors([])


def test_threshold_keys_are_plain_numbers() -> None:
    assert [threshold_key(t) for t in (0.02, 1.0, 10_000.0, 1e6)] == ["0.02", "1", "10000", "1000000"]
