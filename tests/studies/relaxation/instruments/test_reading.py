"""Segments, rates and histories of measurements; what the names of curves tell."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import mettler

from relaxnet.cli.command import main
from relaxnet.studies.relaxation.instruments import ReadOptions, read_file
from relaxnet.studies.relaxation.instruments.segments import pieces, rate_k_per_min
from relaxnet.studies.relaxation.instruments.units import column, split_title
from relaxnet.studies.relaxation.physics import Hold, Ramp

STEP_S = 3.0


def ramp(start_k, end_k, rate_k_per_min):
    count = round(abs(end_k - start_k) / rate_k_per_min * 60.0 / STEP_S)
    return np.linspace(start_k, end_k, count, endpoint=False)


def hold(temperature_k, minutes):
    return np.full(round(minutes * 60.0 / STEP_S), temperature_k)


def write(path, *parts, noise=0.0, first=""):
    """A measurement in parts, whose heat flow follows rate and transition at 400 K."""
    temperature_k = np.concatenate(parts)
    rng = np.random.default_rng(3)
    time_s = STEP_S * np.arange(len(temperature_k))
    rate = np.gradient(temperature_k, time_s)
    flow = rate * (1.0 + 0.3 / (1.0 + np.exp(-(temperature_k - 400.0) / 2.0)))
    temperature_k = temperature_k + noise * rng.standard_normal(len(temperature_k))
    lines = [f"{t:.1f},{k:.4f},{q:.6f}" for t, k, q in zip(time_s, temperature_k, flow, strict=True)]
    path.write_text("\n".join(["time [s],temperature [K],heat flow [mW/mg]", *([first] if first else []), *lines]))
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.csv"


def test_cooling_hold_heating(path):
    parts = ramp(450, 350, 5), hold(350, 30), ramp(350, 450, 10)
    file = read_file(write(path, *parts, noise=0.05), ReadOptions(exo="down"))
    assert [curve.direction for curve in file.curves] == ["cooling", "hold", "heating"]
    cooling, _, heating = file.curves
    assert (cooling.rate_k_per_min, heating.rate_k_per_min) == pytest.approx((5.0, 10.0), rel=0.005)
    assert heating.history_start_k == pytest.approx(450.0, abs=0.5)
    down, wait = heating.history
    assert isinstance(down, Ramp)
    assert isinstance(wait, Hold)
    assert (down.to_temperature_k, down.rate_k_per_min) == pytest.approx((350.0, 5.0), rel=0.005)
    assert wait.duration_min == pytest.approx(30.0, abs=0.5)


def test_ageing_on_the_way_down_and_a_jump_below_the_transition(path):
    """The history reaches back to the liquid, over heatings that stay in the glass."""
    parts = [ramp(450, 380, 20), hold(380, 60), ramp(380, 340, 20), ramp(340, 370, 20), ramp(370, 330, 20)]
    file = read_file(write(path, *parts, ramp(330, 450, 10)), ReadOptions(exo="down"))
    heating = file.curves[-1]
    holds = [segment.duration_min for segment in heating.history if isinstance(segment, Hold)]
    ends = [segment.to_temperature_k for segment in heating.history if isinstance(segment, Ramp)]
    assert holds == pytest.approx([60.0], abs=0.7)
    assert ends == pytest.approx([380.0, 340.0, 370.0, 330.0], abs=1.5)


def test_each_heating_has_the_cooling_before_it(path):
    parts = [part for rate in (2.0, 20.0) for part in (ramp(450, 350, rate), ramp(350, 450, 10))]
    file = read_file(write(path, *parts, first="0,273.15,0"), ReadOptions(exo="down"))
    heatings = [curve for curve in file.curves if curve.direction == "heating"]
    rates = [heating.history[0].rate_k_per_min for heating in heatings]
    assert rates == pytest.approx([2.0, 20.0], rel=0.01)
    assert any("without a measurement" in note for note in file.notes)


def test_a_run_that_begins_in_the_glass_tells_no_history(path):
    file = read_file(write(path, ramp(360, 330, 10), ramp(330, 450, 10)), ReadOptions(exo="down"))
    assert file.curves[-1].history is None
    told = read_file(path, ReadOptions(exo="down", cooling_rate_k_per_min=7.0)).curves[-1]
    (down,) = told.history
    assert (down.to_temperature_k, down.rate_k_per_min) == pytest.approx((330.0, 7.0), abs=0.5)


def test_the_sign_shows_where_heating_and_cooling_differ(path):
    write(path, ramp(450, 350, 10), ramp(350, 450, 10))
    assert "as with --exo down" in " ".join(read_file(path).notes)
    assert "check --exo" in " ".join(read_file(path, ReadOptions(exo="up")).notes)


def test_the_name_of_a_flash_curve_tells_its_ageing(tmp_path):
    path = tmp_path / "flash.txt"
    path.write_bytes(mettler(1, name="[]]5[$glass ag-5.5°C 180ks (real 10.5) (end)"))
    curve = read_file(path, ReadOptions(cooling_rate_k_per_min=6e4)).curves[0]
    assert (curve.ageing_k, curve.ageing_s) == pytest.approx((283.65, 180e3))
    assert [type(segment) for segment in curve.history] == [Ramp, Hold, Ramp]
    path.write_bytes(mettler(1, name="[]]5[$glass ag-5.5°C 0.1-80ks 1000Ks-1"))
    assert read_file(path).curves[0].ageing_s is None


def test_segment_and_json(path, tmp_path, capsys):
    write(path, ramp(450, 350, 5), ramp(350, 450, 10))
    out = tmp_path / "out.json"
    assert main(["inspect", str(path), "--exo", "down", "--segment", "2", "--json", str(out)]) == 0
    (curve,) = json.loads(out.read_text())["curves"]
    assert curve["direction"] == "heating"
    assert curve["cooled_at_k_per_min"] == pytest.approx(5.0, rel=0.01)
    assert curve["tg_half_step_c"] == pytest.approx(400.0 - 273.15, abs=0.5)
    assert "heating" in capsys.readouterr().out
    assert main(["inspect", str(path), str(path), "--json", str(out)]) == 0
    assert len(json.loads(out.read_text())) == 2


def ramps(rates, noise_k, held):
    """Temperatures, times and directions of ramps, each with a hold of the same duration after it if ``held``."""
    ends = [450.0, 350.0]
    parts, expected = [], []
    for number in range(len(rates)):
        start, end = ends[number % 2], ends[(number + 1) % 2]
        parts += [np.linspace(start, end, 200), *([np.full(200, end)] if held else [])]
        expected += ["cooling" if end < start else "heating", *(["hold"] if held else [])]
    temperature_k = np.concatenate(parts)
    step_s = np.concatenate(
        [np.full(len(part), 100.0 / rates[at // 2 if held else at] * 60.0 / 200.0) for at, part in enumerate(parts)]
    )
    temperature_k += noise_k * np.random.default_rng(1).standard_normal(len(temperature_k))
    return temperature_k, np.cumsum(step_s), expected


@settings(max_examples=25, deadline=None)
@given(rates=st.lists(st.floats(0.5, 40.0), min_size=1, max_size=5), noise_k=st.floats(0.0, 0.1), held=st.booleans())
def test_ramps_are_found_at_any_rate(rates, noise_k, held):
    temperature_k, time_s, expected = ramps(rates, noise_k, held)
    found = pieces(temperature_k, time_s)
    directions = [piece.direction for piece in found]
    if held and max(rates) > 10.0 * min(rates):  # a hold that is short beside the next ramp may belong to it
        directions, expected = ([name for name in names if name != "hold"] for names in (directions, expected))
    assert directions == expected
    measured = [rate_k_per_min(temperature_k[p.start : p.stop], time_s[p.start : p.stop])
                for p in found if p.direction != "hold"]  # fmt: skip
    assert measured == pytest.approx(rates, rel=0.03)


def test_noise_early_in_a_short_hold_does_not_hide_it():
    """The turn is where the noise is largest: from there it seems to go on for a little, and then to rest."""
    temperature_k, time_s, expected = ramps([3.1907001388298974, 2.0, 40.0, 37.22943496196002, 2.0], 0.1, held=True)
    assert [piece.direction for piece in pieces(temperature_k, time_s)] == expected


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("Temp./°C", "°C"), ("T (K)", "K"), ("Temperature [ºC]", "ºC"), ("Cp(5)/(J/(g*K))", "J/(g*K)"),
        ("t/min", "min"),
        ("heat_flow_w_per_g", "W/g"), ("Heat Flow (Normalized) (W/g)", "W/g"), ("Heat Flow (Normalized)", ""),
    ],
)  # fmt: skip
def test_units_of_titles(title, unit):
    assert split_title(title)[1] == unit


@pytest.mark.parametrize(
    ("title", "value", "expected"),
    [
        ("T [°C]", 26.85, 300.0), ("time (min)", 2.0, 120.0), ("time/h", 1.0, 3600.0), ("Q [W]", 0.002, 2.0),
        ("DSC/(µW/mg)", 5.0, 0.005), ("cp [kJ/(kg K)]", 1.5, 1.5), ("cp [J/(kg·K)]", 1500.0, 1.5),
        ("cp / J g-1 K-1", 1.5, None), ("cp (J/g°C)", 2.0, 2.0), ("cp [J/g/K]", 2.0, 2.0),
    ],
)  # fmt: skip
def test_conversions(title, value, expected):
    found = column(title)
    if expected is None:
        assert found.kind == "unknown"
    else:
        assert found.factor * value + found.offset == pytest.approx(expected)
