"""Tables and figures of the finished trainings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from relaxnet.evaluation.figures import line_style

from .plan import COURSE, MANY, SIZES
from .runs import PHOTOGRAPHS

Rows = Sequence[dict[str, Any]]


def frame(rows: Rows) -> pd.DataFrame:
    """A row a training, with means over the constants, and the validation loss on the way."""
    found = []
    for row in rows:
        curve = row["val_loss"]
        quarter, half = (curve[max(0, round(share * len(curve)) - 1)] for share in (0.25, 0.5))
        found.append({
            **{key: row[key] for key in ("model", "part", "weights", "images", "seed", "steps", "data", "seconds",
                                         "estimate_ms", "n_parameters")},
            "mean": np.mean(list(row["nrmse"].values())), "r2": np.mean(list(row["r2"].values())),
            "worst": max(row["nrmse"].values()), "quarter": quarter, "half": half, "end": curve[-1],
        })  # fmt: skip
    return pd.DataFrame(found)


def label(model: str, part: str) -> str:
    """A model as the page names it."""
    return f"{model}, head only" if part == "head" else f"{model}, all" if model in PHOTOGRAPHS else model


def equal_steps(table: pd.DataFrame) -> list[str]:
    """Every model on the course's number of images."""
    lines = [
        "| model | weights before | weights | mean NRMSE | worst | mean R² | seconds | loss at ¼, ½, end | seeds |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    own = table[(table["images"] == COURSE) & (table["data"] == "cells")]
    groups = own.groupby(["model", "part", "weights"], sort=False)
    for (model, part, weights), group in sorted(groups, key=lambda item: item[1]["mean"].mean()):
        curve = (
            ", ".join(f"{group[key].mean():.3f}" for key in ("quarter", "half", "end")) if group["steps"].any() else "–"
        )
        lines.append(
            f"| {label(model, part)} | {'–' if not group['steps'].any() else _before(weights)} | "
            f"{group['n_parameters'].iloc[0]} | {_spread(group['mean'], 3)} | {group['worst'].mean():.3f} | "
            f"{group['r2'].mean():.3f} | {group['seconds'].mean():.0f} | {curve} | {len(group)} |"
        )
    return lines


def sizes(table: pd.DataFrame) -> list[str]:
    """Mean NRMSE against the number of images."""
    own = table[(table["data"] == "cells") & (table["part"] == "all")]
    columns = sorted({COURSE, *SIZES})
    lines = [f"| model | {' | '.join(map(str, columns))} |", f"|---|{'---:|' * len(columns)}"]
    for (model, weights), group in own.groupby(["model", "weights"], sort=False):
        name = f"{label(model, 'all')}{f', {_before(weights)}' if model in PHOTOGRAPHS else ''}"
        cells = [_spread(group[group["images"] == size]["mean"], 3) for size in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def sizes_figure(table: pd.DataFrame) -> Figure:
    """Mean NRMSE over the number of training images."""
    own = table[(table["data"] == "cells") & (table["part"] == "all")]
    figure = Figure(figsize=(6.6, 4.4), layout="constrained")
    panel = figure.subplots()
    for number, ((model, weights), group) in enumerate(own.groupby(["model", "weights"], sort=False)):
        means = group.groupby("images")["mean"]
        name = f"{label(model, 'all')}{f', {_before(weights)}' if model in PHOTOGRAPHS else ''}"
        panel.errorbar(means.mean().index, means.mean(), yerr=means.std().fillna(0.0), marker="o", ms=4, capsize=2,
                       label=name, **line_style(number))  # fmt: skip
    panel.set(xscale="log", yscale="log", xlabel="training images", ylabel="mean NRMSE (–)")
    panel.grid(alpha=0.25, which="both")
    panel.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def curves_figure(rows: Rows) -> Figure:
    """Validation loss over the optimiser steps, the first seed of every model on the course's number of images."""
    figure = Figure(figsize=(8.6, 4.4), layout="constrained")
    panel = figure.subplots()
    chosen = [r for r in rows if r["images"] == COURSE and r["data"] == "cells" and r["seed"] == 1 and r["steps"]]
    for number, row in enumerate(chosen):
        steps = row["steps"] * np.arange(1, row["epochs"] + 1) / row["epochs"]
        name = label(row["model"], row["part"]) + (
            f", {_before(row['weights'])}" if row["model"] in PHOTOGRAPHS else ""
        )
        panel.plot(steps, row["val_loss"], marker="." if len(steps) < 6 else None, label=name, **line_style(number))
    panel.axhline(1.0, color="0.4", lw=1.0, linestyle=":")
    panel.set(xscale="log", yscale="log", xlabel="optimiser steps", ylabel="loss on validation cells (scaled units²)")
    panel.grid(alpha=0.25)
    panel.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def versus(table: pd.DataFrame) -> list[str]:
    """Our own entry beside the best of the course's networks, at both ends."""
    lines = ["| images | equivariant | best of the course's networks | ratio |", "|---:|---:|---|---:|"]
    own = table[table["data"] == "cells"]
    for images in (COURSE, MANY):
        means = own[own["images"] == images].groupby(["model", "part", "weights"])["mean"].mean()
        if "equivariant" not in means.index.get_level_values(0):
            continue
        others = means.drop(index=["equivariant", "boosting", "bounds"], level=0, errors="ignore")
        if others.empty:
            continue
        ours, (model, part, weights) = means["equivariant"].iloc[0], others.idxmin()
        text = f"{label(model, part)} ({_before(weights)}): {others.min():.3f}"
        lines.append(f"| {images} | {ours:.3f} | {text} | {others.min() / ours:.1f} |")
    return lines


def put(page: Path, begin: str, end: str, lines: Sequence[str]) -> None:
    """Replace what stands between two marks of a page."""
    from relaxnet.core.files import write_text

    text = page.read_text(encoding="utf-8")
    head, _, rest = text.partition(begin)
    tail = rest.partition(end)[2]
    write_text(page, "\n".join([head + begin, *lines, "", end + tail]))


def _before(weights: str) -> str:
    return {"none": "random", "imagenet": "ImageNet"}.get(weights, weights)


def _spread(values: pd.Series, digits: int) -> str:
    if values.empty:
        return "–"
    text = f"{values.mean():.{digits}f}"
    return text if len(values) < 2 else f"{text} ± {values.std():.{digits}f}"
