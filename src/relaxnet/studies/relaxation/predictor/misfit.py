"""Whether the estimates reproduce the scans that they come from, by simulating them again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..physics import ChrProgram, chr_program, simulate_many
from .tables import Sample

Float = NDArray[np.float64]

ALLOWED = 0.1  # noise of 0.01 alone makes 0.01
_STILL = 0.02  # distance from glass and liquid within which a point says nothing


def misfit(samples: Sequence[Sample], parameters: Float) -> Float:
    """Root mean square of the difference between measured and simulated scans, relative to max(1, cp_n,max).

    Points count where the one or the other is between glass and liquid.  All scans of a sample must have the heating
    rate of its first, and no two the same cooling rate.

    Returns
    -------
    ndarray, shape (n,)
        NaN for parameters that cannot be simulated.
    """
    found = np.full(len(samples), np.nan)
    for number, (sample, row) in enumerate(zip(samples, parameters, strict=True)):
        cooling = [scan.cooling_rate_k_per_min for scan in sample.scans]
        try:
            found[number] = _of_one(sample, row, chr_program(cooling, sample.scans[0].heating_rate_k_per_min))
        except InvalidInputError:
            continue
    return found


def _of_one(sample: Sample, parameters: Float, program: ChrProgram) -> float:
    signals = simulate_many(parameters[None], program)
    squares, count, largest = 0.0, 0, 1.0
    for number, scan in enumerate(sample.scans):
        simulated = signals.on_grid(scan.temperature_k)[0, number]
        moving = [(np.abs(cp_n) > _STILL) & (np.abs(cp_n - 1.0) > _STILL) for cp_n in (simulated, scan.cp_n)]
        difference = (simulated - scan.cp_n)[moving[0] | moving[1]]
        squares, count = squares + float(difference @ difference), count + len(difference)
        largest = max(largest, float(scan.cp_n.max()))
    return float(np.sqrt(squares / max(count, 1))) / largest
