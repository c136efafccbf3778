"""What the page's interactive figures show, as plain data for its script: rounded, and no more points than eyes see."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from relaxnet.datasets.targets import Target
from relaxnet.evaluation.figures import PALETTE
from relaxnet.evaluation.maps import error_map
from relaxnet.evaluation.metrics import sorted_errors

from ..estimates import error_label
from ..spec import Pair
from .collect import Comparison, ModelResult

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "8px,3px")
PERCENT = np.unique(np.concatenate([np.linspace(0, 90, 91), np.linspace(90, 100, 101)]))
MAX_POINTS = 1000


def figure_data(comparison: Comparison) -> str:
    """JSON for the page's script: ``styles``, ``sorted``, ``maps``, ``descriptors``.

    ``<`` is escaped, so that no text can end the script element.
    """
    spec = comparison.spec
    data = {
        "samples": spec.samples,
        "styles": {
            name: {"color": PALETTE[index % len(PALETTE)], "dash": DASHES[index % len(DASHES)]}
            for index, name in enumerate(comparison.models)
        },
        "sorted": {
            "errors": [_target_curves(comparison, target) for target in comparison.targets],
            "sse": _sse(comparison),
        },
        "maps": {
            "pairs": [_pair_text(comparison, pair) for pair in spec.pairs],
            "models": {
                name: [_map(comparison, result, pair) for pair in spec.pairs]
                for name, result in comparison.models.items()
            },
        },
        "descriptors": {
            "names": [item.label for item in spec.descriptors],
            "errors": [error_label(target) for target in comparison.targets],
            "models": {name: _points(comparison, result) for name, result in comparison.models.items()},
        },
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _target_curves(comparison: Comparison, target: Target) -> dict[str, Any]:
    records = next(iter(comparison.models.values())).metrics.targets
    curves = {name: result.estimates.shown_errors(target) for name, result in comparison.models.items()}
    keys = [float(key) for key in records[target.name].within]
    lines = [[f"± {target.amount_text(key)}", key * target.display_factor] for key in keys]
    return {"title": error_label(target), "curves": _curves(curves), "thresholds": lines}


def _sse(comparison: Comparison) -> list[dict[str, Any]]:
    found = []
    for column in comparison.spec.sse:
        values = {name: result.estimates.column(column.name) for name, result in comparison.models.items()}
        curves = _curves({name: v[np.isfinite(v)] for name, v in values.items()})
        if curves:
            found.append({"title": column.axis, "curves": curves, "thresholds": []})
    return found


def _curves(errors: dict[str, Any]) -> dict[str, list[list[float | None]]]:
    """Sorted errors over percent, thinned where there are more samples than a screen has columns."""
    curves = {}
    for name, values in errors.items():
        if len(values):
            percent, heights = sorted_errors(values)
            if len(heights) > len(PERCENT):
                percent, heights = PERCENT, np.interp(PERCENT, percent, heights)
            curves[name] = [_rounded(percent), _rounded(np.where(heights > 0, heights, np.nan))]
    return curves


def _pair(comparison: Comparison, pair: Pair) -> tuple[Target, Target]:
    by_name = {target.name: target for target in comparison.scalars}
    return by_name[pair.x], by_name[pair.y]


def _pair_text(comparison: Comparison, pair: Pair) -> dict[str, str]:
    x, y = _pair(comparison, pair)
    return {"name": f"{x.short} and {y.short}", "x": x.label, "y": y.label}


def _map(comparison: Comparison, result: ModelResult, pair: Pair) -> dict[str, Any]:
    """Means of each kind of error, and the number of samples, over the cells of one plane."""
    x, y = (result.estimates.true(target) for target in _pair(comparison, pair))
    kinds = [(column.axis, column.name) for column in reversed(comparison.spec.sse)] + [(pair.axis, pair.sse)]
    cells = error_map(x, y, np.ones_like(x))  # of all samples, also where an error is not known
    edges = cells.x_edges, cells.y_edges
    columns = [(label, result.estimates.column(name)) for label, name in kinds]
    nothing = np.full(cells.mean.shape, np.nan)
    means = [
        (label, error_map(x, y, values, edges).mean if np.isfinite(values).any() else nothing)
        for label, values in columns
    ]
    count = np.where(cells.count > 0, cells.count, np.nan)
    return {
        "x": _rounded(cells.x_edges),
        "y": _rounded(cells.y_edges),
        "kinds": [[f"mean {label}", [_rounded(row) for row in mean]] for label, mean in means]
        + [[f"{comparison.spec.samples} in the cell (count)", [_rounded(row) for row in count]]],
    }


def _points(comparison: Comparison, result: ModelResult) -> dict[str, Any]:
    """Every sample (or evenly many of them): its name, descriptors and errors."""
    estimates = result.estimates
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
