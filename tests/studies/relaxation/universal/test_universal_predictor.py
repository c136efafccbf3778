"""The universal network with the tables of strangers: numbers, flags, and never both where no number is due."""

import numpy as np
import pandas as pd
import pytest

from relaxnet.studies.relaxation.physics import ZERO_CELSIUS_K, chr_program, simulate_many
from relaxnet.studies.relaxation.universal.estimator import UniversalEstimator
from relaxnet.studies.relaxation.universal.predictor import SAID, UniversalPredictor

AS2SE3 = np.array([-79.21, 318_444.0, 0.57, 0.71])
RATES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
NAMES = ["ln_a", "dh_j_per_mol", "x", "beta"]


@pytest.fixture(scope="module")
def predictor():
    return UniversalPredictor(UniversalEstimator.load())


def table(parameters=AS2SE3, rates=RATES, heating=10.0, span_c=(60.0, 280.0), **columns):
    """Measured scans with noise 0.01, a point every kelvin, as a tidy table."""
    signals = simulate_many(np.array(parameters)[None], chr_program(rates, heating))
    generator, grid_c = np.random.default_rng(5), np.arange(*span_c)
    cp_n = signals.on_grid(grid_c + ZERO_CELSIUS_K)[0] + 0.01 * generator.standard_normal((len(rates), len(grid_c)))
    frames = [
        pd.DataFrame({"cooling_rate_k_per_min": rate, "heating_rate_k_per_min": heating, "temperature_c": grid_c,
                      "cp_n": cp_n[number]})
        for number, rate in enumerate(rates)
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True).assign(**columns)


def test_a_glass_gets_parameters_and_standard_deviations(predictor):
    (row,) = predictor.predict(table()).itertuples()
    found, std = np.array([getattr(row, n) for n in NAMES]), np.array([getattr(row, f"std_{n}") for n in NAMES])
    assert (np.abs(found - AS2SE3) < 3.0 * std).all()
    assert row.flags == ""


def test_rows_are_those_of_the_samples(predictor):
    other = np.array([-60.0, 2.6e5, 0.7, 0.5])
    both = pd.concat([table(sample="a"), table(other, span_c=(120.0, 420.0), sample="b")])
    found = predictor.predict(both)
    assert found["sample"].tolist() == ["a", "b"]
    alone = predictor.predict(table(sample="a"))
    assert found[NAMES].iloc[0].tolist() == alone[NAMES].iloc[0].tolist()
    assert abs(found["dh_j_per_mol"].iloc[1] - other[1]) < 2e4


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        (table().assign(cp_n=lambda t: 2.0 * t["cp_n"]), "normalised"),
        (table().assign(cp_n=lambda t: -t["cp_n"]), "normalised"),
        (table(span_c=(60.0, 100.0)), "normalised"),
        (table(rates=(0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0)), "scans"),
    ],
)
def test_what_is_no_number_is_a_flag(predictor, given, flag):
    (row,) = predictor.predict(given).itertuples()
    assert np.isnan([getattr(row, name) for name in NAMES]).all()
    assert flag in row.flags


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        (table(heating=100.0), "outside_training_region"),
        (table([-79.21, 318_444.0, 1.0, 0.71]), "x_at_bound"),
        (table([-79.21, 318_444.0, 0.57, 1.0]), "beta_at_bound"),
    ],
)
def test_numbers_to_be_looked_at_have_a_flag(predictor, given, flag):
    (row,) = predictor.predict(given).itertuples()
    assert flag in row.flags
    assert flag in SAID
