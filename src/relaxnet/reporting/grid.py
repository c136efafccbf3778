"""What the study of architectures found: rows, means with spreads, a figure."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from relaxnet.evaluation.figures import MARKERS, PALETTE, png_bytes, svg_bytes
from relaxnet.core.files import atomic_path, write_text

CELL = ["architecture", "subset", "w_ln_a"]


class Measure(NamedTuple):
    """A column of the rows, its heading, and the factor to the unit of display."""

    column: str
    heading: str
    factor: float = 100.0


MEASURES = (
    Measure("beta.within_0.02", "β within 0.02 (%)"),
    Measure("x.within_0.02", "x within 0.02 (%)"),
    Measure("dh_j_per_mol.within_10000", "Δh* within 10 kJ/mol (%)"),
    Measure("ln_a.within_2", "ln(A/s) within 2 (%)"),
    Measure("relative_rmse", "RMSE / RMSE of the mean (ratio)", 1.0),
)


def write_report(rows: pd.DataFrame, output: Path) -> None:
    """Write ``runs.csv``, ``table.csv``, ``table.md`` and ``architectures.png``/``.svg`` into ``output``."""
    table = summarise(rows)
    figure = study_figure(table)
    for name, frame in (("runs.csv", rows), ("table.csv", table)):
        with atomic_path(output / name) as part:
            frame.to_csv(part, index=False, float_format="%.6g")
    for ending, image in (("png", png_bytes(figure)), ("svg", svg_bytes(figure))):
        with atomic_path(output / f"architectures.{ending}") as part:
            part.write_bytes(image)
    write_text(output / "table.md", markdown(table))


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each architecture, subset and weight: mean and standard deviation over the seeds.

    Returns
    -------
    DataFrame
        Columns ``architecture, subset, w_ln_a, runs, weights, seconds`` and, for each measure, ``<column>`` and
        ``<column>.sd``; architectures in the order of ``rows``.
    """
    groups = rows.groupby(CELL, sort=False)
    columns = [measure.column for measure in MEASURES]
    table = groups[columns].mean()
    table[[f"{column}.sd" for column in columns]] = groups[columns].std(ddof=1).to_numpy()
    table.insert(0, "runs", groups.size())
    table.insert(1, "weights", groups["weights"].first())
    table.insert(2, "seconds", groups["seconds"].mean())
    return table.reset_index()


def compared(table: pd.DataFrame) -> tuple[str, str]:
    """Column whose values are set side by side, and the other one: architectures, or the subsets of a single one."""
    return ("architecture", "subset") if table["architecture"].nunique() > 1 else ("subset", "architecture")


def markdown(table: pd.DataFrame) -> str:
    """Markdown table for each subset (or the one architecture) and weight.

    Rows keep the order of the study: test data report, they do not choose.  Closed forms have no spread.
    """
    lines = []
    rows, other = compared(table)
    heads = [rows, "weights", "seconds", *(measure.heading for measure in MEASURES)]
    for (name, w_ln_a), group in table.groupby([other, "w_ln_a"], sort=False):
        lines += [f"### {other.capitalize()} {name}, w_lnA = {w_ln_a:g}", "", f"| {' | '.join(heads)} |"]
        lines += [f"| --- |{' ---: |' * (len(heads) - 1)}"]
        for _, row in group.iterrows():
            cells = [row[rows], f"{row['weights']:.0f}", f"{row['seconds']:.0f}"]
            cells += [_mean_and_spread(row, measure) for measure in MEASURES]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def study_figure(table: pd.DataFrame) -> Figure:
    """Means with standard deviations: a panel a measure, a line an architecture, a mark a subset and weight.

    Of a single architecture the lines are its subsets.
    """
    line, mark = compared(table)
    names = list(dict.fromkeys(table[line]))
    rows = np.arange(len(names))[::-1]
    figure = Figure(figsize=(12.5, 0.46 * len(names) + 1.7), layout="constrained")
    panels = figure.subplots(1, len(MEASURES), sharey=True)
    cells = list(table.groupby([mark, "w_ln_a"], sort=False))
    for panel, measure in zip(panels, MEASURES, strict=True):
        for number, ((name, w_ln_a), group) in enumerate(cells):
            values = group.set_index(line).reindex(names)
            panel.errorbar(
                measure.factor * values[measure.column],
                rows + 0.16 * ((len(cells) - 1) / 2 - number),
                xerr=measure.factor * values[f"{measure.column}.sd"].fillna(0.0),
                linestyle="none",
                marker=MARKERS[number % len(MARKERS)],
                color=PALETTE[number % len(PALETTE)],
                ms=5,
                elinewidth=1.0,
                label=f"{name}, w_lnA = {w_ln_a:g}",
            )
        panel.set_xlabel(measure.heading.replace(" (ratio)", "\n(ratio)").replace(" within", "\nwithin"))
        panel.set_xlim(0, 103 if measure.factor == 100.0 else None)
        panel.grid(alpha=0.25)
    panels[0].set_yticks(rows, names)
    panels[0].set_ylim(-0.6, rows[0] + 0.6)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure


def _mean_and_spread(row: pd.Series, measure: Measure) -> str:
    mean, spread = measure.factor * row[measure.column], measure.factor * row[f"{measure.column}.sd"]
    digits = 1 if measure.factor == 100.0 else 3
    return f"{mean:.{digits}f}" if np.isnan(spread) or spread == 0 else f"{mean:.{digits}f} ± {spread:.{digits}f}"
