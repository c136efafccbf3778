"""Activation energy from the fictive temperatures of glasses cooled at several rates.

Moynihan, Easteal, De Bolt and Tucker, J. Am. Ceram. Soc. 59 (1976) 12.  Two forms are in use.  By the scaling of the
TNM model it is ``ln(q/Tf**2)`` that falls with ``dh/R`` over ``1/Tf``; the plain ``ln q`` adds ``2 R Tf`` to dh, 1 to
4 % of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...physics import GAS_CONSTANT
from ..result import Flag
from .answer import Found
from .features import Features
from .regression import regression, student

Float = NDArray[np.float64]

_LEAST_SPREAD = 0.02  # of ln q
_OTHER_RATE = 1.1  # ratio of heating rates
# ln(tau q dh/(R Tf**2)) of the equilibrium liquid at Tf: 0.6 (beta 1) to 5.5 (beta 0.2) in simulated glasses of the
# state space, here its median and spread
LN_TAU_SCALED, _LN_TAU_SCALED_SD = 2.2, 1.1


class Activation(NamedTuple):
    """Activation energy in J/mol, its standard error, half-width of the 90 % interval in these, degrees of freedom."""

    dh_j_per_mol: float
    std: float
    half_width_90: float
    freedom: int


def activation(measured: Sequence[Features], *, plain: bool = False) -> Activation | None:
    """Activation energy from the scans after a plain cooling; None for one rate, or if they do not rise with it.

    ``plain`` takes the form ``d ln q / d(1/Tf)``.
    """
    cooled = [(rate, one.fictive_k) for one in measured if (rate := one.cooling_k_per_s)]
    if not cooled or np.ptp(np.log([rate for rate, _ in cooled])) < _LEAST_SPREAD:
        return None
    rate, fictive_k = np.array(cooled).T
    if (fictive_k <= 0).any():
        return None
    # rates are exact, fictive temperatures are not: these belong on the axis that may err
    line = regression(np.log(rate) if plain else np.log(rate / fictive_k**2), 1.0 / fictive_k)
    if not line.slope < 0:
        return None
    dh = -GAS_CONSTANT / line.slope
    return Activation(dh, dh * line.slope_std / -line.slope, student(line.freedom), line.freedom)


def ln_a_of(measured: Sequence[Features], dh_j_per_mol: float) -> float:
    """Value of ln A of a glass in the middle of the state space that was frozen in at these temperatures."""
    found = []
    for one in measured:
        if rate := one.cooling_k_per_s:
            u = dh_j_per_mol / (GAS_CONSTANT * one.fictive_k)
            found.append(LN_TAU_SCALED - np.log(rate * u / one.fictive_k) - u)
    return float(np.mean(found))


def by_area(measured: Sequence[Features], lag_s: float = 0.0) -> Found:
    """Equal areas and Moynihan's plot: dh, and ln A by a rule of thumb."""
    found = Found("equal area")
    found.flags += of_plot(measured, lag_s)
    line = activation(measured)
    if line is None:
        found.flags.append(no_activation(measured))
        return found
    dh = line.dh_j_per_mol
    mean_k = float(np.mean([one.fictive_k for one in measured if one.cooling_k_per_s]))
    ln_a_std = float(np.hypot(_LN_TAU_SCALED_SD, line.std / (GAS_CONSTANT * mean_k)))
    found.parameters[:2] = ln_a_of(measured, dh), dh
    found.std[:2] = ln_a_std, line.std
    found.half_width_90[:2] = line.half_width_90
    found.covariance = np.full((4, 4), np.nan)
    tied = -(line.std**2) / (GAS_CONSTANT * mean_k)
    found.covariance[:2, :2] = [[ln_a_std**2, tied], [tied, line.std**2]]
    text = f"ln A from the rule that tau is {np.exp(LN_TAU_SCALED):.0f} R Tf**2/(dh q) at Tf, good to about 1; it "
    found.flags.append(Flag("ln_a_by_rule", text + "depends on x and beta."))
    if not line.freedom:
        found.flags.append(two_rates())
    return found


def of_plot(measured: Sequence[Features], lag_s: float) -> list[Flag]:
    """Flags of what the plot leaves out, and of heating rates that are not one."""
    text = "Not in Moynihan's plot: its glass was not made by one cooling at a constant rate."
    flags = [Flag("not_in_plot", text, one.scan.scan.label) for one in measured if not one.cooling_k_per_s]
    rates = [one.scan.heating_k_per_s for one in measured if one.cooling_k_per_s]
    if not lag_s and rates and max(rates) > _OTHER_RATE * min(rates):
        text = "The scans were heated at different rates, so that a thermal lag moves their fictive temperatures apart "
        flags.append(Flag("lag_moves_dh", text + "and makes dh too low; give the lag, or heat all at one rate."))
    return flags


def no_activation(measured: Sequence[Features]) -> Flag:
    """Why there is no dh."""
    rates = sorted({round(60.0 * rate, 4) for one in measured if (rate := one.cooling_k_per_s)})
    if len(rates) < 2:
        text = "dh needs glasses cooled at two rates or more"
        return Flag("dh_unidentified", f"{text}; add a scan cooled {_other_rate(rates)}.")
    text = "The fictive temperatures do not rise with the cooling rate; look at the baselines"
    return Flag("dh_unidentified", f"{text}, and use rates further apart.")


def two_rates() -> Flag:
    """Flag of a line through two points."""
    return Flag("two_rates", "A line through two points has no standard error; add scans cooled at other rates.")


def _other_rate(rates: Sequence[float]) -> str:
    return f"at {rates[0] / 10.0:.2g} K/min or slower" if rates else "at a constant rate into the glass"
