"""Heating scans as an instrument would give them, from known parameters: for tests, calibration and planning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

from ..estimation.lag import with_lag
from ..physics import Program, Ramp, chr_program, simulate_many
from ..physics.program import TABLE_1_COOLING_RATES_K_PER_MIN
from ..physics.window import measured_window
from .curve import Quantity
from .scan import HeatingScan

Float = NDArray[np.float64]
_FURTHER_K = 60.0  # of the program beyond what is measured


def simulated_scans(
    parameters: ArrayLike, cooling_k_per_min: Sequence[float] = TABLE_1_COOLING_RATES_K_PER_MIN,
    heating_k_per_min: float = 10.0, *, noise: float = 0.0, lag_s: float = 0.0, lines: bool = False,
    generator: np.random.Generator | None = None, step_k: float = 1.0, reach_k: float | None = None,
) -> list[HeatingScan]:  # fmt: skip
    """Scans of one glass after cycles of cooling and heating, of one run.

    Parameters
    ----------
    parameters : array_like, shape (4,)
        ``ln_a, dh_j_per_mol, x, beta``.
    noise : float
        Standard deviation of the white noise of every point, in shares of the step.
    lag_s : float
        Time constant of the thermal lag.
    lines : bool
        Raw heat flow with random glass and liquid lines (in W/g, step about 0.04), instead of cp_n.
    generator : numpy.random.Generator, optional
        Of noise and lines.
    step_k : float
        Distance of the points in K.
    reach_k : float, optional
        How far the points reach beyond the temperatures at which cp_n leaves 0.01 and comes to 0.99 for good; by
        default as `estimation.scans.measured_scans`.

    Raises
    ------
    InvalidInputError
        For parameters that cannot be simulated, and noise or lines without a generator.
    """
    if (noise or lines) and generator is None:
        raise InvalidInputError("generator", "None", "given, where there is noise")
    program = chr_program(sorted(cooling_k_per_min), heating_k_per_min)
    signals = simulate_many(np.asarray(parameters, dtype=np.float64)[None], program)
    node_k, cp_n = signals.temperature_k[0], signals.cp_n[0].astype(np.float64)
    lag_k = lag_s * heating_k_per_min / 60.0
    if reach_k is None:
        low, high = measured_window(node_k[None], cp_n[None], np.array([lag_k]))
        low_k, high_k = float(low[0]), float(high[0])
    else:
        low_k, high_k = _transition(node_k, cp_n)
        low_k, high_k = low_k - reach_k, high_k + reach_k + 3.0 * lag_k
    grid_k = np.arange(np.ceil(low_k / step_k), np.floor(high_k / step_k) + 1) * step_k
    start_k = max(float(node_k.max()), high_k) + _FURTHER_K
    turn_k = max(min(float(node_k.min()), low_k) - _FURTHER_K, 0.5 * low_k)
    scans = []
    for row, rate in enumerate(program.cooling_rates_k_per_min):
        signal = with_lag(node_k[row], cp_n[row], grid_k, lag_k)
        quantity: Quantity = "cp_n"
        if noise and generator is not None:
            signal = signal + noise * generator.standard_normal(len(grid_k))
        if lines and generator is not None:
            signal, quantity = _with_lines(signal, grid_k, generator), "heat_flow_w_per_g"
        path = Program(start_k, (Ramp(turn_k, rate), Ramp(start_k, heating_k_per_min)))
        scans.append(HeatingScan(grid_k, signal, quantity, path, f"cooled at {rate:g} K/min", "simulated"))
    return scans


def _with_lines(cp_n: Float, grid_k: Float, generator: np.random.Generator) -> Float:
    """Heat flow between random lines; the noise stays a share of the step."""
    step = 0.04 * float(np.exp(generator.normal(0.0, 0.3)))
    place = (grid_k - grid_k.mean()) / 100.0
    glass = step * (generator.normal(5.0, 2.0) + generator.normal(0.5, 0.3) * place)
    return np.asarray(glass + step * (1.0 + generator.normal(-0.1, 0.15) * place) * cp_n)


def _transition(node_k: Float, cp_n: Float) -> tuple[float, float]:
    low, high = np.inf, -np.inf
    for t, y in zip(node_k, cp_n, strict=True):
        moving = np.flatnonzero((np.abs(y) > 0.01) & (np.abs(y - 1.0) > 0.01))
        low, high = min(low, t[moving[0]]), max(high, t[moving[-1]])
    return float(low), float(high)
