"""Conformance: the same measurement in every maker's layout comes back to the same numbers."""

import numpy as np
import pytest
from layouts import HEATING_C, LAYOUTS, MASS_MG, RATE, TG_C, heat_flow_mw

from relaxnet.studies.relaxation.dsc.inspection import as_dictionary, as_text, cooled_at_k_per_min, inspect
from relaxnet.studies.relaxation.instruments import ReadOptions, check_usable, read_file


@pytest.fixture(params=LAYOUTS, ids=str)
def layout(request):
    return LAYOUTS[request.param]


@pytest.fixture
def path(tmp_path, layout):
    file = tmp_path / "scan.txt"
    file.write_bytes(layout.data)
    return file


def expected_signal(quantity, temperature_c):
    flow = heat_flow_mw(temperature_c)
    return {
        "heat_flow_mw": flow,
        "heat_flow_w_per_g": flow / MASS_MG,
        "heat_capacity_j_per_g_k": flow / MASS_MG * 60.0 / RATE,
        "cp_n": 1.0 / (1.0 + np.exp(-(temperature_c - TG_C) / 2.0)),
    }[quantity]


def test_the_file_comes_back(path, layout):
    file = read_file(path, ReadOptions(exo=layout.exo))
    assert (file.maker, file.sample, file.sample_mass_mg) == (layout.maker, layout.sample, layout.mass_mg)
    directions = [curve.direction for curve in file.curves]
    assert (directions.count("heating"), directions.count("cooling")) == (layout.heatings, layout.coolings)


def test_temperatures_signal_and_sign(path, layout):
    file = read_file(path, ReadOptions(exo=layout.exo, heating_rate_k_per_min=RATE if "tidy" in str(layout) else None))
    for curve in file.curves:
        if curve.direction == "heating":
            assert curve.endothermic_up is True
            assert curve.quantity == layout.quantity
            temperature_c = curve.temperature_k - 273.15
            assert len(temperature_c) >= 190
            np.testing.assert_allclose(temperature_c, HEATING_C[: len(temperature_c)], atol=2e-3)
            np.testing.assert_allclose(curve.signal, expected_signal(curve.quantity, temperature_c), atol=2e-5)


def test_rates_and_history(path, layout):
    options = ReadOptions(exo=layout.exo, heating_rate_k_per_min=RATE if layout.quantity == "cp_n" else None)
    heatings = check_usable(read_file(path, options))
    for curve in heatings:
        assert curve.rate_k_per_min == pytest.approx(RATE, rel=1e-3)
        if curve.nominal_rate_k_per_min is not None:
            assert curve.nominal_rate_k_per_min == pytest.approx(RATE, rel=1e-3)
    found = cooled_at_k_per_min(heatings[-1])
    assert found == (None if layout.cooled_at is None else pytest.approx(layout.cooled_at, rel=1e-3))


def test_inspection_finds_the_transition(path, layout):
    inspected = inspect(read_file(path, ReadOptions(exo=layout.exo)))
    heatings = [curve for curve in as_dictionary(inspected)["curves"] if curve["direction"] == "heating"]
    assert heatings[0]["tg_half_step_c"] == pytest.approx(TG_C, abs=0.5)
    assert all(heating["events"] == [] for heating in heatings)
    assert layout.maker in as_text(inspected)


def test_a_damaged_file_is_told_in_one_line(path, layout):
    """Cut short or with bytes changed at random: it is read or refused, never a traceback."""
    from relaxnet.core.errors import RelaxnetError

    generator = np.random.default_rng(len(layout.data))
    for _ in range(12):
        data = bytearray(layout.data[: generator.integers(1, len(layout.data))])
        for at in generator.integers(0, len(data), 8):
            if generator.random() < 0.5:
                data[at] = generator.integers(0, 256)
        path.write_bytes(data)
        error = None
        try:
            inspect(read_file(path, ReadOptions(exo=layout.exo)))
        except RelaxnetError as raised:
            error = str(raised)
        assert error is None or ("\n" not in error and str(path) in error)
