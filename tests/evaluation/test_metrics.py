"""Metrics against hand-made numbers, and their refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaxnet.core.errors import InvalidInputError
from relaxnet.evaluation.metrics import parameter_sse, sorted_errors, target_metrics, threshold_key, verdict


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


def test_predicting_the_mean_has_no_skill_and_perfection_has_all() -> None:
    true = np.arange(10.0)
    assert target_metrics(true, np.full(10, 4.5), 4.5, [1])["skill"] == 0.0
    assert target_metrics(true, true, 4.5, [1])["skill"] == 1.0


@pytest.mark.parametrize(
    ("skill", "word"),
    [(-3.0, "no more than the mean"), (0.049, "no more than the mean"), (0.05, "little"), (0.299, "little"),
     (0.3, "informative"), (1.0, "informative")],
)  # fmt: skip
def test_verdict(skill: float, word: str) -> None:
    assert verdict({"skill": skill}) == word


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(InvalidInputError, match="estimate = 1 of 3 values not finite: must be finite"):
        target_metrics([1, 2, 3], [1, bad, 3], 2, [1])
    with pytest.raises(InvalidInputError, match="est_norm = 1 of 2"):
        parameter_sse([[0, 1]], [[bad, 1]])
    with pytest.raises(InvalidInputError, match="errors = 1 of 1"):
        sorted_errors([bad])
    with pytest.raises(InvalidInputError, match="skill"):
        verdict({"skill": bad})


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (([1, 1, 1], [1, 2, 3], 2, [1]), "true"),
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


def test_parameter_sse_of_all_and_of_a_pair() -> None:
    true, estimate = np.zeros((2, 4)), np.array([[1.0, 2, 3, 4], [0, 0, 0, 1]])
    np.testing.assert_allclose(parameter_sse(true, estimate), [30, 1])
    np.testing.assert_allclose(parameter_sse(true, estimate, [0, 3]), [17, 1])
    with pytest.raises(InvalidInputError, match="est_norm"):
        parameter_sse(true, estimate[:1])
    with pytest.raises(InvalidInputError, match="two axes"):
        parameter_sse(true[0], estimate[0])


def test_sorted_errors() -> None:
    percent, values = sorted_errors([-3.0, 1.0, 2.0, 0.5])
    np.testing.assert_allclose(percent, [25, 50, 75, 100])
    np.testing.assert_allclose(values, [0.5, 1, 2, 3])
    with pytest.raises(InvalidInputError, match="empty"):
        sorted_errors([])


def test_threshold_keys_are_plain_numbers() -> None:
    assert [threshold_key(t) for t in (0.02, 1.0, 10_000.0, 1e6)] == ["0.02", "1", "10000", "1000000"]
