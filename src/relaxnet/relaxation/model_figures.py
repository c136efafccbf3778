"""Figures of one evaluated model, as its run in MLflow shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from ..evaluation.figures import ScatterPanel, SortedPanel, scatter_figure, sorted_errors_figure
from ..evaluation.map_figures import Axis, descriptor_figure, map_figure
from .measure import PAIRS
from .presentation import STUDY


def figures(estimates: pd.DataFrame, title: str) -> Iterator[tuple[str, Figure]]:
    """Name of the file and figure: estimates, sorted errors, maps over four pairs, errors against descriptors."""
    kept = estimates[~estimates["left_out"]]
    labels = {name: f"{style.symbol} ({_unit(style)})" for name, style in STUDY.targets.items()}
    factors = {name: style.factor for name, style in STUDY.targets.items()}

    def column(kind: str, name: str) -> Any:
        return kept[f"{kind}_{name}"] * factors[name]

    yield (
        "estimates.png",
        scatter_figure([ScatterPanel(labels[n], column("true", n), column("estimate", n)) for n in labels], title),
    )
    errors = {name: (column("estimate", name) - column("true", name)).abs() for name in labels}
    sums = {"SSE of parameters (normalised units²)": "sse_parameters", "SSE of signals (cp_n², –)": "sse_signals"}
    panels = [SortedPanel(f"absolute error of {labels[name]}", {title: errors[name]}) for name in labels]
    panels += [
        SortedPanel(label, {title: kept[name].dropna()}) for label, name in sums.items() if kept[name].notna().any()
    ]
    yield "sorted_errors.png", sorted_errors_figure(panels)
    for name, (x, y) in PAIRS.items():
        kinds = {label: kept[column_name] for label, column_name in reversed(sums.items())}
        kinds["SSE of the pair (normalised units²)"] = kept[name]
        across, up = (Axis(labels[target], column("true", target)) for target in (x, y))
        yield f"maps/{name.removeprefix('sse_')}.png", map_figure(across, up, kinds, STUDY.samples, title)
    descriptors = [
        Axis("cp_n,max (–)", kept["cp_n_max"]),
        Axis("ΔT_hw (K)", kept["dt_hw_k"]),
        Axis("cp_n,max / ΔT_hw (1/K)", kept["cp_n_max_per_dt_hw_per_k"]),
    ]
    rows = [Axis(f"AE of {labels[name]}", errors[name]) for name in labels]
    yield "descriptors.png", descriptor_figure(descriptors, rows, title)


def _unit(style: Any) -> str:
    unit = style.display_unit or style.unit
    return "–" if unit == "1" else unit
