"""From the blocks of a measurement to curves of one direction, turned so that endothermic events point up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError

from ..dsc.curve import Curve
from ..physics import ZERO_CELSIUS_K
from .measurement import Block, Measurement
from .options import Exotherm
from .segments import Piece, dummy_rows, pieces, rate_k_per_min

FEWEST_POINTS = 10
_RATE_TOLERANCE = 0.05
_GAP_STEPS, _GAP_K = 5.0, 2.0  # step of the temperature that is a gap: in usual ones, and at least
_HEAT_FLOWS = ("heat_flow_mw", "heat_flow_w_per_g")


def chains_of(
    path: Path, measurement: Measurement, exo: Exotherm | None, heating_rate_k_per_min: float | None
) -> list[list[Curve]]:
    """Curves of a measurement, grouped into those that follow each other without a break.

    Adds to ``measurement`` the notes on what was left out and what does not agree, and the sign that is likely.

    Raises `DataFileError` if no curve is left, if times run backwards, for a heating in which rows are missing, and for
    a cooling where the head of the file claims a heating.
    """
    chains = list[list[Curve]]()
    for block in measurement.blocks:
        curves = _curves(path, block, measurement, exo, heating_rate_k_per_min)
        if block.follows and chains:
            chains[-1] += curves
        else:
            chains.append(curves)
    chains = [chain for chain in chains if chain]
    if not chains:
        rows = max((len(block.temperature_k) for block in measurement.blocks), default=0)
        raise DataFileError(f"{path}: {rows} rows of numbers: a curve of at least {FEWEST_POINTS} points is expected")
    for chain in chains:
        _check_sign(chain, measurement, exo)
    return chains


def _curves(
    path: Path, block: Block, measurement: Measurement, exo: Exotherm | None, heating_rate: float | None
) -> list[Curve]:
    block = _without_dummies(block, measurement.notes)
    time_s = block.time_s
    if time_s is not None and len(time_s) > 1 and (np.diff(time_s) < 0).any():
        row = int(np.argmax(np.diff(time_s) < 0)) + 1
        raise DataFileError(f"{path}: time runs backwards at row {row + 1} of {block.name or 'the table'}: "
                            f"{time_s[row - 1]:g} s, then {time_s[row]:g} s")  # fmt: skip
    found = pieces(block.temperature_k, time_s) if len(block.temperature_k) >= FEWEST_POINTS else []
    found = [piece for piece in found if piece.stop - piece.start >= FEWEST_POINTS]
    _check_claim(path, block, found)
    curves = []
    for number, piece in enumerate(found, 1):
        _check_gap(path, block, piece)
        name = block.name if len(found) == 1 else f"{block.name}, part {number}".removeprefix(", ")
        curves.append(_curve(block, piece, name, exo, heating_rate, measurement))
    return curves


def _curve(
    block: Block, piece: Piece, name: str, exo: Exotherm | None, heating_rate: float | None, measurement: Measurement
) -> Curve:
    part = slice(piece.start, piece.stop)
    temperature_k = block.temperature_k[part]
    time_s = None if block.time_s is None else block.time_s[part]
    nominal = _nominal(block, piece, heating_rate)
    if piece.direction == "hold":
        rate = 0.0
    else:
        measured = rate_k_per_min(temperature_k, time_s) if time_s is not None else math.nan
        rate = measured if math.isfinite(measured) else nominal if nominal is not None else math.nan
        if nominal is not None and abs(rate / nominal - 1.0) > _RATE_TOLERANCE:
            measurement.notes.append(f"{name or 'the curve'}: {rate:.4g} K/min measured, {nominal:g} K/min announced")
    endothermic_up, signal = _turned(block, part, exo)
    return Curve(
        name=name,
        direction=piece.direction,
        temperature_k=temperature_k,
        signal=signal,
        quantity=block.quantity,
        endothermic_up=endothermic_up,
        time_s=time_s,
        rate_k_per_min=rate,
        nominal_rate_k_per_min=nominal,
        ageing_k=block.ageing.temperature_k if block.ageing else None,
        ageing_s=block.ageing.duration_s if block.ageing else None,
        sample=block.sample,
        cooled_at_k_per_min=block.cooled_at_k_per_min,
    )


def _turned(block: Block, part: slice, exo: Exotherm | None) -> tuple[bool | None, NDArray[np.float64]]:
    if block.quantity not in _HEAT_FLOWS:
        return True, block.signal[part]
    if exo is None:
        return None, block.signal[part]
    return True, -block.signal[part] if exo == "up" else block.signal[part]


def _nominal(block: Block, piece: Piece, heating_rate: float | None) -> float | None:
    if piece.direction == "hold":
        return None
    if piece.direction == "heating" and heating_rate is not None:
        return heating_rate
    if block.nominal is not None:
        return block.nominal.rate_k_per_min
    if block.program_k is None or block.time_s is None:
        return None
    part = slice(piece.start, piece.stop)
    program_k = block.program_k[part]
    rate = rate_k_per_min(program_k, block.time_s[part]) if np.isfinite(program_k).all() else math.nan
    return rate if math.isfinite(rate) and rate > 0 else None


def _without_dummies(block: Block, notes: list[str]) -> Block:
    count = dummy_rows(block.temperature_k, block.signal)
    if not count:
        return block
    notes.append(f"{block.name or 'the table'}: {count} first row{'s' * (count > 1)} without a measurement left out")
    return replace(
        block,
        temperature_k=block.temperature_k[count:],
        signal=block.signal[count:],
        time_s=None if block.time_s is None else block.time_s[count:],
        program_k=None if block.program_k is None else block.program_k[count:],
        line=None if block.line is None else block.line[count:],
    )


def _check_gap(path: Path, block: Block, piece: Piece) -> None:
    """Refuse a heating in which rows are missing: nothing tells what the sample did there."""
    temperature_k = block.temperature_k[piece.start : piece.stop]
    steps_k = np.abs(np.diff(temperature_k))
    if piece.direction != "heating" or not steps_k.any():
        return
    usual_k, widest = float(np.median(steps_k[steps_k > 0])), int(np.argmax(steps_k))
    if steps_k[widest] <= max(_GAP_STEPS * usual_k, _GAP_K):
        return
    low_c, high_c = temperature_k[widest : widest + 2] - ZERO_CELSIUS_K
    line = "" if block.line is None else f", line {block.line[piece.start + widest + 1]}"
    raise DataFileError(
        f"{path}{line}: the heating goes from {low_c:.1f} to {high_c:.1f} °C at once (a gap in the measurement, "
        f"{steps_k[widest]:.3g} K): steps of about {usual_k:.2g} K, as in its other rows, are expected"
    )


def _check_claim(path: Path, block: Block, found: Sequence[Piece]) -> None:
    nominal, directions = block.nominal, {piece.direction for piece in found}
    if nominal is None or nominal.start_k is None or nominal.end_k is None or not directions - {"hold"}:
        return
    claimed, other = ("heating", "cooling") if nominal.end_k > nominal.start_k else ("cooling", "heating")
    if claimed not in directions:
        raise DataFileError(
            f"{path}, {block.name}: {claimed} from {nominal.start_k:.5g} to {nominal.end_k:.5g} K is claimed in the "
            f"head, but the temperatures are of a {other}"
        )


def _check_sign(chain: Sequence[Curve], measurement: Measurement, exo: Exotherm | None) -> None:
    """Note where a heating lies below a cooling of the same measurement: heat capacities are positive."""
    heating = next((c for c in reversed(chain) if c.direction == "heating"), None)
    cooling = next((c for c in reversed(chain) if c.direction == "cooling"), None)
    if heating is None or cooling is None or heating.quantity not in _HEAT_FLOWS:
        return
    low = max(heating.temperature_k.min(), cooling.temperature_k.min())
    high = min(heating.temperature_k.max(), cooling.temperature_k.max())
    if high - low < 10.0:
        return
    grid = np.linspace(low + 0.3 * (high - low), high - 0.2 * (high - low), 50)
    above = np.interp(grid, heating.temperature_k, heating.signal)
    gap = above - np.interp(grid, cooling.temperature_k[::-1], cooling.signal[::-1])
    if heating.endothermic_up is None:
        likely: Exotherm = "down" if np.median(gap) > 0 else "up"
        place = "above" if likely == "down" else "below"
        measurement.likely_exo = likely
        measurement.notes.append(f"the sign is not told; heating lies {place} cooling, as with --exo {likely}")
    elif (gap < 0).mean() > 0.9:
        measurement.likely_exo = "up" if exo == "down" else "down"
        measurement.notes.append("the heating lies below the cooling, as if the sign were the other one: check --exo")
