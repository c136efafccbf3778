"""Where the step of a scan is, and its lines, before any model is fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..scan import HeatingScan

Float = NDArray[np.float64]

_PLACES, _WIDTHS = 33, (0.02, 0.04, 0.08)  # of steps that are tried; widths in shares of the window
_MARGIN = 0.12  # share of the window at both ends in which no step is looked for
_MOST_POINTS = 200  # for this
_OVERSHOOT = 1.0  # where the bump is, in double widths of the step
_RIDGE = 1e-9
_FEWEST_OF_LINE = 4
_SMALLEST_RISE = 0.5  # of the signal, where lines are known
_SHAKY = 3.0  # standard deviations of what is left, below which a step is none


@dataclass(frozen=True, eq=False)
class Rough:
    """Half-rise and width of the step in K, its height, and the measured signal between its lines, (points,)."""

    half_rise_k: float
    width_k: float
    step: float
    cp_n: Float


def known_lines(temperature_k: Float, cp_n: Float, label: str) -> Rough:
    """Place and width of a normalised signal; `InvalidInputError` unless it rises from glass to liquid."""
    if cp_n[-_FEWEST_OF_LINE:].mean() - cp_n[:_FEWEST_OF_LINE].mean() < _SMALLEST_RISE:
        shown = f"{cp_n[0]:.3g} to {cp_n[-1]:.3g}"
        raise InvalidInputError(f"signal of {label}", shown, "a signal that rises from 0 (glass) to 1 (liquid)")
    return _placed(temperature_k, cp_n, 1.0, label)


def rough_lines(temperature_k: Float, signal: Float, scan: HeatingScan) -> Rough:
    """Lines through the ranges that the scan names; else those beside the step that describes the signal best."""
    glass = _within(temperature_k, scan.glass_range_k)
    liquid = _within(temperature_k, scan.liquid_range_k)
    if min(glass.sum(), liquid.sum()) >= _FEWEST_OF_LINE:
        below, above = (np.polyfit(temperature_k[part], signal[part], 1) for part in (glass, liquid))
        lower, upper = np.polyval(below, temperature_k), np.polyval(above, temperature_k)
        centre_k = None
    else:
        lower, upper, centre_k = _best_step(temperature_k, signal, scan.label)
    height = upper - lower
    middle = height[len(height) // 2] if centre_k is None else float(np.interp(centre_k, temperature_k, height))
    if not middle > 0:
        told = "a step that rises from the glass to the liquid (endothermic up)"
        raise InvalidInputError(f"signal of {scan.label}", f"a step of {middle:.3g}", told)
    cp_n = (signal - lower) / np.maximum(height, 0.2 * middle)
    found = _placed(temperature_k, cp_n, 1.0, scan.label, centre_k)
    step = float(np.interp(found.half_rise_k, temperature_k, height))
    return Rough(found.half_rise_k, found.width_k, max(step, 0.2 * float(middle)), cp_n)


def half_rise_k(temperature_k: Float, cp_n: Float) -> float | None:
    """Where a noisy signal rises through 1/2: the place with the fewest values on the wrong side."""
    above = cp_n > 0.5
    below_after = (~above).sum() - np.cumsum(~above)
    last = int(np.argmin((np.cumsum(above) + below_after)[:-1]))
    low, high = cp_n[last], cp_n[last + 1]
    if above[: last + 1].all() or not above[last + 1 :].any():
        return None
    share = float(np.clip((0.5 - low) / (high - low), 0.0, 1.0)) if high > low else 0.5
    return float(temperature_k[last] + share * (temperature_k[last + 1] - temperature_k[last]))


def _placed(temperature_k: Float, cp_n: Float, step: float, label: str, centre_k: float | None = None) -> Rough:
    t0_k = half_rise_k(temperature_k, cp_n)
    if t0_k is None:
        t0_k = centre_k
    if t0_k is None:
        told = "a signal that rises from the glass to the liquid"
        raise InvalidInputError(f"signal of {label}", "no rise through the middle of its step", told)
    # the distance from an ideal step, squared and integrated, is a breadth that noise moves little
    away = np.minimum((cp_n - (temperature_k > t0_k)) ** 2, 1.0)
    beside = np.sort(away)[: max(len(away) // 3, 1)].mean()
    width_k = float(np.trapezoid(np.maximum(away - 2.0 * beside, 0.0), temperature_k))
    smallest = float(np.median(np.diff(temperature_k)))
    return Rough(t0_k, max(2.0 * width_k, smallest), step, cp_n)


def _within(temperature_k: Float, limits: tuple[float, float] | None) -> NDArray[np.bool_]:
    if limits is None:
        return np.zeros(len(temperature_k), dtype=np.bool_)
    return (temperature_k >= limits[0]) & (temperature_k <= limits[1])


def _best_step(temperature_k: Float, signal: Float, label: str) -> tuple[Float, Float, float]:
    """Lines beside the logistic step that leaves the least, of many places and widths, and its place.

    A bump on the step's hot side stands for the overshoot, which may be far higher than the step.
    """
    every = -(-len(signal) // _MOST_POINTS)
    count = len(signal) // every
    t, y = (column[: count * every].reshape(count, every).mean(axis=1) for column in (temperature_k, signal))
    span = t[-1] - t[0]
    place = (t - t[0]) / span - 0.5
    centres, widths = np.linspace(_MARGIN - 0.5, 0.5 - _MARGIN, _PLACES), np.array(_WIDTHS)
    z = (place - centres[:, None, None]) / (2.0 * widths[:, None])  # (places, widths, points)
    rise = 0.5 * (1.0 + np.tanh(z))
    bump = np.exp(-((z - _OVERSHOOT) ** 2))
    columns = np.stack([1.0 - rise, place * (1.0 - rise), rise, place * rise, bump], axis=-1)
    turned = columns.swapaxes(-1, -2)
    ridge = _RIDGE * count * np.eye(columns.shape[-1])
    right = (turned @ (y - y.mean())[:, None])
    lines = np.linalg.solve(turned @ columns + ridge, right)[..., 0]
    left = np.sum((y - y.mean() - (columns @ lines[..., None])[..., 0]) ** 2, axis=-1)
    height = lines[..., 2] - lines[..., 0] + (lines[..., 3] - lines[..., 1]) * centres[:, None]
    allowed = np.where((height > 0) & (lines[..., 4] > -height), left, np.inf)
    best = np.unravel_index(int(np.argmin(allowed)), allowed.shape)
    if not height[best] > _SHAKY * np.sqrt(left[best]) / count:
        told = "a step that rises from the glass to the liquid (endothermic up)"
        raise InvalidInputError(f"signal of {label}", "no rising step", told)
    whole = (temperature_k - t[0]) / span - 0.5
    a0, a1, b0, b1 = lines[best][:4]
    centre_k = t[0] + (centres[best[0]] + 0.5) * span
    return y.mean() + a0 + a1 * whole, y.mean() + b0 + b1 * whole, float(centre_k)
