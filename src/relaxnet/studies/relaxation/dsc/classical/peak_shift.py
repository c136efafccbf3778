"""Nonlinearity x from the shift of the peak: the peak-shift method.

For a glass that is far annealed the time until it devitrifies on heating follows ``x dh/(R T) + (1 - x) dh/(R Tf)``, so
that at one heating rate the peak moves by ``dTp/dTf = 1 - 1/x``.  It is the normalised shift ``F(x) = 1/x - 1`` of
Ramos, Hutchinson and Kovacs (J. Polym. Sci. Polym. Phys. Ed. 22 (1984) 1655) by the enthalpy lost; with ``Tf`` in place
of the enthalpy it needs no dh, and holds for slow coolings as well as for annealing.  The limit is approached slowly:
after real annealing x comes out too high, by 0.05 to 0.1 as a rule (Svoboda, J. Am. Ceram. Soc. 106 (2023) 5233), by
0.2 to 0.5 from coolings of 0.5 to 20 K/min before heating at 10 K/min.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..result import Flag
from .answer import Found
from .features import Features
from .regression import regression, student

_HIGH = 2.5  # peak of an aged glass, from which it counts as well annealed
_SAME_RATE = 0.02  # of heating
_LEAST_SHIFT_K = 0.1
_ADD = "add scans after ageing some 15 K below the transition, each ten times as long as the one before."


def by_peak_shift(measured: Sequence[Features]) -> Found:
    """Nonlinearity from the peaks of scans at one heating rate."""
    found = Found("peak shift")
    usable = _of_one_rate(found, measured)
    annealed = [one for one in usable if one.cooling_k_per_s is None and one.peak >= _HIGH]
    short = len(annealed) < 2
    if short:  # the two lowest fictive temperatures, nearest to the limit
        annealed = sorted(usable, key=lambda one: one.fictive_k)[:2]
    fictive_k = np.array([one.fictive_k for one in annealed])
    if len(annealed) < 2 or np.ptp(fictive_k) < _LEAST_SHIFT_K:
        text = "The peak-shift method needs peaks of two glasses of different fictive temperature, heated at one rate; "
        text += _ADD
        found.flags.append(Flag("x_unidentified", text))
        return found
    line = regression(fictive_k, np.array([one.peak_k for one in annealed]))
    if not line.slope < 0:
        text = f"The peaks move by {line.slope:.2g} times the fictive temperature; it should be below 0."
        found.flags.append(Flag("x_unidentified", text))
        return found
    if short:
        text = "No two glasses are well annealed: x comes out too high, by 0.2 to 0.5 from slow coolings alone; "
        found.flags.append(Flag("not_well_annealed", text + _ADD))
    x = 1.0 / (1.0 - line.slope)
    found.parameters[2], found.std[2] = x, x * x * line.slope_std
    found.half_width_90[2] = student(line.freedom)
    if not line.freedom:
        text = "A line through two peaks has no standard error; add a third annealed glass."
        found.flags.append(Flag("two_peaks", text))
    return found


def _of_one_rate(found: Found, measured: Sequence[Features]) -> list[Features]:
    """Scans with a peak at the most frequent heating rate; flags for the others."""
    with_peak = [one for one in measured if np.isfinite(one.peak_k)]
    rates = np.array([one.scan.heating_k_per_s for one in with_peak])
    if not len(rates):
        return []
    same = np.abs(np.log(rates[:, None] / rates[None, :])) < _SAME_RATE
    kept = same[int(np.argmax(same.sum(axis=1)))]
    for one, stays in zip(with_peak, kept, strict=True):
        if not stays:
            text = f"Heated at {60.0 * one.scan.heating_k_per_s:.3g} K/min, unlike most: not used for the peak shift."
            found.flags.append(Flag("other_heating_rate", text, one.scan.scan.label))
    return [one for one, stays in zip(with_peak, kept, strict=True) if stays]
