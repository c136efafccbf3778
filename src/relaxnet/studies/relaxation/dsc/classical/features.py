"""What the classical methods read off a heating scan: fictive temperature, height and place of its peak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..fit.sample import FitScan, prepare
from ..scan import HeatingScan

Float = NDArray[np.float64]

_SMOOTHED = 0.3  # of the width of the step: window of the local parabolas
_FEWEST = 5  # points of it
_OVERSHOOT = 0.02  # of cp_n over 1, below which there is no peak


@dataclass(frozen=True, eq=False)
class Features:
    """One scan with its lines drawn.

    Attributes
    ----------
    scan : FitScan
    cp_n : ndarray, shape (points,)
        Signal between the lines.
    fictive_k : float
        Limiting fictive temperature, by equal areas (Moynihan et al., J. Am. Ceram. Soc. 59 (1976) 12): the hot end
        less the integral of cp_n.
    peak_k, peak : float
        Place and height of the relaxation peak; NaN and 1 without an overshoot.
    """

    scan: FitScan
    cp_n: Float
    fictive_k: float
    peak_k: float
    peak: float

    @property
    def cooling_k_per_s(self) -> float | None:
        """Rate of the cooling that made the glass; None where it was aged, or cooled otherwise."""
        return self.scan.cooling_k_per_s


def features(scans: Sequence[HeatingScan], lag_s: float = 0.0) -> list[Features]:
    """Features of each scan, at temperatures that are lower by a known lag.

    Raises
    ------
    InvalidInputError
        For scans that cannot be used, as `fit` does.
    """
    found = []
    for scan in prepare(scans):
        lag_k = lag_s * scan.heating_k_per_s
        cp_n = scan.rough.cp_n
        peak_k, peak = peak_of(scan, scan.temperature_k, cp_n)
        fictive_k = float(scan.temperature_k[-1] - np.trapezoid(cp_n, scan.temperature_k))
        found.append(Features(scan, cp_n, fictive_k - lag_k, peak_k - lag_k, peak))
    return found


def peak_of(scan: FitScan, temperature_k: Float, cp_n: Float) -> tuple[float, float]:
    """Place and height of a peak, by parabolas through the points around it.

    The window is the same for what is measured and what is simulated for it, so that both lose the same by smoothing.
    """
    step_k = float(np.median(np.diff(temperature_k)))
    count = max(int(_SMOOTHED * scan.rough.width_k / step_k) // 2 * 2 + 1, _FEWEST)
    even_k = temperature_k[0] + step_k * np.arange(int((temperature_k[-1] - temperature_k[0]) / step_k) + 1)
    if len(even_k) < count + 2:
        return float("nan"), 1.0
    half = count // 2
    smooth = np.convolve(np.interp(even_k, temperature_k, cp_n), _weights(count), "valid")
    top = int(np.argmax(smooth))
    if smooth[top] < 1.0 + _OVERSHOOT or top in (0, len(smooth) - 1):
        return float("nan"), 1.0
    below, at, above = smooth[top - 1 : top + 2]
    bend = below - 2.0 * at + above
    shift = 0.5 * (below - above) / bend if bend < 0 else 0.0
    return float(even_k[top + half] + shift * step_k), float(at - 0.25 * (below - above) * shift)


@lru_cache
def _weights(count: int) -> Float:
    """Weights of the middle of a local parabola through ``count`` points."""
    from scipy.signal import savgol_coeffs

    return np.asarray(savgol_coeffs(count, 2))
