"""The four parameters of the Tool-Narayanaswamy-Moynihan (TNM) model."""

import math
from dataclasses import astuple, dataclass
from numbers import Real
from types import UnionType

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
            object.__setattr__(self, name, check_parameter(name, getattr(self, name)))

    @property
    def u_scale_k(self) -> float:
        """``dh/R`` in K."""
        return self.dh_j_per_mol / GAS_CONSTANT

    def as_array(self) -> NDArray[np.float64]:
        """The values in the order ``ln_a, dh_j_per_mol, x, beta``, shape (4,)."""
        return np.array(astuple(self))


def check_parameter(name: str, value: object) -> float:
    """``value`` as a float; an `InvalidInputError` unless it lies in the physical range of ``name``."""
    low, high = RANGES[name]
    number = checked_number(name, value, -math.inf, math.inf, f"a number from {low:g} to {high:g}")
    if not low <= number <= high:
        looks_like_kj = name == "dh_j_per_mol" and low <= 1e3 * number <= high
        hint = f" J/mol; is {number:g} in kJ/mol?" if looks_like_kj else ""
        raise InvalidInputError(name, value, f"a number from {low:g} to {high:g}{hint}")
    return number


def checked_number(field: str, value: object, low: float, high: float, allowed: str) -> float:
    """``value``, a number or the text of one, as a float from ``low`` to ``high``, or an `InvalidInputError`."""
    # bool is a kind of int, and what else has __float__ (an array of one element) is no number
    usable = isinstance(value, Real | str) and not isinstance(value, bool | np.bool_)
    try:
        number = float(value) if usable else math.nan  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        number = math.nan
    if not (math.isfinite(number) and low <= number <= high):
        raise InvalidInputError(field, value if usable else repr(value), allowed)
    return number


def checked_kind(field: str, value: object, kind: type | UnionType, allowed: str) -> None:
    """Raise `InvalidInputError` unless ``value`` is of a kind."""
    if not isinstance(value, kind):
        raise InvalidInputError(field, repr(value), allowed)


def checked_numbers(field: str, values: object, allowed: str = "numbers") -> NDArray[np.float64]:
    """Array of float64, or `InvalidInputError` where there are other things than numbers, or ragged rows."""
    try:
        found = np.asarray(values)
        if found.dtype.kind == "O" and all(isinstance(value, Real) for value in found.flat):  # beyond 64 bits
            found = found.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        found = np.asarray("")
    if found.dtype.kind not in "iuf":
        raise InvalidInputError(field, repr(values), allowed)
    return np.asarray(found, dtype=np.float64)


def relaxation_time_s(
    parameters: TNMParameters, temperature_k: NDArray[np.float64] | float, fictive_k: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Relaxation time in s at ``temperature_k`` for a structure of fictive temperature ``fictive_k`` (eq. 2).

    A temperature that is not above 0 K is an `InvalidInputError`; a fictive one may be, as solvers try such values.
    """
    checked_kind("parameters", parameters, TNMParameters, "TNMParameters")
    for field, values in (("temperature_k", temperature_k), ("fictive_k", fictive_k)):
        found = checked_numbers(field, values)
        possible = found > 0 if field == "temperature_k" else found != 0
        for wrong in found[~(np.isfinite(found) & possible)].ravel()[:1]:
            raise InvalidInputError(field, wrong, "a temperature above 0 K")
    x, scale = parameters.x, parameters.u_scale_k
    exponent = parameters.ln_a + x * scale / np.asarray(temperature_k) + (1 - x) * scale / np.asarray(fictive_k)
    with np.errstate(over="ignore"):  # infinite where it is too cold
        return np.exp(exponent)
