"""Figures of one evaluated model: beside its numbers as PNG and SVG, and in its MLflow run."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from relaxnet.datasets.targets import Targets
from relaxnet.evaluation.estimate_figures import estimates_figure
from relaxnet.evaluation.figures import save_figure, sorted_errors_figure
from relaxnet.evaluation.maps import Axis, descriptor_figure, map_figure

from .estimates import Estimates, error_panels, sse_panels
from .spec import ReportSpec


def write_figures(
    estimates: pd.DataFrame,
    curves: Mapping[str, pd.DataFrame],
    targets: Targets,
    spec: ReportSpec,
    title: str,
    folder: Path,
) -> list[str]:
    """Draw the figures of a model, each as PNG to look at and as SVG for print; return the PNG files' names.

    ``estimates`` and ``curves`` are as in ``estimates.csv`` and, for each vector target, ``curves/<target>.csv``.
    ``folder`` gets ``estimates``, ``sorted_errors``, ``maps/<pair>`` and ``descriptors``.

    Raises
    ------
    DataFileError
        Where they cannot be written.
    """
    kept = Estimates(estimates[~estimates[spec.left_out.column]] if spec.left_out else estimates, curves)
    names = []
    for name, figure in _figures(kept, targets, spec, title):
        save_figure(figure, folder, name)
        names.append(f"{name}.png")
    return names


def _figures(kept: Estimates, targets: Targets, spec: ReportSpec, title: str) -> Iterator[tuple[str, Figure]]:
    ordered = spec.ordered(targets)
    yield "estimates", estimates_figure([kept.panel(target) for target in ordered], title)
    panels = [*error_panels({title: kept}, ordered), *sse_panels({title: kept}, spec.sse).values()]
    yield "sorted_errors", sorted_errors_figure(panels)
    for pair in spec.pairs:
        kinds = {sse.axis: kept.table[sse.name] for sse in reversed(spec.sse)} | {pair.axis: kept.table[pair.sse]}
        across, up = (Axis(targets[name].label, kept.true(targets[name])) for name in (pair.x, pair.y))
        yield f"maps/{pair.sse.removeprefix('sse_')}", map_figure(across, up, kinds, spec.samples, title)
    if spec.descriptors:
        descriptors = [Axis(item.label, kept.table[item.name]) for item in spec.descriptors]
        errors = [Axis(f"AE of {target.label}", kept.shown_errors(target)) for target in ordered]
        yield "descriptors", descriptor_figure(descriptors, errors, title)
