"""Numbers that describe a relaxation signal: height, width, position, area."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .parameters import checked_kind
from .signals import Signals

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Descriptors:
    """Descriptors of every scan, each of shape (n, scans).

    ``cp_n_max`` is the height of the relaxation peak (at least 1, the liquid), ``peak_temperature_k`` its place,
    ``half_width_k`` dT_hw, from the first crossing of cp_n = 1 to the maximum (0 where the signal never exceeds 1),
    ``half_rise_k`` the first crossing of cp_n = 1/2, and ``area_fictive_k`` the fictive temperature of the glass by
    equal areas: the cold end of the scan plus the integral of ``1 - cp_n`` over it.
    """

    cp_n_max: Float
    peak_temperature_k: Float
    half_width_k: Float
    half_rise_k: Float
    area_fictive_k: Float


def describe(signals: Signals) -> Descriptors:
    """Compute the `Descriptors` of `Signals`.

    Examples
    --------
    >>> from relaxnet import TNMParameters, simulate
    >>> found = describe(simulate(TNMParameters(-79.21, 318_444.0, 0.57, 0.71)))
    >>> found.cp_n_max[0].round(2).tolist()
    [2.61, 2.22, 1.92, 1.62, 1.47, 1.37]
    >>> found.half_width_k[0].round(1).tolist()
    [9.8, 9.2, 8.5, 7.5, 6.8, 6.2]
    """
    from .kernels.description import describe_scans

    checked_kind("signals", signals, Signals, "Signals, as simulate gives for a ChrProgram")

    shape = signals.u.shape[:2]
    result = Descriptors(*(np.empty(shape) for _ in range(5)))
    describe_scans(
        signals.temperature_k, signals.cp_n.astype(np.float64), result.cp_n_max, result.peak_temperature_k,
        result.half_width_k, result.half_rise_k, result.area_fictive_k,
    )  # fmt: skip
    return result
