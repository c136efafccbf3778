"""The thermal history of each heating, as far as the file or the user tells it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..dsc.curve import Curve
from ..physics import Hold, Ramp
from .segments import rate_near_k_per_min

_NEAR_K = 30.0  # of the transition, within which the cooling's rate counts
_SAME_K = 3.0  # two ends of curves that meet
_SHORTEST_HOLD_S = 1.0

# where the transition of a heating lies: its half step and the lower end of the liquid, or None
Transition = Callable[[Curve], tuple[float, float] | None]


def with_histories(
    chains: Sequence[Sequence[Curve]], transition: Transition, cooling_rate_k_per_min: float | None
) -> list[list[Curve]]:
    """Fill the history of each heating.

    It begins in equilibrium at the hot end of the last heating before it that reached the liquid, or at the first
    curve of the chain if that begins in the liquid.  A heating whose chain holds no cooling gets one at the user's
    rate from its own hot end, and its ageing if the file names one.

    Parameters
    ----------
    chains : sequence of sequences of Curve
        Curves that follow each other without a break.
    transition : callable
    cooling_rate_k_per_min : float or None
    """
    return [
        [_filled(chain, at, transition, cooling_rate_k_per_min) if curve.direction == "heating" else curve
         for at, curve in enumerate(chain)]
        for chain in chains
    ]  # fmt: skip


def told(curve: Curve, rate_k_per_min: float) -> Curve:
    """The curve with the history of a cooling at a given rate from its own hot end, and of its ageing."""
    cold_k, hot_k = float(curve.temperature_k[0]), float(curve.temperature_k[-1])
    history: list[Ramp | Hold] = [Ramp(cold_k, rate_k_per_min)]
    if curve.ageing_k is not None and curve.ageing_s is not None and cold_k < curve.ageing_k < hot_k:
        history = [Ramp(curve.ageing_k, rate_k_per_min), Hold(curve.ageing_s / 60.0), *history]
    return replace(curve, history=tuple(history), history_start_k=hot_k)


def _filled(chain: Sequence[Curve], at: int, transition: Transition, rate_k_per_min: float | None) -> Curve:
    curve = chain[at]
    if curve.history is not None:
        return curve
    found = transition(curve) if at else None
    hottest = float(curve.temperature_k[-1])
    centre_k, liquid_k = found or (0.5 * (hottest + float(curve.temperature_k[0])), hottest - 2.0 * _SAME_K)
    begin = _beginning(chain, at, liquid_k)
    if begin is None or not any(before.direction == "cooling" for before in chain[begin:at]):
        return told(curve, rate_k_per_min) if rate_k_per_min is not None else curve
    first = chain[begin]
    start_k = float(first.temperature_k[-1 if first.direction == "heating" else 0])
    parts = chain[begin + 1 : at] if first.direction == "heating" else chain[begin:at]
    history = _segments(parts, curve, start_k, centre_k)
    if history is None:  # a cooling without times, whose rate only the user knows
        return told(curve, rate_k_per_min) if rate_k_per_min is not None else curve
    return replace(curve, history=tuple(history), history_start_k=start_k)


def _beginning(chain: Sequence[Curve], at: int, liquid_k: float) -> int | None:
    """The last curve before ``chain[at]`` that leads to, or starts from, the liquid."""
    for before in range(at - 1, -1, -1):
        curve = chain[before]
        if curve.direction == "heating" and curve.temperature_k[-1] >= liquid_k - _SAME_K:
            return before
        # what begins in the lower half of the heating is no liquid, whatever was taken for a transition
        hot_k = max(liquid_k - _SAME_K, float(np.mean(chain[at].temperature_k[[0, -1]])))
        if before == 0 and curve.direction != "heating" and curve.temperature_k[0] >= hot_k:
            return 0
    return None


def _segments(parts: Sequence[Curve], heating: Curve, start_k: float, centre_k: float) -> list[Ramp | Hold] | None:
    history = list[Ramp | Hold]()
    temperature_k, clock_s = start_k, None
    for curve in [*parts, heating]:
        if clock_s is not None and curve.time_s is not None:
            missing_s = float(curve.time_s[0]) - clock_s  # not in the file, but its times tell
            if missing_s > _SHORTEST_HOLD_S and abs(curve.temperature_k[0] - temperature_k) < _SAME_K:
                history.append(Hold(missing_s / 60.0))
        if curve is heating:
            break
        if curve.direction == "hold" and curve.time_s is not None:
            history.append(Hold(float(curve.time_s[-1] - curve.time_s[0]) / 60.0))
        elif curve.direction != "hold":
            end_k = float(curve.temperature_k[-1])
            if end_k != temperature_k:
                rate = _rate(curve, centre_k)
                if not rate > 0:
                    return None
                history.append(Ramp(end_k, rate))
            temperature_k = end_k
        clock_s = None if curve.time_s is None else float(curve.time_s[-1])
    return _merged(history)[isinstance(history[0], Hold) :] if history else []  # a hold in equilibrium is none


def _merged(history: list[Ramp | Hold]) -> list[Ramp | Hold]:
    """Neighbouring holds as one."""
    merged = list[Ramp | Hold]()
    for segment in history:
        if merged and isinstance(segment, Hold) and isinstance(merged[-1], Hold):
            merged[-1] = Hold(merged[-1].duration_min + segment.duration_min)
        else:
            merged.append(segment)
    return merged


def _rate(curve: Curve, centre_k: float) -> float:
    if curve.time_s is None:
        return curve.rate_k_per_min
    return rate_near_k_per_min(curve.temperature_k, curve.time_s, centre_k, _NEAR_K)
