"""Histograms on a logarithmic axis, and where to draw their parts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

BINS_A_DECADE = 8


def log_histogram(values: pd.Series, decades: tuple[int, int], limit: float) -> dict[str, Any]:
    """Count in bins even in the logarithm; what lies outside goes to the outermost bins."""
    edges = np.logspace(*decades, (decades[1] - decades[0]) * BINS_A_DECADE + 1)
    inside = np.clip(values.dropna(), edges[0], edges[-1])
    counts, _ = np.histogram(inside, edges)
    return {"decades": list(decades), "counts": counts.tolist(), "limit": limit}


def figure(histogram: dict[str, Any], title: str, axis: str, limit_words: str) -> dict[str, Any]:
    """Find the positions for a drawing, in units of an SVG plot area 100 wide and 100 high."""
    (low, high), counts = histogram["decades"], histogram["counts"]
    unit_count = 10.0 ** math.floor(math.log10(max(*counts, 1)))
    step = next(s for s in (0.2, 0.5, 1.0, 2.0) if max(*counts, 1) / (s * unit_count) <= 5) * unit_count
    ticks = np.arange(0, max(*counts, 1) + max(step, 1), max(step, 1.0))
    tallest = float(ticks[-1])
    return {
        "title": title,
        "axis": axis,
        "bars": [
            {
                "x": 100 * n / len(counts),
                "width": 100 / len(counts),
                "height": 100 * count / tallest,
                "count": count,
            }
            for n, count in enumerate(counts)
        ],
        "x_ticks": [{"x": 100 * (decade - low) / (high - low), "exponent": decade} for decade in range(low, high + 1)],
        "y_ticks": [{"y": 100 * tick / tallest, "text": f"{tick:g}"} for tick in ticks],
        "limit_x": 100 * (math.log10(histogram["limit"]) - low) / (high - low),
        "limit_text": f"{limit_words} {histogram['limit']:g}",
    }
