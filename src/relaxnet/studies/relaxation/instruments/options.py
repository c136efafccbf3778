"""What a user says about a file that the file does not say itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from relaxnet.core.errors import InvalidInputError

from ..physics.parameters import checked_number
from ..physics.program import check_rate

Exotherm = Literal["up", "down"]
EXOTHERMS: dict[str, Exotherm] = {"up": "up", "down": "down"}  # as files have it
_MASS_RANGE_MG = (1e-9, 1e5)


@dataclass(frozen=True)
class ReadOptions:
    """Facts for a file that lacks them; None where the file is to tell.

    Attributes
    ----------
    exo : "up", "down" or None
        Direction of an exothermic event in the file; it also overrules the file.
    mass_mg : float or None
        Of the sample; it also overrules the file.
    cooling_rate_k_per_min : float or None
        Of the cooling before each heating whose history the file does not hold.
    heating_rate_k_per_min : float or None
        Of heatings without times.
    segment : int or None
        Keep this curve only, counted from 1 as ``relaxnet inspect`` lists them.

    Raises
    ------
    InvalidInputError
        For a value out of range, naming the option.
    """

    exo: Exotherm | None = None
    mass_mg: float | None = None
    cooling_rate_k_per_min: float | None = None
    heating_rate_k_per_min: float | None = None
    segment: int | None = None

    def __post_init__(self) -> None:
        if self.exo is not None and self.exo not in get_args(Exotherm):
            raise InvalidInputError("--exo", self.exo, "up or down: where an exothermic event points in the file")
        if self.mass_mg is not None:
            low, high = _MASS_RANGE_MG
            allowed = f"a mass from {low:g} to {high:g} mg"
            object.__setattr__(self, "mass_mg", checked_number("--mass-mg", self.mass_mg, low, high, allowed))
        for field in ("cooling_rate_k_per_min", "heating_rate_k_per_min"):
            if (value := getattr(self, field)) is not None:
                option = f"--{field.removesuffix('_k_per_min').replace('_', '-')}"
                object.__setattr__(self, field, check_rate(option, value))
        if self.segment is not None and (isinstance(self.segment, bool) or int(self.segment) != self.segment):
            raise InvalidInputError("--segment", self.segment, "a whole number from 1")
        if self.segment is not None and self.segment < 1:
            raise InvalidInputError("--segment", self.segment, "a whole number from 1")
