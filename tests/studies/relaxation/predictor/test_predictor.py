"""What a stored network does with the tables of strangers: estimates, flags, refusals; never a silent number."""

import re

import numpy as np
import pandas as pd
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.physics import ZERO_CELSIUS_K, chr_program, simulate_many
from relaxnet.studies.relaxation.predictor.estimates import COLUMNS
from relaxnet.studies.relaxation.predictor.facts import Facts
from relaxnet.studies.relaxation.predictor.network import NetworkPredictor
from relaxnet.studies.relaxation.predictor.region import Region
from relaxnet.studies.relaxation.predictor.tables import half_rise_k, read_samples

AS2SE3 = np.array([-79.21, 318_444.0, 0.57, 0.71])
RATES = (1.0, 10.0)
STD = {"ln_a": 0.5, "dh_j_per_mol": 2e3, "x": 0.01, "beta": 0.02}


class Network:
    """Knows the answer, and sees what it is given."""

    layout = {"temperature_k": {"first": 350.0, "last": 600.0, "points": 251}}  # noqa: RUF012

    def __init__(self, answer):
        self.answer, self.train_mean, self.seen = answer, AS2SE3, []

    def estimate(self, inputs):
        self.seen.append(inputs["signals"])
        return np.tile(self.answer, (len(inputs["signals"]), 1))


def predictor(answer=AS2SE3):
    corners = [(-100.0, 2.5e5), (-60.0, 2.5e5), (-60.0, 4e5), (-100.0, 4e5)]
    region = Region(plane=corners, x=(0.3, 0.9), beta=(0.4, 0.9), half_rise_k=(430.0, 490.0))
    facts = Facts(cooling_rates_k_per_min=RATES, heating_rate_k_per_min=10.0, rms_error=STD, usual_misfit=0.05,
                  region=region)  # fmt: skip
    return NetworkPredictor(Network(np.array(answer)), facts)


def measured(parameters=AS2SE3, rates=RATES, heating=10.0, noise=0.01, **columns):
    """A tidy table as from an instrument: degrees Celsius, another grid for each scan."""
    signals = simulate_many(np.array(parameters)[None], chr_program(rates, heating))
    generator, frames = np.random.default_rng(3), []
    for number, rate in enumerate(rates):
        grid_k = np.arange(380.0 + number / 3, 540.0, 0.7)
        cp_n = signals.on_grid(grid_k)[0, number] + noise * generator.standard_normal(len(grid_k))
        frames.append(pd.DataFrame({"cooling_rate_k_per_min": rate, "heating_rate_k_per_min": heating,
                                    "temperature_c": grid_k - ZERO_CELSIUS_K, "cp_n": cp_n}))  # fmt: skip
    return pd.concat(frames, ignore_index=True).assign(**columns)


def only(table):
    assert tuple(table.columns) == COLUMNS
    (row,) = table.to_dict("records")
    return row


def test_a_good_sample_gets_estimates_and_standard_deviations():
    model = predictor()
    row = only(model.predict(measured()))
    assert [row[name] for name in STD] == pytest.approx(AS2SE3)
    assert {name: row[f"std_{name}"] for name in STD} == STD
    assert row["sample"] == "1"
    assert row["misfit"] == pytest.approx(0.01, abs=0.005)  # the noise
    assert row["flags"] == row["remarks"] == ""
    (seen,) = model.estimator.seen
    exact = simulate_many(AS2SE3[None], chr_program(RATES, 10.0)).on_grid(model.grid_k)[0].T
    assert np.abs(seen[0] - exact).max() < 0.06


def test_samples_of_one_table_have_a_row_each_in_their_order():
    table = pd.concat([measured(sample="b"), measured(sample="a", rates=(1.0, 5.0)), measured(sample="c")])
    found = predictor().predict(table)
    assert found["sample"].tolist() == ["b", "a", "c"]
    assert found["flags"].tolist() == ["", "wrong_rates", ""]
    shuffled = table.sort_values(["temperature_c", "cooling_rate_k_per_min", "sample"])
    pd.testing.assert_frame_equal(
        found, predictor().predict(shuffled).set_index("sample").loc[["b", "a", "c"]].reset_index()
    )


def test_kelvin_is_as_good_as_celsius():
    table = measured()
    kelvin = table.assign(temperature_k=table["temperature_c"] + ZERO_CELSIUS_K).drop(columns="temperature_c")
    pd.testing.assert_frame_equal(predictor().predict(table), predictor().predict(kelvin))
    sent = kelvin.assign(temperature_c=np.nan)  # a server fills optional columns
    assert only(predictor().predict(sent))["flags"] == ""


NUMBERS = ["ln_a", "dh_j_per_mol", "x", "beta"]


@pytest.mark.parametrize(
    ("table", "flag", "remark"),
    [
        (lambda: measured(rates=(1.0, 5.0)), "wrong_rates",
         "rates = 1, 5 K/min .cooling., 10 K/min .heating.: must be 1, 10 K/min"),
        (lambda: measured(rates=(1.0,)), "wrong_rates", "rates = 1 K/min"),
        (lambda: measured(rates=(1.0, 5.0, 10.0)), "wrong_rates", "rates = 1, 5, 10 K/min"),
        (lambda: measured(heating=20.0), "wrong_rates", "20 K/min .heating.: must be .* 10 K/min .heating"),
        (lambda: measured().assign(cp_n=lambda t: 1.2 + 0.4 * t["cp_n"]), "not_normalised", "1.2 at the coldest end"),
        (lambda: measured().assign(cp_n=lambda t: -3.0 * t["cp_n"]), "not_normalised", "-2.99 at the hottest end"),
        (lambda: measured().query("temperature_c < 190"), "not_normalised", "hottest end of the scan after 1 K/min"),
    ],
)  # fmt: skip
def test_what_a_network_cannot_read_has_flags_and_no_numbers(table, flag, remark):
    model = predictor()
    found = model.predict(table())
    row = only(found)
    assert flag in row["flags"].split()
    assert re.search(remark, row["remarks"])
    assert found[[*NUMBERS, *(f"std_{name}" for name in NUMBERS), "misfit"]].isna().all(axis=None)
    assert not model.estimator.seen


def test_x_and_beta_never_leave_their_range():
    row = only(predictor([-79.21, 318_444.0, 1.3, -0.1]).predict(measured()))
    assert row["x"] == 1.0
    assert 0 < row["beta"] <= 1
    assert "estimated x = 1.3: must be in (0, 1]; clipped" in row["remarks"]
    assert {"clipped", "outside_training_region"} <= set(row["flags"].split())
    assert np.isnan([row[f"std_{name}"] for name in NUMBERS]).all()


def test_estimates_outside_the_training_region_are_flagged():
    row = only(predictor([-79.21, 6e5, 0.57, 0.71]).predict(measured()))
    assert row["flags"] == "outside_training_region does_not_fit unusual_misfit"
    assert row["dh_j_per_mol"] == 6e5
    assert np.isnan(row["std_x"])


def test_estimates_that_do_not_give_the_scans_are_flagged():
    row = only(predictor([-79.21, 318_444.0, 0.8, 0.45]).predict(measured()))
    assert row["flags"] == "unusual_misfit"
    assert 0.05 < row["misfit"] < 0.1
    assert row["remarks"].startswith("misfit = ")
    assert np.isnan(row["std_x"])


def test_the_best_of_a_poor_network_is_flagged_and_keeps_its_standard_deviations():
    model = predictor([-79.21, 318_444.0, 0.9, 0.41])
    model.usual_misfit = 0.4
    row = only(model.predict(measured()))
    assert row["flags"] == "does_not_fit"
    assert "misfit = " in row["remarks"]
    assert row["std_x"] == STD["x"]


@pytest.mark.parametrize(
    ("given", "shift", "flag"),
    [("temperature_k", 0.0, "celsius_as_kelvin"), ("temperature_c", ZERO_CELSIUS_K, "kelvin_as_celsius")],
)
def test_the_wrong_unit_is_named(given, shift, flag):
    table = measured()
    wrong = table.drop(columns="temperature_c").assign(**{given: table["temperature_c"] + shift})
    row = only(predictor().predict(wrong))
    assert {"outside_training_region", flag} <= set(row["flags"].split())


def edited(row, column, value):
    def edit():
        table = measured()
        table[column] = table[column].astype(object)
        table.loc[row, column] = value
        return table

    return edit


def without(*columns, **others):
    return lambda: measured(**others).drop(columns=list(columns))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (edited(3, "cp_n", np.nan), "row 4, cp_n = nan: must be a finite number"),
        (edited(3, "cp_n", "0,1"), "row 4, cp_n = 0,1: must be a finite number"),
        (edited(0, "temperature_c", np.inf), "row 1, temperature_c = inf: must be a finite number"),
        (edited(0, "temperature_c", -400.0), "row 1, temperature_c = -400.0: must be a temperature above -273.15 degC"),
        (edited(5, "temperature_c", 100.0), "row 6, temperature_c = 100.0: must be above 109.65, the temperature"),
        (edited(5, "cooling_rate_k_per_min", 0.0), "row 6, cooling_rate_k_per_min = 0.0: must be a rate"),
        (edited(5, "cooling_rate_k_per_min", 2.0), "scan of sample 1 after cooling at 2 K/min = 1 points"),
        (edited(5, "cp_n", 1e6), "row 6, cp_n = 1000000.0: must be the normalised signal"),
        (without("cp_n", heat_flow=1.0), "heat_flow: must be at least .*; cp_n missing"),
        (without("temperature_c"), "must be with temperatures in one of temperature_c and temperature_k"),
        (without(temperature_k=400.0), "must be with temperatures in one of"),
        (lambda: measured().iloc[:0], "table = 0 rows: must be of 1 to"),
        (lambda: measured()[::-1], "must be above .*: heating scans rise"),
        (lambda: measured(sample=["a", *[None] * (len(measured()) - 1)]), "row 2, sample = .missing.: must be given"),
    ],
)  # fmt: skip
def test_bad_tables_are_refused_in_one_line(table, message):
    bad = table()
    with pytest.raises(InvalidInputError, match=message) as refusal:
        predictor().predict(bad)
    assert "\n" not in str(refusal.value)


def test_rates_must_not_change_within_a_scan():
    table = measured(scan="only")
    table["scan"] = np.where(table.index % 2, "p", "q")
    with pytest.raises(InvalidInputError, match=r"cooling_rate_k_per_min = 10\.0: must be 1, as before in this scan"):
        read_samples(table)


def test_scans_may_have_names():
    table = measured()
    named = table.assign(scan=table["cooling_rate_k_per_min"].map({1.0: "run 7", 10.0: "run 3"}))
    pd.testing.assert_frame_equal(predictor().predict(named), predictor().predict(table))


def test_the_half_rise_is_where_a_scan_crosses_one_half():
    (sample,) = read_samples(measured(noise=0.0))
    slow, fast = map(half_rise_k, sample.scans)
    assert 440 < slow < fast < 480
    assert np.interp(slow, sample.scans[0].temperature_k, sample.scans[0].cp_n) == pytest.approx(0.5)
