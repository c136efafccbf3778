"""What can be asked of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.processes import check_workers

from ...physics.parameters import PARAMETER_NAMES, check_parameter, checked_kind, checked_number

MAX_LAG_S = 1e4
Lag = Literal["auto"] | float


@dataclass(frozen=True)
class FitOptions:
    """Options of `fit`; `InvalidInputError` for impossible ones.

    Attributes
    ----------
    lag : "auto" or float
        Time constant of the thermal lag in s, 0 for none; ``auto`` fits it.
    fix : mapping of str to float
        Parameters (``ln_a, dh_j_per_mol, x, beta``) that are known.
    robust : bool
        Give points far from the model less weight (Huber).
    refine : bool
        False for the answer of the trained networks, without a fit.
    noise : float, optional
        Standard deviation of a point in shares of the step, where it is known.
    workers : int
        Threads.
    """

    lag: Lag = "auto"
    fix: Mapping[str, float] = field(default_factory=dict)
    robust: bool = False
    refine: bool = True
    noise: float | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        if self.lag != "auto":
            allowed = f"auto, or a time from 0 to {MAX_LAG_S:g} s"
            object.__setattr__(self, "lag", checked_number("lag", self.lag, 0.0, MAX_LAG_S, allowed))
        checked_kind("fix", self.fix, Mapping, "a mapping of parameters to values")
        for name in self.fix:
            if name not in PARAMETER_NAMES:
                raise InvalidInputError("fix", name, f"one of {', '.join(PARAMETER_NAMES)}")
        object.__setattr__(self, "fix", {name: check_parameter(name, value) for name, value in self.fix.items()})
        if len(self.fix) == len(PARAMETER_NAMES):
            raise InvalidInputError("fix", ", ".join(self.fix), "at most three of the four parameters")
        for name in ("robust", "refine"):
            checked_kind(name, getattr(self, name), bool | np.bool_, "True or False")
        if self.noise is not None:
            object.__setattr__(self, "noise", checked_number("noise", self.noise, 1e-9, 1e3, "a number above 0"))
        check_workers(self.workers)
