"""Classical methods by name."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from relaxnet.core.errors import InvalidInputError

from ...physics.parameters import checked_number
from ..fit.options import MAX_LAG_S
from ..result import Estimate, Flag
from ..scan import HeatingScan
from ..shown import LAG_ASSUMED
from .answer import Found, estimate_of
from .area import by_area
from .features import Features, features
from .levenberg_marquardt import by_levenberg_marquardt
from .peak_heights import by_peak_heights
from .peak_shift import by_peak_shift

Method = Literal["equal-area", "peak-shift", "peak-heights", "levenberg-marquardt"]
METHODS: tuple[Method, ...] = get_args(Method)
COMBINED: Method = "peak-heights"


def estimate(
    scans: Sequence[HeatingScan], method: Method = COMBINED, *, lag: Literal["auto"] | float = "auto",
    start: Mapping[str, float] | None = None, events: Sequence[Flag] = (),
) -> Estimate:  # fmt: skip
    """Estimate the parameters of a glass by a classical method.

    Parameters
    ----------
    scans : sequence of HeatingScan
        Of one sample.  Raw signals are normalised by lines through the ranges that the scans name, or else found; the
        lines' errors are not in the standard deviations.
    method : str
        ``equal-area``: dh by Moynihan's plot of fictive temperatures; ``peak-shift``: x, from annealed glasses;
        ``peak-heights``: dh by equal areas, x and beta by heights of peaks compared with simulated ones, all that a
        careful user gets without a fit; ``levenberg-marquardt``: plain fit in the raw parameters from ``start``.
    lag : "auto" or float
        Time constant of a known thermal lag in s; these methods find none, ``auto`` is 0.
    start : mapping of str to float, optional
        ``ln_a, dh_j_per_mol, x, beta`` from which the last method starts; by default the peak heights' answer.
    events : sequence of Flag
        What was seen before; goes into the flags.

    Returns
    -------
    Estimate
        NaN for parameters that a method does not give, with a flag.  Standard deviations are those of regression.

    Raises
    ------
    InvalidInputError
        For scans that have no rising step, or do not belong to their programs, and impossible options.

    Examples
    --------
    >>> import numpy as np
    >>> from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
    >>> scans = simulated_scans([-79.21, 318_444.0, 0.57, 0.71], noise=0.01, generator=np.random.default_rng(1))
    >>> found = estimate(scans)
    >>> [float(f"{value:.2g}") for value in found.parameters]
    [-79.0, 320000.0, 0.57, 0.71]
    """
    if method not in METHODS:
        raise InvalidInputError("method", method, f"one of {', '.join(METHODS)}")
    if start is not None and method != "levenberg-marquardt":
        raise InvalidInputError("start", dict(start), "absent, except for levenberg-marquardt")
    lag_s = 0.0 if lag == "auto" else checked_number("lag", lag, 0.0, MAX_LAG_S, f"auto, or from 0 to {MAX_LAG_S:g} s")
    began = time.perf_counter()
    measured = features(scans, lag_s)
    found = _found(measured, method, lag_s, start)
    if lag == "auto":
        text = "The thermal lag was taken as 0: this method finds none. Give it where it is known (--lag)."
        events = (*events, Flag(LAG_ASSUMED, text))
    return replace(estimate_of(found, measured, lag_s, events), seconds=time.perf_counter() - began)


def _found(measured: Sequence[Features], method: Method, lag_s: float, start: Mapping[str, float] | None) -> Found:
    if method == "equal-area":
        return by_area(measured, lag_s)
    if method == "peak-shift":
        return by_peak_shift(measured)
    if method == "peak-heights":
        return by_peak_heights(measured, lag_s)
    return by_levenberg_marquardt(measured, lag_s, start)
