"""Expectations of quartets drawn between the points of the lattice: inside their region, on no pair of a subset."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..dataset.regions import lattice_distance, limits, places
from ..dataset.schema import PARAMETER_COLUMNS
from ..dataset.state_space import SHAPE_VALUES, SUBSETS

_ROUNDING = 1e-6  # of a place computed from the parameters
_NO_PAIR = 1e-9  # steps of the lattice: nearer than this is the pair itself


def place_columns(table: pd.DataFrame, region: str) -> dict[str, NDArray[np.float64]]:
    """Where the quartets of a table of parameters lie, and how far from the (dh, ln A) pairs of the lattices there."""
    parameters = table[list(PARAMETER_COLUMNS)].to_numpy(dtype=np.float64)
    lattices = ("G", *SUBSETS) if region == "plane" else (region, "G")
    with np.errstate(all="ignore"):
        i, j = places(parameters)
        distance = np.min([lattice_distance(parameters, subset) for subset in lattices], axis=0)
    return {"place_dh": i, "place_ln_a": j, "pair_distance": distance}


def place_checks(region: str) -> list[tuple[str, str, float, float | None, str]]:
    """Name, column, lowest and highest value and unit of each expectation."""
    (first_i, last_i), (first_j, last_j) = limits(region)
    steps = "steps of the lattice"
    return [
        ("dh lies in the region", "place_dh", first_i - _ROUNDING, last_i + _ROUNDING, steps),
        ("ln A lies in the region", "place_ln_a", first_j - _ROUNDING, last_j + _ROUNDING, steps),
        *((f"{name} lies in the state space", name, SHAPE_VALUES[0], SHAPE_VALUES[-1], "") for name in ("x", "beta")),
        ("No pair of dh and ln A lies on the lattice", "pair_distance", _NO_PAIR, None, steps),
    ]
