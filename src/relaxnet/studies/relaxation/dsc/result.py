"""Result of an estimate: parameters, how well each is known, what each scan says, and flags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..physics import PARAMETER_NAMES
from .scan import HeatingScan

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Float = NDArray[np.float64]


class Flag(NamedTuple):
    """Something to know about an estimate: a name for programs, a sentence for people, and the scan, if it is of one.

    The sentence says what was found and, where one can, what to measure or to give next.
    """

    name: str
    text: str
    scan: str | None = None


@dataclass(frozen=True, eq=False)
class ScanFit:
    """What the fit makes of one scan.

    Attributes
    ----------
    scan : HeatingScan
    fitted : ndarray of bool, shape (points,)
        Which points the fit used.
    model : ndarray, shape (points,)
        Fitted signal, lines and lag included, in the unit of the scan; NaN outside the window of the fit.
    glass_line, liquid_line : ndarray, shape (points,)
    cp_n : ndarray, shape (points,)
        Measured signal between the fitted lines.
    residual_rms : float
        In shares of the step.
    chi2 : float
        A point, against the noise of this scan: 1 where the model describes it.
    tg_half_step_k, tg_fictive_k : float
        Temperature where the model's signal is half-way between the lines; fictive temperature of the glass at the
        start of the scan.
    dcp, dcp_std : float
        Height of the step at the half step, in the unit of the signal per heating rate where it is a heat flow
        (J/(g K) where the mass is known), else in that of the signal.
    offset_k, offset_std_k : float
        Fitted error of the temperature of the scan's run; 0 for the only run.
    """

    scan: HeatingScan
    fitted: NDArray[np.bool_]
    model: Float
    glass_line: Float
    liquid_line: Float
    cp_n: Float
    residual_rms: float
    chi2: float
    tg_half_step_k: float
    tg_fictive_k: float
    dcp: float
    dcp_std: float
    offset_k: float
    offset_std_k: float


@dataclass(frozen=True, eq=False)
class Estimate:
    """Parameters of the TNM model with their uncertainties.

    Attributes
    ----------
    parameters, std : ndarray, shape (4,)
        ``ln_a, dh_j_per_mol, x, beta``; NaN where nothing could be estimated.
    covariance : ndarray, shape (4, 4)
        By linear theory; ``std`` is that of the interval where the two differ, as in fits that tell little.
    interval_90 : ndarray, shape (4, 2)
    fragility, fragility_std : float
        ``dh/(ln(10) R T)`` at the temperature where the relaxation time of the liquid is 100 s.
    lag_s, lag_std_s : float
        Time constant of the thermal lag; the latter is 0 where it was given.
    residual_rms : float
        Of all scans, in shares of the step.
    chi2 : float
        A degree of freedom, against the noise found in the data.
    noise : float
        Standard deviation of the noise of a point, in shares of the step.
    inflation : float
        Factor by which correlated residuals widen the standard deviations; 1 for white noise, NaN where there are none.
    method : str
    scans : tuple of ScanFit
    flags : tuple of Flag
    seconds : float
    """

    parameters: Float
    std: Float
    covariance: Float
    interval_90: Float
    fragility: float
    fragility_std: float
    lag_s: float
    lag_std_s: float
    residual_rms: float
    chi2: float
    noise: float
    inflation: float
    method: str
    scans: tuple[ScanFit, ...]
    flags: tuple[Flag, ...]
    seconds: float

    def __str__(self) -> str:
        from .shown import estimate_text

        return estimate_text(self)

    __repr__ = __str__

    def to_frame(self) -> pd.DataFrame:
        """One row a parameter: ``value, std, low_90, high_90``."""
        import pandas as pd

        columns = {
            "value": self.parameters, "std": self.std, "low_90": self.interval_90[:, 0],
            "high_90": self.interval_90[:, 1],
        }  # fmt: skip
        return pd.DataFrame(columns, index=pd.Index(PARAMETER_NAMES, name="parameter"))

    def scans_frame(self) -> pd.DataFrame:
        """One row a point of the scans: measured signal, model, lines, cp_n and residual."""
        from .shown import scans_frame

        return scans_frame(self)

    def plot(self) -> Figure:
        """Normalised scans with the model, and their residuals."""
        from .figures import estimate_figure

        return estimate_figure(self)
