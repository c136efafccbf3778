"""The report on a dataset: as JSON, and as a page for people."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from relaxnet.core.files import write_json, write_text
from relaxnet.datasets.validation import Histogram, ValidationReport, number_text

from .pages import render

TEMPLATE = "validation.html.jinja"


def write_validation(report: ValidationReport, json_path: Path, html_path: Path) -> None:
    """Write both forms, each atomically.

    Raises
    ------
    DataFileError
        Where they cannot be written.
    """
    html = render_validation(report)
    write_json(json_path, report.to_json_dict())
    write_text(html_path, html)


def render_validation(report: ValidationReport) -> str:
    """Render a self-contained page: verdict, broken expectations with rows, figures, all expectations."""
    figures = [_drawing(histogram) for histogram in report.histograms]
    return render(
        __package__, TEMPLATE, {"report": report, "figures": figures}, {"number": number_text, "minus": _minus}
    )


def _minus(text: str) -> str:
    """Minus signs, at which no line breaks, for the hyphens of negative numbers and exponents."""
    return re.sub(r"(?<!\w)-(?=\d)|(?<=\de)-(?=\d)", "−", text)


def _drawing(histogram: Histogram) -> dict[str, Any]:
    """Positions in units of an SVG plot area 100 wide and 100 high."""
    (low, high), counts = histogram.decades, histogram.counts
    top = max(*counts, 1)
    unit_count = 10.0 ** math.floor(math.log10(top))
    step = max(1.0, next(s for s in (0.2, 0.5, 1.0, 2.0) if top / (s * unit_count) <= 5) * unit_count)
    ticks = np.arange(0, top + step, step)
    tallest = float(ticks[-1])
    bars = [
        {"x": 100 * n / len(counts), "width": 100 / len(counts), "height": 100 * count / tallest}
        for n, count in enumerate(counts)
        if count
    ]
    return {
        "title": histogram.title,
        "axis": histogram.axis,
        "bars": bars,
        "x_ticks": [{"x": 100 * (decade - low) / (high - low), "exponent": decade} for decade in range(low, high + 1)],
        "y_ticks": [{"y": 100 * tick / tallest, "text": f"{tick:g}"} for tick in ticks],
        "limit_x": 100 * (math.log10(histogram.limit) - low) / (high - low),
        "limit_text": f"{histogram.limit_words} {histogram.limit:g}",
    }
