import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.physics import ChrProgram, Hold, Program, Ramp, chr_program


def test_defaults_are_the_six_cycles_of_table_1():
    program = chr_program()
    assert program.cooling_rates_k_per_min == (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
    assert program.heating_rate_k_per_min == 10.0


@pytest.mark.parametrize("rates", [(), (0.0, 1.0), (-1.0,), (float("nan"),), (float("inf"),), (2.0, 1.0), (1.0, 1.0)])
def test_bad_cooling_rates_are_named(rates):
    with pytest.raises(InvalidInputError, match=r"^cooling_rates_k_per_min = ") as caught:
        ChrProgram(rates)
    assert caught.value.field == "cooling_rates_k_per_min"


@pytest.mark.parametrize("rate", [0.0, -10.0, float("nan"), 1e12])
def test_bad_heating_rate_is_named(rate):
    with pytest.raises(InvalidInputError, match=r"^heating_rate_k_per_min = .*: must be a rate from 1e-06"):
        chr_program(heating_rate_k_per_min=rate)


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: Ramp(-5.0, 10.0), "to_temperature_k"),
        (lambda: Ramp(300.0, 0.0), "rate_k_per_min"),
        (lambda: Hold(0.0), "duration_min"),
        (lambda: Hold(float("inf")), "duration_min"),
        (lambda: Program(300.0, ()), "segments"),
        (lambda: Program(float("nan"), (Hold(1.0),)), "start_temperature_k"),
        (lambda: Program(400.0, (Ramp(300.0, 1.0), Hold(5.0), Ramp(300.0, 2.0))), "to_temperature_k"),
    ],
)
def test_bad_free_programs_name_the_field(build, field):
    with pytest.raises(InvalidInputError) as caught:
        build()
    assert caught.value.field == field


def test_lists_become_tuples():
    assert chr_program(np.array([1, 2])).cooling_rates_k_per_min == (1.0, 2.0)
    assert Program(400.0, [Hold(1.0)]).segments == (Hold(1.0),)
