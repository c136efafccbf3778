"""Report on a grid of trainings: all rows, means with spreads over the seeds, a figure."""

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from relaxnet.core.files import atomic_path, write_text
from relaxnet.datasets.targets import Target, Targets
from relaxnet.evaluation.figures import MARKERS, PALETTE, save_figure
from relaxnet.evaluation.metrics import threshold_key

SEED = "seed"
Choice = tuple[str, float | None]
"""A target, and the threshold of the share that is shown of it, or None for its mean absolute error."""


class Measure(NamedTuple):
    """A column of the rows, its heading, its unit for people, the factor to that, and how a value is written."""

    column: str
    heading: str
    unit: str
    factor: float
    write: Callable[[float], str]


class Grid(NamedTuple):
    """Means over the seeds, and how they are laid out.

    ``table`` has a row for each combination of the axes but the seed, in the order of the rows: the axes, ``runs``,
    ``n_parameters``, ``seconds`` and, for each measure, ``<column>`` and the standard deviation ``<column>.sd``.
    """

    table: pd.DataFrame
    line: str  # axis whose values are compared: the first with more than one
    others: list[str]  # the other axes
    measures: list[Measure]


def write_grid(
    rows: pd.DataFrame, axes: Sequence[str], targets: Targets, output: Path, measures: Sequence[Choice] | None = None
) -> None:
    """Write ``runs.csv``, ``table.csv``, ``table.md``, ``grid.png`` and ``grid.svg`` into ``output``.

    Parameters
    ----------
    rows : DataFrame
        A row for each training: the axes, ``n_parameters``, ``seconds``, ``relative_rmse`` and, for each target,
        ``<target>.mae`` and ``<target>.within_<threshold>``.
    axes : sequence of str
        Columns that tell the trainings apart; means and standard deviations are over the one called ``seed``.
    measures : sequence of (str, float or None), optional
        Target and threshold of each share that is shown, or target and None for its mean absolute error.  By default,
        for each target, its first threshold, or the error if it has none.

    Raises
    ------
    DataFileError
        Where they cannot be written.
    """
    grid = summarise(rows, axes, targets, measures)
    for name, frame in (("runs.csv", rows), ("table.csv", grid.table)):
        with atomic_path(output / name) as part:
            frame.to_csv(part, index=False, float_format="%.6g")
    save_figure(grid_figure(grid), output, "grid")
    write_text(output / "table.md", markdown(grid))


def summarise(
    rows: pd.DataFrame, axes: Sequence[str], targets: Targets, measures: Sequence[Choice] | None = None
) -> Grid:
    """Means and standard deviations over the seeds; parameters as in `write_grid`."""
    chosen = measures or [(target.name, next(iter(target.thresholds), None)) for target in targets.items]
    shown = [_measure(targets[name], threshold) for name, threshold in chosen]
    shown.append(Measure("relative_rmse", "RMSE / baseline RMSE", "ratio", 1.0, "{:.3f}".format))
    return means(rows, axes, shown)


def means(rows: pd.DataFrame, axes: Sequence[str], shown: list[Measure]) -> Grid:
    """Means and standard deviations over the seeds of any columns; the other parameters as in `write_grid`."""
    cell = [name for name in axes if name != SEED] or list(axes)
    # lists and mappings cannot be grouped by
    plain = rows.assign(**{n: [str(v) if isinstance(v, list | tuple | dict) else v for v in rows[n]] for n in cell})
    groups = plain.groupby(cell, sort=False, dropna=False)
    columns = [measure.column for measure in shown]
    table = groups[columns].mean()
    table[[f"{column}.sd" for column in columns]] = groups[columns].std(ddof=1).to_numpy()
    table.insert(0, "runs", groups.size())
    table.insert(1, "n_parameters", groups["n_parameters"].first())
    table.insert(2, "seconds", groups["seconds"].mean())
    table = table.reset_index()
    line = next((name for name in cell if table[name].nunique(dropna=False) > 1), cell[0])
    return Grid(table, line, [name for name in cell if name != line], shown)


def markdown(grid: Grid) -> str:
    """Markdown table for each combination of the other axes.

    Rows keep the order of the grid: test data report, they do not choose.  Closed forms have no spread.
    """
    lines = []
    heads = [grid.line, "network weights", "seconds", *(f"{m.heading} ({m.unit})" for m in grid.measures)]
    for title, group in combinations(grid):
        lines += [f"### {title[:1].upper()}{title[1:]}", ""] if title else []
        lines += [f"| {' | '.join(heads)} |", f"| --- |{' ---: |' * (len(heads) - 1)}"]
        for _, row in group.iterrows():
            cells = [value_text(row[grid.line]), f"{row['n_parameters']:.0f}", f"{row['seconds']:.0f}"]
            cells += [_mean_and_spread(row, measure) for measure in grid.measures]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def grid_figure(grid: Grid) -> Figure:
    """Means with standard deviations: a panel a measure, a line a value of the compared axis, a mark a combination."""
    names = list(dict.fromkeys(grid.table[grid.line]))
    rows = np.arange(len(names))[::-1]
    figure = Figure(figsize=(2.5 * len(grid.measures), 0.46 * len(names) + 1.7), layout="constrained")
    panels = figure.subplots(1, len(grid.measures), sharey=True, squeeze=False)[0]
    cells = combinations(grid)
    for panel, measure in zip(panels, grid.measures, strict=True):
        for number, (title, group) in enumerate(cells):
            values = group.set_index(grid.line).reindex(names)
            means, spreads = (measure.factor * values[name] for name in (measure.column, f"{measure.column}.sd"))
            marker, color = MARKERS[number % len(MARKERS)], PALETTE[number % len(PALETTE)]
            place = rows + 0.16 * ((len(cells) - 1) / 2 - number)
            panel.errorbar(
                means, place, xerr=spreads.fillna(0.0), fmt=marker, color=color, ms=5, elinewidth=1.0, label=title
            )
        panel.set_xlabel(fill(f"{measure.heading} ({measure.unit})", 18))
        panel.set_xlim(0, 103 if measure.unit == "%" else None)
        panel.grid(alpha=0.25)
    panels[0].set_yticks(rows, [value_text(name) for name in names])
    panels[0].set_ylim(-0.6, rows[0] + 0.6)
    if any(title for title, _ in cells):
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 4), frameon=False)
    return figure


def error_measure(target: Target, column: str) -> Measure:
    """Mean absolute error of a target, in a column of the rows."""
    return Measure(column, f"MAE of {target.short}", target.shown_unit or "–", target.display_factor, target.error_text)


def _measure(target: Target, threshold: float | None) -> Measure:
    if threshold is None:
        return error_measure(target, f"{target.name}.mae")
    heading = f"{target.short} within {target.amount_text(threshold)}"
    column = f"{target.name}.within_{threshold_key(threshold)}"
    return Measure(column, heading, "%", 100.0, lambda share: f"{100 * share:.1f}")


def combinations(grid: Grid) -> list[tuple[str, pd.DataFrame]]:
    """Combinations of the other axes, in words, with their rows."""
    if not grid.others:
        return [("", grid.table)]

    def words(axis: str, value: Any) -> str:
        return f"{axis} {value}" if isinstance(value, str) else f"{axis} = {value_text(value)}"

    groups = grid.table.groupby(grid.others, sort=False, dropna=False)
    return [(", ".join(map(words, grid.others, values)), group) for values, group in groups]


def value_text(value: Any) -> str:
    """Value of an axis for people: numbers without spare zeros."""
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _mean_and_spread(row: pd.Series, measure: Measure) -> str:
    mean, spread = row[measure.column], row[f"{measure.column}.sd"]
    if np.isnan(mean):
        return "–"
    text = measure.write(mean)
    if np.isnan(spread) or spread == 0:
        return text
    if "e" in text:
        return f"{text} ± {measure.write(spread)}"
    return f"{text} ± {measure.factor * spread:.{len(text.partition('.')[2])}f}"  # no more decimals than the mean
