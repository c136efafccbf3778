"""Evaluation against estimates whose errors are known."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from oracle import Oracle

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.studies.relaxation.measures import descriptors, edges, signal_sse
from relaxnet.studies.relaxation.physics import TNMParameters, simulate
from relaxnet.studies.relaxation.physics.descriptors import describe
from relaxnet.studies.relaxation.samples.targets import TARGETS
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.workflow.evaluate import check_facts
from relaxnet.workflow.measure import measure


def test_true_parameters_give_no_error_and_the_signals_back(dataset, source, params):
    index = np.arange(len(dataset))
    oracle = Oracle(TARGETS, source.targets.copy(), mean=source.targets.mean(axis=0))
    outcome = measure(STUDY, params, oracle, source, index)
    kept = outcome.estimates[~outcome.estimates["left_out"]]
    assert (kept["sse_parameters"] == 0).all()
    assert kept["sse_signals"].max() < 1e-5  # float32 nodes
    for target in outcome.metrics["targets"].values():
        assert target["rmse"] == 0
        assert target["skill"] == 1


def test_steep_quartets_are_listed_but_left_out(dataset, source, params):
    index = np.arange(len(dataset))
    cp_n_max = dataset.scalars()["cp_n_max"].to_numpy()
    limit = float(np.sort(cp_n_max)[-3]) - 1e-6
    config = params.evaluate.model_copy(update={"largest_cp_n_max": limit})
    estimate = source.targets.copy()
    steep = cp_n_max > limit
    estimate[steep, 2] = 0.2  # wrong, and must not count
    oracle = Oracle(TARGETS, estimate, mean=source.targets.mean(axis=0))
    outcome = measure(STUDY, params.model_copy(update={"evaluate": config}), oracle, source, index)
    assert outcome.metrics["quartets"] == {"test": 12, "evaluated": 9, "left_out": 3}
    assert outcome.estimates["left_out"].tolist() == steep.tolist()
    assert outcome.metrics["targets"]["x"]["rmse"] == 0
    assert outcome.estimates.loc[steep, "sse_signals"].isna().all()


def test_predicting_the_mean_has_no_skill(dataset, source, params):
    index = np.arange(len(dataset))
    mean = source.targets.mean(axis=0)
    oracle = Oracle(TARGETS, np.tile(mean, (len(index), 1)), mean=mean)
    outcome = measure(STUDY, params, oracle, source, index)
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


def test_descriptors_are_those_of_the_steepest_scan(dataset):
    scalars = dataset.scalars()
    signals = dataset.signals()
    found = descriptors(scalars)
    for row in range(len(scalars)):
        one = signals.take(slice(row, row + 1))
        described = describe(one)
        steepest = int(described.cp_n_max[0].argmax())
        assert found["cp_n_max"][row] == pytest.approx(described.cp_n_max[0].max(), rel=1e-5)
        assert found["dt_hw_k"][row] == pytest.approx(described.half_width_k[0, steepest], rel=1e-3, abs=1e-3)
    ratio = found["cp_n_max_per_dt_hw_per_k"]
    np.testing.assert_allclose(ratio * found["dt_hw_k"], found["cp_n_max"])


def test_edges_are_the_border_of_the_block_and_of_the_shapes():
    scalars = pd.DataFrame(
        {"i": [45, 50, 50, 50], "j": [40, 45, 40, 40], "x_index": [3, 3, 40, 3], "beta_index": [9, 9, 9, 9]}
    )
    found = edges(scalars, "C")  # rows 45 to 55, columns 35 to 45
    assert found["edge"].tolist() == [True, True, False, False]
    assert found["edge_shape"].tolist() == [False, False, True, False]
    assert not edges(scalars, "parameters")["edge"].any()


def test_sums_of_pairs_are_parts_of_the_whole(dataset, source, params, rng):
    index = np.arange(len(dataset))
    estimate = source.targets * rng.uniform(0.98, 1.02, source.targets.shape)
    oracle = Oracle(TARGETS, estimate, mean=source.targets.mean(axis=0))
    outcome = measure(STUDY, params, oracle, source, index)
    table = outcome.estimates
    np.testing.assert_allclose(table["sse_dh_ln_a"] + table["sse_x_beta"], table["sse_parameters"])
    json.dumps(outcome.metrics, allow_nan=False)  # what is not defined is null
    beta = outcome.metrics["targets"]["beta"]
    assert 0 < beta["quantiles"]["50"] <= beta["quantiles"]["99"]
    counts = outcome.metrics["edges"]["edge"]["counts"]
    assert counts["group"] + counts["others"] == outcome.metrics["quartets"]["evaluated"]


def test_signals_are_compared_block_by_block(dataset, source, monkeypatch):
    wrong = source.targets[:5] + np.array([[0.3, 0, 0, 0]])
    whole = signal_sse(source, np.arange(5), wrong, dataset.metadata.program, 1.0)
    monkeypatch.setattr("relaxnet.studies.relaxation.measures.BLOCK", 2)
    done = []
    parts = signal_sse(source, np.arange(5), wrong, dataset.metadata.program, 1.0, progress=done.append)
    np.testing.assert_allclose(parts, whole, rtol=1e-9)
    assert sum(done) == 5


def test_estimates_that_are_no_numbers_are_refused(dataset, source, params):
    estimate = source.targets.copy()
    estimate[4, 1] = np.nan
    oracle = Oracle(TARGETS, estimate, mean=source.targets.mean(axis=0))
    with pytest.raises(InvalidInputError, match="estimate of quartet 4 = NaN or infinite: must be finite"):
        measure(STUDY, params, oracle, source, np.arange(len(dataset)))


@pytest.mark.parametrize(
    ("field", "value"), [("cooling_rates_k_per_min", [1.0, 10.0]), ("heating_rate_k_per_min", 20.0)]
)
def test_a_dataset_of_another_program_is_refused(dataset, source, field, value):
    estimator = Oracle(TARGETS, source.targets, None)
    estimator.metadata = {"facts": dict(source.facts)}
    check_facts(estimator, source, dataset.path, "C")
    estimator.metadata = {"facts": {**source.facts, field: value}}
    with pytest.raises(DataFileError, match=rf"{field} = .*: model C was trained with {re.escape(str(value))}"):
        check_facts(estimator, source, dataset.path, "C")
