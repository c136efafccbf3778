"""Thermal histories of scans, from what is known of them."""

import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.dsc.curve import Curve
from relaxnet.studies.relaxation.dsc.histories import history
from relaxnet.studies.relaxation.dsc.options import ScanOptions

GIVEN = ScanOptions(cooling_rate_k_per_min=10.0, heating_rate_k_per_min=10.0)


def named(name):
    temperature_k = np.arange(400.0, 500.0)
    return Curve(name, "heating", temperature_k, np.ones(100), "cp_n", True, None, np.nan)


@pytest.mark.parametrize("name", ["OTP ag-46.5ºC 0.1-80ks", "aged, second run", "PS ageing series 3", "annealed film"])
def test_ageing_of_unknown_duration_is_asked_for(name):
    with pytest.raises(InvalidInputError, match=r"--program = .*: must be given: the name of a.txt speaks of ageing"):
        history(named(name), "a.txt", None, GIVEN)


@pytest.mark.parametrize("name", ["1", "Ag2Se3", "image 3", "average of 3", "page 2"])
def test_other_names_say_nothing_of_ageing(name):
    program, origin = history(named(name), "a.txt", None, GIVEN)
    assert origin == "options"
    assert [segment.rate_k_per_min for segment in program.segments] == [10.0, 10.0]
