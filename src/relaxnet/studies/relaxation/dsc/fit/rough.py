"""Where the step of a scan is, and its lines, before any model is fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..scan import HeatingScan

Float = NDArray[np.float64]

_PLACES, _WIDTHS = 33, (0.01, 0.02, 0.04, 0.08)  # of steps that are tried; widths in shares of the window
_ENDS = (0.06, 0.09, 0.13, 0.19, 0.27, 0.35)  # shares of the points that a line may take at either end
_STRAIGHT = 0.8  # of the noise, by which means of a stretch may be off its line
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
    return _placed(temperature_k, cp_n, label)


def rough_lines(temperature_k: Float, signal: Float, scan: HeatingScan) -> Rough:
    """Lines through the ranges that the scan names; else those beside the step that describes the signal best."""
    glass, liquid = (_within(temperature_k, limits) for limits in (scan.glass_range_k, scan.liquid_range_k))
    if min(glass.sum(), liquid.sum()) < _FEWEST_OF_LINE:
        glass, liquid = _straight_ends(temperature_k, signal)
    lower, upper = (np.polyval(_line(temperature_k[part], signal[part]), temperature_k) for part in (glass, liquid))
    height = upper - lower
    with np.errstate(divide="ignore", invalid="ignore"):
        t0_k = rise_k(temperature_k, np.where(height > 0, (signal - lower) / height, 0.0))
    if t0_k is None or not t0_k < temperature_k[-1]:
        lower, upper, t0_k = _best_step(temperature_k, signal, scan.label)
        height = upper - lower
    middle = float(np.interp(t0_k, temperature_k, height))
    cp_n = (signal - lower) / np.maximum(height, 0.2 * middle)
    found = _placed(temperature_k, cp_n, scan.label, t0_k)
    return Rough(found.half_rise_k, found.width_k, middle, cp_n)


def _line(temperature_k: Float, signal: Float) -> Float:
    centre_k = temperature_k.mean()
    slope = float((temperature_k - centre_k) @ signal / ((temperature_k - centre_k) @ (temperature_k - centre_k)))
    return np.array([slope, signal.mean() - slope * centre_k])


def _straight_ends(temperature_k: Float, signal: Float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The stretches at both ends of a scan that a line follows as well as the shortest one."""
    count = len(signal)
    shortest = max(int(_ENDS[0] * count), _FEWEST_OF_LINE + 2)
    bends = np.diff(signal, 2)
    noise = float(np.median(np.abs(bends))) / (0.6745 * np.sqrt(6.0)) + 1e-3 * float(np.ptp(signal))
    parts = []
    for whole in (slice(None), slice(None, None, -1)):
        t, y = temperature_k[whole], signal[whole]
        size = shortest
        for share in _ENDS[1:]:
            more = int(share * count)
            if more > size:
                left = y[:more] - np.polyval(_line(t[:more], y[:more]), t[:more])
                # at the far end of a stretch the step is felt first
                if abs(left[-more // 4 :].mean()) + abs(left[more // 3 : 2 * more // 3].mean()) > _STRAIGHT * noise:
                    break
                size = more
        inside = np.zeros(count, dtype=np.bool_)
        inside[:size] = True
        parts.append(inside[whole])
    return parts[0], parts[1]


def rise_k(temperature_k: Float, cp_n: Float, level: float = 0.5) -> float | None:
    """Where a noisy signal rises through a level: the place with the fewest values on the wrong side."""
    above = cp_n > level
    below_after = (~above).sum() - np.cumsum(~above)
    last = int(np.argmin((np.cumsum(above) + below_after)[:-1]))
    low, high = cp_n[last], cp_n[last + 1]
    if above[: last + 1].all() or not above[last + 1 :].any():
        return None
    share = float(np.clip((level - low) / (high - low), 0.0, 1.0)) if high > low else 0.5
    return float(temperature_k[last] + share * (temperature_k[last + 1] - temperature_k[last]))


def _placed(temperature_k: Float, cp_n: Float, label: str, centre_k: float | None = None) -> Rough:
    t0_k = rise_k(temperature_k, cp_n)
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
    return Rough(t0_k, max(2.0 * width_k, smallest), 1.0, cp_n)


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
    right = turned @ (y - y.mean())[:, None]
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
