"""Glass and liquid lines of a heating scan, found without help, and the half step between them.

Two straight pieces are looked for that are set off from each other: every pair of a window on the left and one on the
right, with a gap for the transition and its overshoot between them, is judged by the step between the two lines in the
middle of the gap, in units of its standard error.  The lines are fitted in their windows alone, so that neither the
overshoot nor a start-up hook nor a melting peak elsewhere matters, and a smooth bend of the baseline does not pass for
a transition: extrapolated from both sides it makes no step.  The windows are then widened as far as they stay straight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._grid import Sums, on_grid

Float = NDArray[np.float64]

GRID_POINTS = 240
_WINDOWS = (0.06, 0.12, 0.24)  # of the scan, in which lines are looked for
_SMALLEST_GAP, _WIDEST_GAP = 0.01, 0.6
_LEAST_T = 9.0  # step over its standard error, below which there is no transition
_LEAST_BEND = 0.048  # rms of what a cubic leaves of a scan, in steps; TNM scans have 0.057 and more
_LARGEST_BEND = 0.3  # by which the lines part over a window, in steps
_LARGEST_PARTED = 0.6  # the same over the shorter line
_HIGHEST = 60.0  # steps, above which a peak is no overshoot
_CORRELATED = 3.0  # residuals of a line that bends are not white: fewer points count
_STRAIGHT_SHARE = 0.012  # of the step, within which a line counts as straight
_STRAIGHT_NOISES = 1.6
_LEAST_LINE_K, _LEAST_LINE_SHARE = 10.0, 0.2  # of the width of the transition


@dataclass(frozen=True)
class Line:
    """``value_at_k + slope * (T - at_k)``, in the unit of the signal."""

    at_k: float
    value: float
    slope: float

    def __call__(self, temperature_k: Float) -> Float:
        """Value of the line, shape of ``temperature_k``."""
        return self.value + self.slope * (temperature_k - self.at_k)


@dataclass(frozen=True)
class Lines:
    """Glass and liquid of a heating scan.

    Attributes
    ----------
    glass_range_k, liquid_range_k : (float, float)
        Where the signal is that of the glass and of the liquid.
    glass, liquid : Line
    tg_half_step_k : float
        Where the signal first crosses the middle between the lines.
    step : float
        Liquid less glass at the half step, in the unit of the signal.
    noise : float
        Standard deviation of a point of the scan, in the unit of the signal.
    t : float
        Step over its standard error.
    lacking : tuple of str
        Sentences on what is short: glass, liquid.
    """

    glass_range_k: tuple[float, float]
    liquid_range_k: tuple[float, float]
    glass: Line
    liquid: Line
    tg_half_step_k: float
    step: float
    noise: float
    t: float
    lacking: tuple[str, ...]

    def normalised(self, temperature_k: Float, signal: Float) -> Float:
        """Signal between the lines: 0 on the glass line, 1 on the liquid line."""
        glass = self.glass(temperature_k)
        return (signal - glass) / (self.liquid(temperature_k) - glass)


def find_lines(temperature_k: Float, signal: Float, *, endothermic_up: bool | None = True) -> Lines | None:
    """Find the lines of a heating scan; None where it shows no glass transition.

    Parameters
    ----------
    temperature_k, signal : ndarray, shape (points,)
        In order of time.
    endothermic_up : bool or None
        True: only a step upwards is a glass transition.  False: downwards.  None: either.

    Examples
    --------
    >>> temperature_k = np.arange(300.0, 420.0)
    >>> signal = 1.0 + 0.002 * temperature_k + 0.3 / (1.0 + np.exp(-(temperature_k - 360.0) / 3.0))
    >>> lines = find_lines(temperature_k, signal)
    >>> round(lines.tg_half_step_k), round(lines.step, 2)
    (360, 0.29)
    """
    grid = on_grid(temperature_k, signal, GRID_POINTS)
    if grid is None:
        return None
    turns = {True: (1.0,), False: (-1.0,), None: (1.0, -1.0)}[endothermic_up]
    searched = [(turn, _search(grid.temperature_k, turn * grid.signal, grid.noise)) for turn in turns]
    for turn, found in sorted(searched, key=lambda pair: -pair[1].t if pair[1] else 0.0):
        if found is not None:
            lines = _refined(grid.temperature_k, grid.signal, turn, found.bounds, found.t, grid.noise, grid.point_noise)
            if lines is not None:
                return lines
    return None


@dataclass(frozen=True)
class _Found:
    t: float
    bounds: tuple[int, int, int, int]


def _search(temperature_k: Float, signal: Float, noise: float) -> _Found | None:
    """The pair of windows whose step is the most significant: grid points of glass and of liquid, both inclusive."""
    count = len(temperature_k)
    sums = Sums(temperature_k, signal)
    ends = np.arange(3, count - 3, 2)
    scale = float(np.percentile(signal, 90) - np.percentile(signal, 10))
    floor = max(noise, 1e-3 * scale, 1e-12 * float(np.abs(signal).max()), 1e-300)
    best: _Found | None = None
    for share in _WINDOWS:
        width = max(4, round(share * count))
        b, c = (index.ravel() for index in np.meshgrid(ends, ends, indexing="ij"))
        gap = (c - b) / count
        usable = (gap >= _SMALLEST_GAP) & (gap <= _WIDEST_GAP) & (b - width + 1 >= 0) & (c + width - 1 < count)
        b, c = b[usable], c[usable]
        if not len(b):
            continue
        glass, liquid = sums.line(b - width + 1, b), sums.line(c, c + width - 1)
        middle = 0.5 * (temperature_k[b] + temperature_k[c])
        step = liquid.at(middle) - glass.at(middle)
        error = np.hypot(glass.error(middle, floor, _CORRELATED), liquid.error(middle, floor, _CORRELATED))
        bent = np.abs(liquid.slope - glass.slope) * (temperature_k[width] - temperature_k[0])
        t = np.where(bent < _LARGEST_BEND * np.abs(step), step / error, -np.inf)  # no flank of a peak
        at = int(np.argmax(t))
        if t[at] > _LEAST_T and (best is None or t[at] > best.t):
            best = _Found(float(t[at]), (int(b[at] - width + 1), int(b[at]), int(c[at]), int(c[at] + width - 1)))
    return best


def _refined(
    temperature_k: Float, signal: Float, turn: float, bounds: tuple[int, int, int, int], t: float, noise: float,
    point_noise: float,
) -> Lines | None:  # fmt: skip
    sums = Sums(temperature_k, signal)
    a, b, c, d = bounds
    for _ in range(2):  # the tolerance follows from the step, and the step from the windows
        glass, liquid = sums.line(a, b), sums.line(c, d)
        middle = 0.5 * (temperature_k[b] + temperature_k[c])
        step = float(liquid.at(middle) - glass.at(middle))
        tolerance = max(_STRAIGHT_NOISES * noise, _STRAIGHT_SHARE * abs(step))
        a, b = _widened(sums, a, b, tolerance, len(temperature_k) - 1, up_to=c - 1)
        d_mirrored, c_mirrored = _widened(
            Sums(-temperature_k[::-1], signal[::-1]), len(temperature_k) - 1 - d, len(temperature_k) - 1 - c,
            tolerance, len(temperature_k) - 1, up_to=len(temperature_k) - 2 - b,
        )  # fmt: skip
        c, d = len(temperature_k) - 1 - c_mirrored, len(temperature_k) - 1 - d_mirrored
    glass_line, liquid_line = _line(sums, a, b), _line(sums, c, d)
    half_k = _half_step(temperature_k, signal, glass_line, liquid_line, turn, b, c)
    if half_k is None:
        return None
    at = np.array([half_k])
    step = float((liquid_line(at) - glass_line(at))[0])
    if turn * step <= 0 or not _plausible(temperature_k, signal, (a, b, c, d), glass_line, liquid_line, step):
        return None
    glass_range, liquid_range = (temperature_k[a], temperature_k[b]), (temperature_k[c], temperature_k[d])
    return Lines(
        glass_range_k=(float(glass_range[0]), float(glass_range[1])),
        liquid_range_k=(float(liquid_range[0]), float(liquid_range[1])),
        glass=glass_line,
        liquid=liquid_line,
        tg_half_step_k=half_k,
        step=step,
        noise=point_noise,
        t=t,
        lacking=_lacking(glass_range, liquid_range),
    )


def _widened(sums: Sums, a: int, b: int, tolerance: float, last: int, up_to: int) -> tuple[int, int]:
    """Window ``a ... b`` as far as it stays straight: first towards the transition, then away from it."""
    if b < up_to:
        ends = np.arange(b, min(up_to, last) + 1)
        straight = sums.line(np.full(len(ends), a), ends).rms <= tolerance
        b = int(ends[np.argmin(straight) - 1 if not straight.all() else -1]) if straight[0] else b
    if a > 0:
        starts = np.arange(a, -1, -1)
        straight = sums.line(starts, np.full(len(starts), b)).rms <= tolerance
        a = int(starts[np.argmin(straight) - 1 if not straight.all() else -1]) if straight[0] else a
    return a, b


def _line(sums: Sums, a: int, b: int) -> Line:
    fitted = sums.line(a, b)
    return Line(float(fitted.centre_k), float(fitted.value), float(fitted.slope))


def _half_step(
    temperature_k: Float, signal: Float, glass: Line, liquid: Line, turn: float, b: int, c: int
) -> float | None:
    """First crossing of the middle between the lines, by straight interpolation."""
    part = slice(max(b - 2, 0), c + 3)
    at_k = temperature_k[part]
    above = turn * (signal[part] - 0.5 * (glass(at_k) + liquid(at_k)))
    rises = np.flatnonzero((above[:-1] < 0) & (above[1:] >= 0))
    if not len(rises):
        return None
    first = int(rises[0])
    share = -above[first] / (above[first + 1] - above[first])
    return float(at_k[first] + share * (at_k[first + 1] - at_k[first]))


def _plausible(
    temperature_k: Float, signal: Float, bounds: tuple[int, int, int, int], glass: Line, liquid: Line, step: float
) -> bool:
    """Whether it is a transition: no smooth curve, no flank of a peak, no melting with a change of the baseline."""
    a, b, c, d = bounds
    part = slice(a, d + 1)
    cubic = np.polynomial.Polynomial.fit(temperature_k[part], signal[part], 3)
    bend = float(np.sqrt(np.mean((signal[part] - cubic(temperature_k[part])) ** 2)))
    shorter_k = min(temperature_k[b] - temperature_k[a], temperature_k[d] - temperature_k[c])
    parted = abs(liquid.slope - glass.slope) * shorter_k
    between = slice(b, c + 1)
    highest = float(((signal - glass(temperature_k))[between] / step).max())
    return bend > _LEAST_BEND * abs(step) and parted < _LARGEST_PARTED * abs(step) and highest < _HIGHEST


def _lacking(glass_k: tuple[float, float], liquid_k: tuple[float, float]) -> tuple[str, ...]:
    least_k = max(_LEAST_LINE_K, _LEAST_LINE_SHARE * (liquid_k[0] - glass_k[1]))
    sentences = []
    if glass_k[1] - glass_k[0] < least_k:
        sentences.append(f"too little glass: {glass_k[1] - glass_k[0]:.0f} K, at least {least_k:.0f} K: begin the "
                         f"scan colder")  # fmt: skip
    if liquid_k[1] - liquid_k[0] < least_k:
        sentences.append(f"too little liquid: {liquid_k[1] - liquid_k[0]:.0f} K, at least {least_k:.0f} K: end the "
                         f"scan hotter")  # fmt: skip
    return tuple(sentences)
