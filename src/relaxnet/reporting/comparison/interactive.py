"""What the page's interactive figures show, as plain data for its script: rounded, and no more points than eyes see."""

import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from relaxnet.datasets.targets import Target
from relaxnet.evaluation.figures import PALETTE, SortedPanel
from relaxnet.evaluation.maps import error_maps
from relaxnet.evaluation.metrics import sorted_errors

from ..estimates import Estimates, error_panels, sse_panels
from ..spec import Pair
from .collect import Comparison

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "8px,3px")
PERCENT = np.unique(np.concatenate([np.linspace(0, 90, 91), np.linspace(90, 100, 101)]))
MAX_POINTS = 1000


def figure_data(comparison: Comparison) -> str:
    """JSON for the page's script: ``styles``, ``sorted``, ``maps``, ``descriptors``.

    ``<`` is escaped, so that no text can end the script element.
    """
    spec, estimates = comparison.spec, comparison.estimates
    panels = error_panels(estimates, comparison.targets)
    data = {
        "samples": spec.samples,
        "styles": {
            name: {"color": PALETTE[index % len(PALETTE)], "dash": DASHES[index % len(DASHES)]}
            for index, name in enumerate(comparison.models)
        },
        "sorted": {
            "errors": [_curves(panel) for panel in panels],
            "sse": [_curves(panel) for panel in sse_panels(estimates, spec.sse).values()],
        },
        "maps": {
            "pairs": [_pair_text(comparison, pair) for pair in spec.pairs],
            "models": {
                name: [_map(comparison, found, pair) for pair in spec.pairs] for name, found in estimates.items()
            },
        },
        "descriptors": {
            "names": [item.label for item in spec.descriptors],
            "errors": [panel.label for panel in panels],
            "models": {name: _points(comparison, found) for name, found in estimates.items()},
        },
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _curves(panel: SortedPanel) -> dict[str, Any]:
    """Sorted errors over percent, thinned where there are more samples than a screen has columns."""
    curves = {}
    for name, values in panel.curves.items():
        percent, heights = sorted_errors(values)
        if len(heights) > len(PERCENT):
            percent, heights = PERCENT, np.interp(PERCENT, percent, heights)
        curves[name] = [_rounded(percent), _rounded(np.where(heights > 0, heights, np.nan))]
    lines = [[f"± {text}", height] for text, height in panel.references.items()]
    return {"title": panel.label, "curves": curves, "thresholds": lines}


def _pair(comparison: Comparison, pair: Pair) -> tuple[Target, Target]:
    by_name = {target.name: target for target in comparison.scalars}
    return by_name[pair.x], by_name[pair.y]


def _pair_text(comparison: Comparison, pair: Pair) -> dict[str, str]:
    x, y = _pair(comparison, pair)
    return {"name": f"{x.short} and {y.short}", "x": x.label, "y": y.label}


def _map(comparison: Comparison, estimates: Estimates, pair: Pair) -> dict[str, Any]:
    """Means of each kind of error, and the number of samples, over the cells of one plane."""
    x, y = (estimates.true(target) for target in _pair(comparison, pair))
    kinds = {column.axis: column.name for column in reversed(comparison.spec.sse)} | {pair.axis: pair.sse}
    errors = {label: estimates.column(name) for label, name in kinds.items()}
    (x_edges, y_edges), maps = error_maps(x, y, errors, comparison.spec.samples)
    cells = [[label, [_rounded(row) for row in heights]] for label, heights in maps.items()]
    return {"x": _rounded(x_edges), "y": _rounded(y_edges), "kinds": cells}


def _points(comparison: Comparison, estimates: Estimates) -> dict[str, Any]:
    """Every sample (or evenly many of them): its name, descriptors and errors."""
    chosen = np.unique(np.linspace(0, len(estimates.table) - 1, MAX_POINTS).astype(int))
    samples = estimates.table[comparison.spec.sample].iloc[chosen]
    return {
        "samples": [str(sample) for sample in samples],
        "descriptors": [_rounded(estimates.column(item.name)[chosen]) for item in comparison.spec.descriptors],
        "errors": [_rounded(estimates.shown_errors(target)[chosen]) for target in comparison.targets],
    }


def _rounded(values: ArrayLike) -> list[float | None]:
    """Four significant digits; None for what is not finite."""
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in np.asarray(values, dtype=np.float64)]
