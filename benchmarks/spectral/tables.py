"""Tables and figures of the finished trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from budgeted.pages import quarters, spread
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relaxnet.evaluation.figures import line_style

from .plan import LONG, SIZES
from .runs import KERNEL_RIDGE, SOLVED

Rows = Sequence[dict[str, Any]]
PERCENT = ("accuracy", "accuracy_normalised", "accuracy_centred", "negative_share",
           "accuracy_at_300_mev", "accuracy_at_500_mev")  # fmt: skip


def frame(rows: Rows) -> pd.DataFrame:
    """A row a training, with the validation loss on the way; shares in percent."""
    found = []
    for row in rows:
        shown = {key: value for key, value in row.items() if key != "curve"}
        shown |= {key: 100.0 * row[key] for key in PERCENT if row.get(key) is not None}
        shown |= dict.fromkeys(("quarter", "half", "end"), np.nan)
        if row["model"] not in SOLVED:
            shown |= dict(zip(("quarter", "half", "end"), quarters(row["curve"], row["taken"]), strict=True))
        found.append(shown)
    return pd.DataFrame(found)


def label(model: str, output: str) -> str:
    """A model as the page names it."""
    names = {"kernel_ridge": "kernel ridge", "mean": "mean spectrum", "levels": "levels"}
    return names.get(model, {"linear": "CNN", "non-negative": "CNN, softplus", "area": "CNN, softmax"}[output])


def experiments(table: pd.DataFrame) -> list[str]:
    """All models on all molecules."""
    heads = ["model", "loss", "σ (eV)", "points", "rate", "accuracy (%)", "normalised", "shifted and scaled",
             "R² as printed", "R²", "MAE (1/eV)", "negative (% of points)", "loss at ¼, ½, end", "s",
             "seeds"]  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", f"|---|---|{'---:|' * (len(heads) - 2)}"]
    own = table[table["molecules"] == table["molecules"].max()]
    keys = ["model", "output", "loss", "sigma_ev", "points", "rate"]
    groups = sorted(
        own.groupby(keys, sort=False), key=lambda item: (item[0][3], item[0][4], -_mean(item[1], "accuracy_centred"))
    )
    for (model, output, loss, sigma, points, rate), group in groups:
        solved = model in SOLVED
        curve = "–" if solved else ", ".join(f"{_mean(group, key):.3g}" for key in ("quarter", "half", "end"))
        cells = [
            label(model, output), "–" if solved else loss, f"{sigma:g}", str(points), "–" if solved else rate,
            *(_spread(group, key, 2) for key in ("accuracy", "accuracy_normalised", "accuracy_centred")),
            *(_spread(group, key, 3) for key in ("r2_printed", "r2")), _spread(group, "mae", 4),
            _spread(group, "negative_share", 1), curve,
            f"{_mean(group, 'seconds'):.0f}", str(len(group)),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def one_for_all(table: pd.DataFrame) -> list[str]:
    """Networks of the narrowest spectra, broadened further, beside separate ones."""
    lines = ["| network | accuracy at 0.1 eV (%) | at 0.3 eV | at 0.5 eV |", "|---|---:|---:|---:|"]
    own = table[(table["molecules"] == table["molecules"].max()) & (table["points"] == 300) & (table["loss"] == "rmse")
                & (table["rate"] == "cosine") & (table["output"] == "linear")]  # fmt: skip
    for model in ("cnn", "levels"):
        rows = own[own["model"] == model]
        narrow = rows[rows["sigma_ev"] == 0.1]
        if narrow.empty:
            continue
        broader = [_spread(narrow, f"accuracy_at_{width}_mev", 2) for width in (300, 500)]
        name = label(model, "linear")
        lines.append(f"| {name}, trained at 0.1 eV | {_spread(narrow, 'accuracy', 2)} | {' | '.join(broader)} |")
        separate = [_spread(rows[rows["sigma_ev"] == sigma], "accuracy", 2) for sigma in (0.1, 0.3, 0.5)]
        lines.append(f"| {name}, separate ones | {' | '.join(separate)} |")
    return lines


def sizes(table: pd.DataFrame) -> list[str]:
    """Accuracy at 0.5 eV against the number of training molecules."""
    columns = sorted({*SIZES, *table["molecules"]})
    lines = [f"| network | {' | '.join(f'{count}' for count in columns)} |", f"|---|{'---:|' * len(columns)}"]
    for name, rows, key in _of_sizes(table):
        cells = [_spread(rows[rows["molecules"] == count], key, 2) for count in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def sizes_figure(table: pd.DataFrame) -> Figure:
    """Accuracy at 0.5 eV over the number of training molecules."""
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    panel = figure.subplots()
    for number, (name, rows, key) in enumerate(_of_sizes(table)):
        found = rows[key].groupby(rows["molecules"])
        panel.errorbar(found.mean().index, found.mean(), yerr=found.std().fillna(0.0), marker="o", ms=4,
                       capsize=2, label=name, **line_style(number))  # fmt: skip
    panel.set(xscale="log", xlabel="training molecules", ylabel="accuracy at σ = 0.5 eV (%)")
    panel.grid(alpha=0.25, which="both")
    panel.legend(frameon=False, fontsize=8)
    return figure


def curves_figure(rows: Rows, steps: int) -> Figure:
    """Validation loss over the optimiser steps, relative to its first value, of the first seed of every training.

    Those of ``steps`` by their rate, and those of more.
    """
    figure = Figure(figsize=(9.0, 11.0), layout="constrained")
    panels = iter(figure.subplots(3, 1))
    first = [row for row in rows if row["model"] not in SOLVED and row["seed"] == 1]
    equal, long = ([row for row in first if row["steps"] == count] for count in (steps, LONG * steps))
    for rate in ("report", "cosine"):
        chosen = {f"{_told(row)}, {row['points']}": row for row in equal if row["rate"] == rate}
        _curves(next(panels), f"{steps} steps, rate: {rate}", chosen)
    chosen = {f"{_told(row)}, {row['rate']}, {row['molecules']} molecules": row
              for row in sorted(long, key=lambda row: (row["model"], row["rate"], row["molecules"]))}  # fmt: skip
    _curves(next(panels), f"{LONG * steps} steps", chosen)
    return figure


def _told(row: Mapping[str, Any]) -> str:
    return f"{label(row['model'], row['output'])}, {row['loss']}, {row['sigma_ev']:g} eV"


def _curves(panel: Axes, title: str, rows: Mapping[str, dict[str, Any]]) -> None:
    for number, (name, row) in enumerate(rows.items()):
        steps, losses = zip(*row["curve"], strict=True)
        panel.plot(steps, np.array(losses) / losses[0], label=name, **line_style(number))
    panel.set(xlabel="optimiser steps", title=title, ylabel="validation loss / first (–)")
    panel.grid(alpha=0.25)
    if rows:
        panel.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _of_sizes(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame, str]]:
    found = []
    for model, sigma, rate, how, key in (
        ("cnn", 0.5, "cosine", "", "accuracy"), ("cnn", 0.5, "report", ", the report's rate", "accuracy"),
        ("levels", 0.1, "cosine", ", trained at 0.1 eV", "accuracy_at_500_mev"),
        ("kernel_ridge", 0.5, "cosine", "", "accuracy"),
    ):  # fmt: skip
        rows = table[(table["model"] == model) & (table["sigma_ev"] == sigma) & (table["rate"] == rate)]
        if model == "kernel_ridge":  # of more it takes no more
            rows = rows[rows["molecules"] <= KERNEL_RIDGE]
        if not rows.empty:
            found.append((label(model, "linear") + how, rows, key))
    return found


def _mean(group: pd.DataFrame, key: str) -> float:
    return float(group[key].mean()) if key in group else float("nan")


def _spread(group: pd.DataFrame, key: str, digits: int) -> str:
    """Of the seeds that have it: where an estimate has no area, there is no accuracy."""
    if key not in group:
        return "–"
    known = group[key].dropna()
    text = spread(known, digits)
    return text if len(known) in (0, len(group)) else f"{text} ({len(known)} of {len(group)} seeds)"
