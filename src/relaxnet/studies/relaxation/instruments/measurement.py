"""What a maker's reader returns: blocks of rows in our units, not yet split into heating, cooling and holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..dsc.curve import Quantity
from .options import Exotherm

Float = NDArray[np.float64]


class Ageing(NamedTuple):
    """A hold before the heating, that a file tells of without showing it."""

    temperature_k: float
    duration_s: float


class Nominal(NamedTuple):
    """A ramp as the head of a file has it; ends are None where it does not tell."""

    start_k: float | None
    rate_k_per_min: float
    end_k: float | None


@dataclass(frozen=True, eq=False)
class Block:
    """Rows in order of time, as they stand together in a file.

    Attributes
    ----------
    name : str
    temperature_k, signal : ndarray, shape (rows,)
    quantity : str
    time_s : ndarray, shape (rows,), or None
    nominal : Nominal or None
    program_k : ndarray, shape (rows,), or None
        Temperature that was set.
    cooled_at_k_per_min : float or None
        Rate of the cooling before it, where the file tells.
    ageing : Ageing or None
    follows : bool
        Whether it is the continuation of the block before it, in one measurement.
    sample : str or None
        Of this block, where it differs from that of the file.
    line : ndarray, shape (rows,), or None
        Line of the file that each row stands in, from 1.
    """

    name: str
    temperature_k: Float
    signal: Float
    quantity: Quantity
    time_s: Float | None = None
    nominal: Nominal | None = None
    program_k: Float | None = None
    cooled_at_k_per_min: float | None = None
    ageing: Ageing | None = None
    follows: bool = False
    sample: str | None = None
    line: NDArray[np.int64] | None = None


@dataclass(eq=False)
class Measurement:
    """A file as its maker's reader understands it; ``exo`` is None where it does not tell.

    ``likely_exo`` is what the curves suggest, where that is not what is known.
    """

    maker: str
    blocks: list[Block]
    instrument: str | None = None
    sample: str | None = None
    mass_mg: float | None = None
    exo: Exotherm | None = None
    likely_exo: Exotherm | None = None
    notes: list[str] = field(default_factory=list)
