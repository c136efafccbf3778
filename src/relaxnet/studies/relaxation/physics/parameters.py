"""The four parameters of the Tool-Narayanaswamy-Moynihan (TNM) model."""

import math
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

GAS_CONSTANT = 8.314462618  # J/(mol K), CODATA 2018
ZERO_CELSIUS_K = 273.15

# Physical ranges accepted from users.  Below x = 0.05 or beta = 0.1 the glass end of a scan is never reached.
RANGES = {"ln_a": (-5000.0, 100.0), "dh_j_per_mol": (1e3, 1e8), "x": (0.05, 1.0), "beta": (0.1, 1.0)}
PARAMETER_NAMES = tuple(RANGES)


@dataclass(frozen=True)
class TNMParameters:
    """Parameters of ``tau = A exp[x dh/(R T) + (1 - x) dh/(R Tf)]`` and ``phi = exp(-xi**beta)``.

    ``ln_a`` is the natural logarithm of the pre-exponential factor A in seconds, ``dh_j_per_mol`` the apparent
    activation energy in J/mol, ``x`` the non-linearity and ``beta`` the non-exponentiality, both in (0, 1].  Raises
    `InvalidInputError` where a value is not finite or outside its range.

    Examples
    --------
    >>> as2se3 = TNMParameters(ln_a=-79.21, dh_j_per_mol=318_444.0, x=0.57, beta=0.71)
    >>> as2se3.as_array().tolist()
    [-79.21, 318444.0, 0.57, 0.71]
    >>> TNMParameters(-79.21, 318_444.0, x=0.57, beta=1.5)
    Traceback (most recent call last):
    relaxnet.core.errors.InvalidInputError: beta = 1.5: must be a number from 0.1 to 1
    """

    ln_a: float
    dh_j_per_mol: float
    x: float
    beta: float

    def __post_init__(self) -> None:
        for name in PARAMETER_NAMES:
            check_parameter(name, getattr(self, name))
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def u_scale_k(self) -> float:
        """``dh/R`` in K."""
        return self.dh_j_per_mol / GAS_CONSTANT

    def as_array(self) -> NDArray[np.float64]:
        """The values in the order ``ln_a, dh_j_per_mol, x, beta``, shape (4,)."""
        return np.array(astuple(self))


def check_parameter(name: str, value: float) -> None:
    """Raise `InvalidInputError` unless ``value`` is a finite number inside the physical range of ``name``."""
    low, high = RANGES[name]
    allowed = f"a number from {low:g} to {high:g}"
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InvalidInputError(name, value, allowed) from None
    if not (math.isfinite(number) and low <= number <= high):
        raise InvalidInputError(name, value, allowed)


def relaxation_time_s(
    parameters: TNMParameters, temperature_k: NDArray[np.float64] | float, fictive_k: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Relaxation time in s at ``temperature_k`` for a structure of fictive temperature ``fictive_k`` (eq. 2)."""
    x, scale = parameters.x, parameters.u_scale_k
    exponent = parameters.ln_a + x * scale / np.asarray(temperature_k) + (1 - x) * scale / np.asarray(fictive_k)
    return np.exp(exponent)
