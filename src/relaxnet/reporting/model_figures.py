"""Figures of one evaluated model: beside its numbers as PNG and SVG, and in its MLflow run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from .labels import target_label
from relaxnet.evaluation.figures import (
    ScatterPanel,
    SortedPanel,
    png_bytes,
    scatter_figure,
    sorted_errors_figure,
    svg_bytes,
)
from relaxnet.evaluation.map_figures import Axis, descriptor_figure, map_figure
from relaxnet.core.files import atomic_path
from relaxnet.studies.relaxation.report import STUDY


def figures(estimates: pd.DataFrame, title: str) -> Iterator[tuple[str, Figure]]:
    """Name and figure: estimates, sorted errors, maps over four pairs, errors against descriptors."""
    kept = estimates[~estimates["left_out"]]
    styles = {name: target_label(name, style.unit, STUDY.targets) for name, style in STUDY.targets.items()}
    labels = {name: style.axis() for name, style in styles.items()}

    def column(kind: str, name: str) -> Any:
        return kept[f"{kind}_{name}"] * styles[name].factor

    scatter = [ScatterPanel(labels[name], column("true", name), column("estimate", name)) for name in labels]
    yield "estimates", scatter_figure(scatter, title)
    errors = {name: (column("estimate", name) - column("true", name)).abs() for name in labels}
    panels = [SortedPanel(f"absolute error of {labels[name]}", {title: errors[name]}) for name in labels]
    panels += [
        SortedPanel(sse.axis, {title: kept[sse.name].dropna()}) for sse in STUDY.sse if kept[sse.name].notna().any()
    ]
    yield "sorted_errors", sorted_errors_figure(panels)
    for pair in STUDY.pairs:
        kinds = {sse.axis: kept[sse.name] for sse in reversed(STUDY.sse)} | {pair.axis: kept[pair.sse]}
        across, up = (Axis(labels[target], column("true", target)) for target in (pair.x, pair.y))
        yield f"maps/{pair.sse.removeprefix('sse_')}", map_figure(across, up, kinds, STUDY.samples, title)
    descriptors = [Axis(item.label, kept[item.name]) for item in STUDY.descriptors]
    yield "descriptors", descriptor_figure(descriptors, [Axis(f"AE of {labels[n]}", errors[n]) for n in labels], title)


def write_figures(estimates: pd.DataFrame, title: str, folder: Path) -> list[str]:
    """Draw each figure once, as PNG to look at and SVG to print; returns the names of the PNG files."""
    names = []
    for name, figure in figures(estimates, title):
        for ending, image in (("png", png_bytes(figure)), ("svg", svg_bytes(figure))):
            with atomic_path(folder / f"{name}.{ending}") as part:
                part.write_bytes(image)
        names.append(f"{name}.png")
    return names
