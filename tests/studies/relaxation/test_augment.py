"""Training signals as they would be measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.integrate import solve_ivp

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.dataset.measured import Distortion
from relaxnet.studies.relaxation.measuring import measured
from relaxnet.studies.relaxation.params import AugmentConfig, RelaxationParams
from relaxnet.studies.relaxation.samples.augment import Measuring, open_augment, with_lag
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.workflow.fit import Task, fit
from relaxnet.workflow.params import check_params
from relaxnet.workflow.recipe import recipe, with_config

ROOT = Path(__file__).parents[3]


@pytest.fixture
def inputs(source):
    return source.inputs(np.arange(8))


def seeded(seed=1):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("lag_k", [0.1, 1.0, 7.0, 300.0])
def test_the_lag_solves_its_equation(lag_k):
    at_k = np.arange(0.0, 61.0, 1.5)
    signal = np.interp(at_k, [0.0, 20.0, 24.0, 31.0, 60.0], [0.3, 0.3, 3.0, 1.0, 1.2])
    found = with_lag(signal[:, None], 1.5, lag_k)[:, 0]
    y, expected = signal[0], [signal[0]]
    for start, end, low, high in zip(at_k[:-1], at_k[1:], signal[:-1], signal[1:], strict=True):
        slope = (high - low) / (end - start)
        solved = solve_ivp(
            lambda t, y, a=start, v=low, s=slope: (v + s * (t - a) - y) / lag_k, (start, end), [y], rtol=1e-10,
            atol=1e-12, method="Radau",
        )  # fmt: skip
        y = solved.y[0, -1]
        expected.append(y)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_without_lag_a_signal_stays(inputs):
    np.testing.assert_array_equal(with_lag(inputs["signals"][0], 1.0, 0.0), inputs["signals"][0])


def test_what_a_lag_smears_keeps_its_area(source, inputs):
    """The area over the signal moves by the lag: every feature comes later by as much."""
    grid_k, signals = source.grid_k, inputs["signals"][2].astype(np.float64)
    late = with_lag(signals, grid_k[1] - grid_k[0], 2.0)
    np.testing.assert_allclose(np.trapezoid(signals - late, grid_k, axis=0), 2.0, rtol=0.02)


def test_inputs_are_seeded_and_differ_from_sample_to_sample(source, inputs):
    augment = Measuring(source.grid_k, 0.02, 1.0)
    first, again, other = (augment(inputs, seeded(seed))["signals"] for seed in (1, 1, 2))
    assert first.shape == inputs["signals"].shape
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    assert (first != other).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(inputs["signals"], source.inputs(np.arange(8))["signals"])  # those given stay


def test_levels_are_drawn_up_to_their_limits(source, inputs):
    many = {"signals": np.repeat(inputs["signals"], 40, axis=0)}
    noisy = Measuring(source.grid_k, 0.02, 0.0)(many, seeded())["signals"]
    sd = np.array([changed[np.abs(changed) > 1e-5].std() for changed in noisy - many["signals"]])
    assert sd.max() < 0.022
    assert sd.max() > 0.012
    assert sd.min() < 0.002
    assert np.corrcoef(sd[:-1], sd[1:])[0, 1] < 0.3  # each sample has its own


def test_nothing_is_measured_far_from_the_transition(source, inputs):
    grid_k = np.arange(100.0, 1500.0, 2.0)
    signals = source.signals(np.arange(8)).on_grid(grid_k).transpose(0, 2, 1).astype(np.float32)
    noisy = Measuring(grid_k, 0.02, 0.5)({"signals": signals}, seeded())["signals"]
    assert (noisy[:, :20] == 0).all()
    assert (noisy[:, -20:] == 1).all()


def test_signals_are_smeared_and_cut_as_those_of_a_measured_set(dataset, source):
    grid_k, index = np.arange(source.grid_k[0], source.grid_k[-1], 0.25), np.arange(len(dataset))
    lag_k = 1.0
    expected = measured(dataset, Distortion(1.0, 0.0, lag_k, 1), None).on_grid(grid_k, index).transpose(0, 2, 1)
    clean = source.signals(index).on_grid(grid_k, np.float32).transpose(0, 2, 1)
    augment = Measuring(grid_k, 0.0, lag_k)
    found = np.stack([augment._measured(values, 0.0, lag_k, seeded()) for values in clean])
    gentle = clean.max(axis=(1, 2)) < 2.0
    assert gentle.sum() > 2
    np.testing.assert_allclose(found[gentle], expected[gentle], atol=0.04)  # points 1 K apart cut off the peaks
    assert np.abs(found[gentle] - expected[gentle]).mean() < 1e-3
    assert np.abs(clean[gentle] - expected[gentle]).max() > 0.1
    for own, other in zip(found, expected, strict=True):
        ends_k = [grid_k[np.flatnonzero((values != 0).any(axis=1))[0]] for values in (own, other)]
        assert abs(ends_k[0] - ends_k[1]) < 3.0  # multiples of 1 K, or from anywhere within it


def test_only_recipes_that_ask_for_it_change_their_inputs(params, source):
    base = recipe(params, "C")
    assert open_augment(base, source) is None
    for levels in ({"noise": 0.01}, {"lag_k": 0.5}):
        asked = with_config(base, augment=AugmentConfig(**levels))
        assert open_augment(asked, source)({"signals": source.inputs(np.arange(2))["signals"]}, seeded())


def test_a_training_hears_of_it(project, params):
    base = replace(recipe(params, "C"), name="perceptron")
    base = replace(
        base, model=base.model.model_copy(update={"architecture": "perceptron"}), config=params.training("perceptron")
    )
    losses = []
    for levels in ({}, {"noise": 0.3}, {"noise": 0.3}):
        asked = with_config(base, augment=AugmentConfig(**levels))
        _, trained = fit(STUDY, Task.prepare(STUDY, project, params, asked, "C"), project.workspace)
        losses.append(trained.history["loss"])
    assert losses[0] != losses[1]
    assert losses[1] == losses[2]
    assert "relaxnet.studies.relaxation.samples.augment" in STUDY.sample_modules()


@pytest.mark.parametrize(
    ("levels", "field"),
    [
        ({"noise": -0.01}, "augment.noise"),
        ({"noise": float("nan")}, "augment.noise"),
        ({"lag_k": 101.0}, "augment.lag_k"),
        ({"lag_k": "much"}, "augment.lag_k"),
        ({"lag": 1.0}, "augment.lag"),
    ],
)
def test_a_wrong_level_is_named(levels, field):
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    raw["profiles"]["smoke"]["train"]["augment"] = levels
    with pytest.raises(InvalidInputError, match=rf"^profiles\.smoke\.train\.{field} = .*: must be ") as caught:
        check_params(RelaxationParams, raw)
    assert "\n" not in str(caught.value)
