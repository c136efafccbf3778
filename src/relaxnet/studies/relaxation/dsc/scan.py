"""What the fit takes: heating scans, each with its own thermal history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..physics import Program
from ..physics.program import Path
from .curve import Quantity

Float = NDArray[np.float64]
_COLD = 0.75  # of the temperature of the step


@dataclass(frozen=True, eq=False)
class HeatingScan:
    """One heating scan.

    Attributes
    ----------
    temperature_k, signal : ndarray, shape (points,)
        Rising temperatures; the signal in the unit of ``quantity``, endothermic up.
    quantity : str
        See `Quantity`.  For ``cp_n`` the glass and liquid lines are known, 0 and 1; else they are fitted.
    program : Program
        The whole temperature history, from equilibrium in the liquid to the end of this heating.  Its last segment is
        the heating.
    label : str
        Unique in a sample: ``cooled at 10 K/min``, or file and segment.
    run : str
        Scans of one run share an error of the temperature: usually those of one file.
    glass_range_k, liquid_range_k : (float, float) or None
        Where the signal is that of the glass and of the liquid.  Points below the first and above the second are not
        fitted.
    """

    temperature_k: Float
    signal: Float
    quantity: Quantity
    program: Program
    label: str
    run: str
    glass_range_k: tuple[float, float] | None = None
    liquid_range_k: tuple[float, float] | None = None

    @property
    def heating_rate_k_per_min(self) -> float:
        """Rate at the end of the program."""
        return float(abs(self.program.path().rate_k_per_s[-1]) * 60.0)


def cooling_through(path: Path, step_k: float) -> float | None:
    """Rate in K/s of the last cooling through a temperature, None where more than it and the heating is felt.

    What happens in the cold, where nothing relaxes, is not felt.
    """
    rates, knots = path.rate_k_per_s, path.knot_k
    heating = int(np.flatnonzero(rates <= 0)[-1]) + 1 if (rates <= 0).any() else 0
    through = np.flatnonzero((knots[:heating] > step_k) & (knots[1 : heating + 1] <= step_k))
    if not len(through):
        return None
    after = slice(int(through[-1]), heating)
    if ((rates[after] >= 0) & (knots[1:][after] > _COLD * step_k)).any():
        return None
    return float(-rates[through[-1]])
