"""Evaluation against estimates whose errors are known."""

import numpy as np
import pytest
from oracle import Oracle

from relaxnet.physics import TNMParameters, simulate
from relaxnet.relaxation.measure import measure, signal_sse
from relaxnet.relaxation.targets import TARGETS


@pytest.fixture
def cp_n_max(dataset):
    return dataset.scalars()["cp_n_max"].to_numpy()


def test_true_parameters_give_no_error_and_the_signals_back(dataset, source, cp_n_max, params):
    index = np.arange(len(dataset))
    oracle = Oracle(TARGETS, source.targets.copy(), mean=source.targets.mean(axis=0))
    outcome = measure(oracle, source, index, cp_n_max, dataset.metadata.program, params.evaluate)
    kept = outcome.estimates[~outcome.estimates["left_out"]]
    assert (kept["sse_parameters"] == 0).all()
    assert kept["sse_signals"].max() < 1e-5  # float32 nodes
    for target in outcome.metrics["targets"].values():
        assert target["rmse"] == 0
        assert target["skill"] == 1


def test_steep_quartets_are_listed_but_left_out(dataset, source, cp_n_max, params):
    index = np.arange(len(dataset))
    limit = float(np.sort(cp_n_max)[-3]) - 1e-6
    config = params.evaluate.model_copy(update={"largest_cp_n_max": limit})
    estimate = source.targets.copy()
    steep = cp_n_max > limit
    estimate[steep, 2] = 0.2  # wrong, and must not count
    oracle = Oracle(TARGETS, estimate, mean=source.targets.mean(axis=0))
    outcome = measure(oracle, source, index, cp_n_max, dataset.metadata.program, config)
    assert outcome.metrics["quartets"] == {"test": 12, "evaluated": 9, "left_out": 3}
    assert outcome.estimates["left_out"].tolist() == steep.tolist()
    assert outcome.metrics["targets"]["x"]["rmse"] == 0
    assert outcome.estimates.loc[steep, "sse_signals"].isna().all()


def test_predicting_the_mean_has_no_skill(dataset, source, cp_n_max, params):
    index = np.arange(len(dataset))
    mean = source.targets.mean(axis=0)
    oracle = Oracle(TARGETS, np.tile(mean, (len(index), 1)), mean=mean)
    outcome = measure(oracle, source, index, cp_n_max, dataset.metadata.program, params.evaluate)
    for target in outcome.metrics["targets"].values():
        assert target["skill"] == pytest.approx(0, abs=1e-9)


def test_signal_sse_is_the_sum_over_scans_and_kelvins(dataset, source):
    index = np.array([3])
    wrong = source.targets[index] + np.array([[0.5, 0, 0, 0]])
    truth = simulate(TNMParameters(*source.targets[3]), dataset.metadata.program)
    other = simulate(TNMParameters(*wrong[0]), dataset.metadata.program)
    low = min(truth.temperature_k.min(), other.temperature_k.min())
    grid = np.arange(np.floor(low), 700.0, 1.0)
    expected = np.sum((truth.on_grid(grid) - other.on_grid(grid)) ** 2)
    result = signal_sse(source, index, wrong, dataset.metadata.program, 1.0)
    assert result[0] == pytest.approx(expected, rel=2e-3)


def test_estimates_outside_the_physical_range_are_still_compared(dataset, source):
    wild = source.targets[:3] * np.array([[1, 1, 0, 3], [0, 1, 1, 1], [1, -1, 2, 1]])
    assert np.isfinite(signal_sse(source, np.arange(3), wild, dataset.metadata.program, 1.0)).all()
