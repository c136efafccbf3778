"""Whether a program begins in the liquid: the model takes its start for equilibrium."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..physics import GAS_CONSTANT, ZERO_CELSIUS_K
from .result import Flag
from .scan import HeatingScan

_EQUILIBRIUM_S = 100.0  # relaxation time by which the liquid is called a glass


def start_in_glass(parameters: ArrayLike, start_k: float) -> str:
    """Sentence on a program that starts where the glass of ``ln_a, dh_j_per_mol, ...`` hardly relaxes; else empty.

    Examples
    --------
    >>> start_in_glass([-79.21, 318_444.0, 0.57, 0.71], 520.0)
    ''
    >>> start_in_glass([-79.21, 318_444.0, 0.57, 0.71], 400.0)[:57]
    'The program starts in equilibrium at 126.9 °C, where the '
    """
    ln_a, dh, *_ = np.asarray(parameters, dtype=np.float64).tolist()
    tau_s = float(np.exp(min(ln_a + dh / (GAS_CONSTANT * start_k), 700.0)))
    if not tau_s > _EQUILIBRIUM_S:
        return ""
    return (
        f"The program starts in equilibrium at {start_k - ZERO_CELSIUS_K:.1f} °C, where the liquid takes {tau_s:.3g} s "
        "to relax: begin in the liquid to have a glass that was made by cooling."
    )


def start_flags(parameters: ArrayLike, scans: Sequence[HeatingScan]) -> list[Flag]:
    """Flags of scans whose programs start in the glass; one for all where they start alike."""
    texts = {scan.label: start_in_glass(parameters, scan.program.start_temperature_k) for scan in scans}
    told = set(texts.values())
    if len(told) == 1:
        return [Flag("starts_in_glass", text) for text in told if text]
    return [Flag("starts_in_glass", text, label) for label, text in texts.items() if text]
