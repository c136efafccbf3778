"""What the page's interactive figures show, as plain data for its script: rounded, and no more points than eyes see."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from relaxnet.evaluation.figures import PALETTE
from relaxnet.evaluation.maps import error_map
from relaxnet.evaluation.metrics import sorted_errors
from .collect import Comparison, ModelResult
from ..labels import TargetLabel
from ..spec import Pair

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "8px,3px")
PERCENT = np.unique(np.concatenate([np.linspace(0, 90, 91), np.linspace(90, 100, 101)]))
MOST_POINTS = 1000


def figure_data(comparison: Comparison) -> str:
    """JSON for the page's script: ``styles``, ``sorted``, ``maps``, ``descriptors``.

    ``<`` is escaped, so that no text can end the script element.
    """
    study = comparison.study
    data = {
        "samples": study.samples,
        "styles": {
            name: {"color": PALETTE[index % len(PALETTE)], "dash": DASHES[index % len(DASHES)]}
            for index, name in enumerate(comparison.models)
        },
        "sorted": {
            "errors": [_target_curves(comparison, label) for label in comparison.targets],
            "sse": _sse(comparison),
        },
        "maps": {
            "pairs": [_pair_text(comparison, pair) for pair in study.pairs],
            "models": {
                name: [_map(comparison, result, pair) for pair in study.pairs]
                for name, result in comparison.models.items()
            },
        },
        "descriptors": {
            "names": [item.label for item in study.descriptors],
            "errors": [f"absolute error of {label.axis()}" for label in comparison.targets],
            "models": {name: _points(comparison, result) for name, result in comparison.models.items()},
        },
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _target_curves(comparison: Comparison, label: TargetLabel) -> dict[str, Any]:
    records = next(iter(comparison.models.values())).metrics.targets
    curves = {name: result.errors(label.name) * label.factor for name, result in comparison.models.items()}
    lines = [[f"± {label.amount(float(key))}", float(key) * label.factor] for key in records[label.name].within]
    return {"title": f"absolute error of {label.axis()}", "curves": _curves(curves), "thresholds": lines}


def _sse(comparison: Comparison) -> list[dict[str, Any]]:
    found = []
    for column in comparison.study.sse:
        values = {name: result.column(column.name) for name, result in comparison.models.items()}
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


def _pair_text(comparison: Comparison, pair: Pair) -> dict[str, str]:
    labels = {label.name: label for label in comparison.targets}
    x, y = labels[pair.x], labels[pair.y]
    return {"name": f"{x.symbol} and {y.symbol}", "x": x.axis(), "y": y.axis()}


def _map(comparison: Comparison, result: ModelResult, pair: Pair) -> dict[str, Any]:
    """Means of each kind of error, and the number of samples, over the cells of one plane."""
    factors = {label.name: label.factor for label in comparison.targets}
    x, y = (result.column(f"true_{target}") * factors[target] for target in (pair.x, pair.y))
    kinds = [(column.axis, column.name) for column in reversed(comparison.study.sse)] + [(pair.axis, pair.sse)]
    cells = error_map(x, y, np.ones_like(x))  # of all samples, also where an error is not known
    edges = cells.x_edges, cells.y_edges
    columns = [(label, result.column(name)) for label, name in kinds]
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
        + [[f"{comparison.study.samples} in the cell (count)", [_rounded(row) for row in count]]],
    }


def _points(comparison: Comparison, result: ModelResult) -> dict[str, Any]:
    """Every sample (or evenly many of them): its name, descriptors and errors."""
    chosen = np.unique(np.linspace(0, len(result.evaluated) - 1, MOST_POINTS).astype(int))
    samples = result.evaluated[comparison.study.sample].iloc[chosen]
    return {
        "samples": [str(sample) for sample in samples],
        "descriptors": [_rounded(result.column(item.name)[chosen]) for item in comparison.study.descriptors],
        "errors": [_rounded(result.errors(label.name)[chosen] * label.factor) for label in comparison.targets],
    }


def _rounded(values: ArrayLike) -> list[float | None]:
    """Four significant digits; None for what is not finite."""
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in np.asarray(values, dtype=np.float64)]
