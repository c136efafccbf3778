"""Errors of a grid of trainings on test sets: tables, and a curve over a number or dots for the choices."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from relaxnet.core.files import write_text
from relaxnet.datasets.targets import Target
from relaxnet.evaluation.figures import MARKERS, PALETTE, save_figure

from .grid import SEED, Grid, Measure, combinations, error_measure, markdown, means, value_text

LOG_RATIO = 4.0  # between the largest and the smallest error, from which on their axis is logarithmic
NONE: Mapping[str, Mapping[str, float]] = {}
OFF_SCALE = 20.0  # dots beyond this multiple of the smallest error are written at the edge
BASELINE_REACH = 1.3  # the baseline is drawn up to this multiple of the largest error


class SetErrors(NamedTuple):
    """Means of the errors on a test set, its heading, and by column the errors of others, in the target's unit.

    ``runs`` are the errors of each seed by itself, ``baselines`` those of predicting the training mean, ``references``
    those of other models by name.
    """

    head: str
    grid: Grid
    runs: list[Grid]
    baselines: Mapping[str, float]
    references: Mapping[str, Mapping[str, float]]


def write_errors(
    rows: pd.DataFrame,
    axes: Sequence[str],
    targets: Sequence[Target],
    sets: Mapping[str, str],
    output: Path,
    references: Mapping[str, Mapping[str, float]] = NONE,
) -> None:
    """Write ``errors.md``, ``errors.png`` and ``errors.svg`` into ``output``.

    Parameters
    ----------
    rows : DataFrame
        A row for each training: the axes, ``n_parameters``, ``seconds`` and, for each set and target,
        ``<set>.<target>.mae`` and ``<set>.<target>.baseline_mae``, in the target's unit.
    axes : sequence of str
        Columns that tell the trainings apart; means and standard deviations are over the one called ``seed``.
    targets : sequence of Target
        In the order in which they are shown.
    sets : mapping
        Heading of each test set by its name.
    references : mapping, optional
        Errors of other models by name, each by the columns of ``rows``.

    Raises
    ------
    DataFileError
        Where they cannot be written.
    """
    found = on_test_sets(rows, axes, targets, sets, references)
    save_figure(errors_figure(found), output, "errors")
    write_text(output / "errors.md", "\n".join(map(_section, found)))


def on_test_sets(
    rows: pd.DataFrame,
    axes: Sequence[str],
    targets: Sequence[Target],
    sets: Mapping[str, str],
    references: Mapping[str, Mapping[str, float]] = NONE,
) -> list[SetErrors]:
    """Means and standard deviations of the errors on each test set; parameters as in `write_errors`."""
    several = [name for name in axes if name == SEED or rows[name].astype(str).nunique() > 1] or list(axes)
    found = []
    for name, head in sets.items():
        measures = [error_measure(target, f"{name}.{target.name}.mae") for target in targets]
        baselines = {m.column: float(rows[m.column.replace(".mae", ".baseline_mae")].mean()) for m in measures}
        others = {key: {m.column: errors[m.column] for m in measures} for key, errors in references.items()}
        runs = [means(group, several, measures) for _, group in rows.groupby(SEED, sort=False)] if SEED in rows else []
        found.append(SetErrors(head, means(rows, several, measures), runs, baselines, others))
    return found


def _section(item: SetErrors) -> str:
    lines = [f"## {item.head}", "", markdown(item.grid)]
    others = {"the training mean": item.baselines} | {f"model {key}": errors for key, errors in item.references.items()}
    for name, errors in others.items():
        words = (f"{m.heading} {m.write(errors[m.column])} {m.unit}".removesuffix(" –") for m in item.grid.measures)
        lines.append(f"- {name}: {', '.join(words)}")
    return "\n".join([*lines, ""])


def errors_figure(sets: Sequence[SetErrors]) -> Figure:
    """Means with standard deviations: a row a test set, a column a target, in its unit for people.

    Over a number of three or more values (of the first axis that is one) a line for each combination of the others,
    and a thin one for each of its seeds; without one, dots for the choices of the compared axis.  Other models are
    dashed lines, and the error of predicting the mean a dotted one, where it is near.
    """
    grid = sets[0].grid
    axis = next((name for name in (grid.line, *grid.others) if _is_scale(grid.table[name])), None)
    others = [name for name in (grid.line, *grid.others) if name != (axis or grid.line)]
    height = 2.3 if axis else 1.2 + max(0.3 * grid.table[grid.line].nunique(), 0.14 * len(grid.table))
    width = 2.7 * len(grid.measures)
    figure = Figure(figsize=(width, height * len(sets) + 0.4), layout="constrained")
    panels = figure.subplots(len(sets), len(grid.measures), squeeze=False, sharey=False if axis else "row")
    for row, item in zip(panels, sets, strict=True):
        for panel, measure in zip(row, item.grid.measures, strict=True):
            if axis:
                for run in item.runs:
                    _curves(panel, run._replace(others=others), measure, axis, single=True)
            (_curves if axis else _dots)(panel, item.grid._replace(others=others), measure, axis or grid.line)
            _scale_errors(panel, item, measure, "y" if axis else "x")
            panel.grid(alpha=0.25)
        row[0].set_title(item.head, loc="left", fontsize=10, fontweight="bold")
        if not axis:
            row[0].set_ylabel(grid.line)
    if axis:
        for panel in panels[-1]:
            panel.set_xlabel(axis)
    handles, labels = panels[0][0].get_legend_handles_labels()
    if labels:
        columns = max(1, min(len(labels), int(13 * width / (8 + max(map(len, labels))))))
        figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)
    return figure


def _curves(panel: Axes, grid: Grid, measure: Measure, axis: str, single: bool = False) -> None:
    for number, (title, group) in enumerate(_series(grid)):
        means, spreads = _mean_and_spread(group, measure)
        if single:
            panel.plot(group[axis], means, color=PALETTE[number % len(PALETTE)], lw=0.8, alpha=0.4)
            continue
        panel.errorbar(
            group[axis], means, yerr=spreads, marker=MARKERS[number % len(MARKERS)], label=title or None,
            color=PALETTE[number % len(PALETTE)], ms=4.5, lw=1.2, elinewidth=1.0, capsize=2.0,
        )  # fmt: skip
    values = sorted(set(grid.table[axis]))
    if values[0] > 0 and values[-1] >= 10 * values[0]:
        panel.set_xscale("log")
    panel.xaxis.set_major_locator(FixedLocator(values))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_xticks(values, [value_text(value) for value in values])
    panel.set_ylabel(f"{measure.heading} ({measure.unit})")


def _series(grid: Grid) -> list[tuple[str, pd.DataFrame]]:
    """Combinations of the other axes with their rows; the values of a single axis of words speak for themselves."""
    found = combinations(grid)
    if len(grid.others) == 1 and not is_numeric_dtype(grid.table[grid.others[0]]):
        return [(str(group[grid.others[0]].iloc[0]), group) for _, group in found]
    return found


def _dots(panel: Axes, grid: Grid, measure: Measure, axis: str) -> None:
    names = list(dict.fromkeys(grid.table[axis]))
    places = np.arange(len(names))[::-1]
    series = _series(grid)
    for number, (title, group) in enumerate(series):
        means, spreads = _mean_and_spread(group.set_index(axis).reindex(names), measure)
        heights = places + 0.6 / len(series) * ((len(series) - 1) / 2 - number)
        near = _on_scale(grid, measure, means)
        for mean, height in zip(means[~near & means.notna()], heights[~near & means.notna()], strict=True):
            panel.text(
                0.98, height, f"{measure.write(mean / measure.factor)} →", ha="right", va="center", fontsize=8.5,
                color=PALETTE[number % len(PALETTE)], transform=panel.get_yaxis_transform(),
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
            )  # fmt: skip
        panel.errorbar(
            means[near], heights[near], xerr=spreads[near], label=title or None, fmt=MARKERS[number % len(MARKERS)],
            color=PALETTE[number % len(PALETTE)], ms=5, elinewidth=1.0,
        )  # fmt: skip
    panel.set_yticks(places, [value_text(name) for name in names])
    panel.set_ylim(-0.6, places[0] + 0.6)
    panel.set_xlabel(f"{measure.heading} ({measure.unit})")


def _scale_errors(panel: Axes, item: SetErrors, measure: Measure, which: str) -> None:
    """Scale the axis of the errors, and draw the references, and the baseline where it is near them."""
    means, spreads = _mean_and_spread(item.grid.table, measure)
    if which == "x":
        near = _on_scale(item.grid, measure, means)
        means, spreads = means[near], spreads[near]
    line = panel.axhline if which == "y" else panel.axvline
    others = {name: measure.factor * errors[measure.column] for name, errors in item.references.items()}
    for number, (name, error) in enumerate(others.items(), start=1):
        line(error, color=PALETTE[-1 - number % len(PALETTE)], lw=1.2, linestyle="--", label=f"{name}, as it is")
    runs = item.runs if which == "y" else []
    drawn = [float((measure.factor * run.table[measure.column]).max()) for run in runs]
    largest = max(float((means + spreads).max()), *others.values(), *drawn, 0.0)
    baseline = measure.factor * item.baselines[measure.column]
    if baseline <= BASELINE_REACH * largest:
        line(baseline, color="0.35", linewidth=1.0, linestyle=":")
        largest = max(largest, baseline)
    axis = panel.yaxis if which == "y" else panel.xaxis
    if max(float(means.max()), *others.values(), 0.0) > LOG_RATIO * means.min():
        panel.set(**{f"{which}scale": "log"})
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(MaxNLocator(5 if which == "y" else 3))
        panel.set(**{f"{which}lim": (0.0, 1.08 * largest)})


def _on_scale(grid: Grid, measure: Measure, means: pd.Series) -> pd.Series:
    """Which of the means are not far beyond the smallest one of a panel."""
    return means.le(OFF_SCALE * measure.factor * float(grid.table[measure.column].min()))


def _mean_and_spread(group: pd.DataFrame, measure: Measure) -> tuple[pd.Series, pd.Series]:
    return measure.factor * group[measure.column], measure.factor * group[f"{measure.column}.sd"].fillna(0.0)


def _is_scale(values: pd.Series) -> bool:
    return is_numeric_dtype(values) and not is_bool_dtype(values) and values.nunique() > 2
