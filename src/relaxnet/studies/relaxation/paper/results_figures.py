"""The paper's figures of its results (Figs 9 to 11), panel by panel, from the estimates of this project's models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from matplotlib.figure import Figure

from relaxnet.core.tables import check_flags, check_numbers, read_frame
from relaxnet.evaluation.figures import SortedPanel, sorted_errors_figure
from relaxnet.evaluation.maps import draw_map, error_maps
from relaxnet.reporting.estimates import Estimates, error_panels, sse_panels
from relaxnet.reporting.spec import ReportSpec

from ..samples.targets import TARGETS

PANELS = {"beta": "c", "dh_j_per_mol": "d", "x": "e", "ln_a": "f"}  # of Fig. 9, all models
SIGNALS, PARAMETERS = "sse_signals", "sse_parameters"


def read_estimates(folder: Path, spec: ReportSpec) -> Estimates:
    """Evaluated quartets of one model, ``estimates.csv`` in the folder of its evaluation.

    Raises
    ------
    DataFileError
        If the file is missing, cut short or lacks a column.
    """
    path, mark = folder / "estimates.csv", spec.left_out.column if spec.left_out else ""
    values = [f"{kind}_{name}" for kind in ("true", "estimate") for name in TARGETS.names]
    sums = [column.name for column in spec.sse]
    pairs = [pair.sse for pair in spec.pairs]
    table = read_frame(path, [mark, *values, *sums, *pairs])
    check_flags(path, table, mark)
    kept = table[~table[mark]]
    check_numbers(path, kept, [*values, PARAMETERS, *pairs])
    check_numbers(path, kept, [SIGNALS], empty_allowed=True)
    return Estimates(kept, {})


def evaluated(evaluation: Path, models: Sequence[str]) -> list[str]:
    """Those of the models that have an evaluation."""
    return [name for name in models if (evaluation / name / "estimates.csv").exists()]


def central_figure(name: str, estimates: Estimates, spec: ReportSpec) -> Figure:
    """Draw the sorted errors of all parameters, and the sorted SSE of the signals, of one model (Fig. 9a, b)."""
    targets = spec.ordered(TARGETS)
    curves = {target.label: estimates.shown_errors(target) for target in targets}
    parameters = SortedPanel("absolute error (unit of each)", curves, title=f"(a) parameters, model {name}")
    columns = [column for column in spec.sse if column.name == SIGNALS]
    signals = sse_panels({name: estimates}, columns).values()  # none where no estimate could be simulated
    return sorted_errors_figure(
        [parameters, *(replace(panel, title=f"(b) signals, model {name}") for panel in signals)]
    )


def models_figure(models: Mapping[str, Estimates]) -> Figure:
    """Draw the sorted errors of each parameter for all models, in the order of the paper (Fig. 9c to f)."""
    targets = [TARGETS[name] for name in PANELS]
    panels = error_panels(models, targets)
    return sorted_errors_figure(
        [
            replace(panel, title=f"({letter}) {target.short}")
            for panel, target, letter in zip(panels, targets, PANELS.values(), strict=True)
        ]
    )


def planes_figure(name: str, estimates: Estimates, spec: ReportSpec, pairs: Sequence[tuple[str, str]]) -> Figure:
    """Map the SSE of the signals, of all parameters and of the pair over two planes (Figs 10 and 11).

    ``pairs`` are the two of the left (a, c, e) and of the right column (b, d, f).
    """
    figure = Figure(figsize=(9.6, 9.6), layout="constrained")
    axes = figure.subplots(3, 2)
    kinds = {SIGNALS: "signals", PARAMETERS: "all four parameters"}
    for column, (x, y) in enumerate(pairs):
        pair = next(pair for pair in spec.pairs if (pair.x, pair.y) == (x, y))
        across, up = estimates.true(TARGETS[x]), estimates.true(TARGETS[y])
        labels = {f"SSE of {text}": estimates.column(key) for key, text in kinds.items()}
        labels["SSE of the pair"] = estimates.column(pair.sse)
        edges, maps = error_maps(across, up, labels, spec.samples)
        for row, (label, heights) in enumerate(list(maps.items())[: len(labels)]):
            ax = axes[row, column]
            draw_map(ax, edges, label, heights)
            ax.set(xlabel=TARGETS[x].label, ylabel=TARGETS[y].label)
            ax.set_title(f"({'abcdef'[2 * row + column]})", loc="left")
    figure.suptitle(f"Model {name}")
    return figure
