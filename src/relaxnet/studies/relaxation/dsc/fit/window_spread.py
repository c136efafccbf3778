"""How far an estimate hangs on where its windows begin and end, where the model does not describe the scans.

Residuals that are no noise come from what the model and straight lines leave out.  Their size says little of how far
they pull the parameters; another window does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.threads import in_threads

from ..result import Flag
from .problem import Problem
from .sample import FitScan
from .search import Optimum, search
from .uncertainty import NORMAL_95, Uncertainty

Float = NDArray[np.float64]

_PLATEAU = 0.02  # distance of cp_n from glass or liquid
_SHARE, _LEAST_SHARE = 0.33, 0.05  # of a plateau, and of all points at least, that a narrower window leaves out


def with_window_spread(problem: Problem, best: Optimum, found: Uncertainty) -> tuple[Uncertainty, list[Flag]]:
    """The uncertainty with what narrower windows change, and a flag where that is more than there was before.

    Each change counts as one standard deviation of its own.  Nothing happens where all residuals are noise, or the
    lines are known.
    """
    misfit = any(one.misfit for one in found.residuals)
    if not misfit or all(scan.lines_known for scan in problem.scans):
        return found, []
    ends = (0, -1)
    tried = in_threads(lambda part: _change(problem, best, ends[part.start]), len(ends), 1, problem.options.workers)
    changes = [change for change in tried if change is not None]
    if not changes:
        return found, []
    spread = sum((np.outer(change, change) for change in changes), np.zeros_like(found.covariance))
    sd = np.sqrt(np.diag(found.covariance))
    wider = replace(
        found, covariance=found.covariance + spread, ends=_wider(problem, best.state.point, found.ends, spread)
    )
    largest = np.max(np.abs(changes), axis=0)
    return wider, [_flag(largest)] if (largest[1:4] > sd[1:4])[sd[1:4] > 0].any() else []


def _change(problem: Problem, best: Optimum, end: int) -> Float | None:
    """Change of the optimum where the windows of all scans are narrower at their first or last ``end``."""
    weights = [
        weights * _inside(scan, cp_n, end)
        for scan, weights, cp_n in zip(problem.scans, problem.weights, best.state.cp_n, strict=True)
    ]
    again = search(problem.weighted(weights), best.state.point)
    return None if again is None else again.state.point - best.state.point


def _inside(scan: FitScan, cp_n: Float, end: int) -> Float:
    kept = np.ones(len(cp_n))
    if scan.lines_known:
        return kept
    away = np.abs(cp_n - (0.0 if end == 0 else 1.0))[:: 1 if end == 0 else -1]
    plateau = int(np.argmax(away > _PLATEAU)) if (away > _PLATEAU).any() else len(away)
    count = max(int(_SHARE * plateau), int(_LEAST_SHARE * len(cp_n)), 1)
    kept[slice(None, count) if end == 0 else slice(-count, None)] = 0.0
    return kept


def _wider(problem: Problem, point: Float, ends: Float, spread: Float) -> Float:
    """Ends of the intervals, further out by the spread, within the bounds."""
    out = ends.copy()
    for k in (1, 2, 3):
        for side in range(2):
            half = ends[k, side, k] - point[k]
            if half == 0.0:
                continue  # at a bound, or fixed
            factor = np.sqrt(1.0 + NORMAL_95**2 * spread[k, k] / half**2)
            out[k, side] = np.clip(point + factor * (ends[k, side] - point), problem.low, problem.high)
    return out


def _flag(change: Sequence[float] | Float) -> Flag:
    text = (
        f"Windows that are narrower by a third of the glass or of the liquid change dh by {100 * change[1]:.0f} %, x "
        f"by {change[2]:.2g} and beta by {change[3]:.2g}: the baselines bend, or the model is too simple for this "
        "sample. The standard deviations count that; other windows can be tried with --glass-range and --liquid-range."
    )
    return Flag("depends_on_windows", text)
