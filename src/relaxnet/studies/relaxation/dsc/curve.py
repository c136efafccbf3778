"""What an instrument's file holds: curves of temperature and signal, in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..physics import Hold, Ramp

Float = NDArray[np.float64]

Direction = Literal["heating", "cooling", "hold"]
Quantity = Literal["heat_flow_mw", "heat_flow_w_per_g", "heat_capacity_j_per_g_k", "cp_n"]


@dataclass(frozen=True, eq=False)
class Curve:
    """One segment of a measurement: constant rate in one direction, or a hold.

    Attributes
    ----------
    name : str
        As in the file, or its number.
    direction : "heating", "cooling" or "hold"
    temperature_k, signal : ndarray, shape (points,)
        In order of time; the signal in the unit of ``quantity`` and, where ``endothermic_up`` is known, turned so that
        an endothermic event points up.
    quantity : str
        See `Quantity`.
    endothermic_up : bool or None
        True once the signal is turned; None where neither file nor user says, and the sign is as in the file.
    time_s : ndarray, shape (points,), or None
        From the start of the file's measurement, where the file has times.
    rate_k_per_min : float
        Measured rate without sign; 0 for a hold.
    nominal_rate_k_per_min : float or None
        As the file's head or the user says.
    history : tuple of Ramp and Hold, or None
        What led to this curve, from equilibrium in the liquid at ``history_start_k``; None where the file does not
        tell.  Without the curve itself.
    history_start_k : float or None
    ageing_k, ageing_s : float or None
        Temperature and duration of a hold before the heating that the file names without showing it.
    cooled_at_k_per_min : float or None
        Rate of the cooling before it that the file names without showing it.
    sample : str or None
        Where it differs from that of the file.
    """

    name: str
    direction: Direction
    temperature_k: Float
    signal: Float
    quantity: Quantity
    endothermic_up: bool | None
    time_s: Float | None
    rate_k_per_min: float
    nominal_rate_k_per_min: float | None = None
    history: tuple[Ramp | Hold, ...] | None = None
    history_start_k: float | None = None
    ageing_k: float | None = None
    ageing_s: float | None = None
    cooled_at_k_per_min: float | None = None
    sample: str | None = None


@dataclass(frozen=True, eq=False)
class InstrumentFile:
    """What was read from one file.

    ``maker`` is netzsch, mettler, ta, perkinelmer, setaram or table; ``sample_mass_mg`` is None where the file does
    not say or says 0; ``notes`` are sentences on what was skipped or assumed while reading.  ``likely_exo`` is where an
    exothermic event seems to point, from heatings beside coolings, if that is not known or known to be otherwise.
    """

    path: str
    maker: str
    instrument: str | None
    sample: str | None
    sample_mass_mg: float | None
    curves: tuple[Curve, ...]
    notes: tuple[str, ...] = ()
    likely_exo: Literal["up", "down"] | None = None
