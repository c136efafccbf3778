"""Tables and figures of the finished trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from budgeted.pages import quarters, spread
from matplotlib.figure import Figure

from relaxnet.evaluation.figures import line_style

from .mean import MEAN
from .plan import COURSE, LONG, MANY, SIZES
from .trainings import BACKBONES, SOLVED, words

Rows = Sequence[dict[str, Any]]
UNTRAINED = (*SOLVED, MEAN)  # they take no optimiser steps
KEPT = (
    "model", "way", "weights", "images", "seed", "steps", "taken", "data", "seconds", "estimate_ms", "n_parameters"
)  # fmt: skip


def frame(rows: Rows) -> pd.DataFrame:
    """A row a training but those of the searches, with means over the constants, and the validation loss on the way."""
    found = []
    for row in rows:
        if row["settings"]:
            continue
        quarter, half, end = quarters(row["curve"], row["taken"])
        found.append({
            **{key: row[key] for key in KEPT},
            "mean": np.mean(list(row["nrmse"].values())), "r2": np.mean(list(row["r2"].values())),
            "worst": max(row["nrmse"].values()), "quarter": quarter, "half": half, "end": end,
        })  # fmt: skip
    return pd.DataFrame(found)


def label(model: str, way: str) -> str:
    """A model as the page names it."""
    words_of = {"all": "all", "head": "head only", "head+all": "head, then all"}
    return f"{model}, {words_of[way]}" if model in BACKBONES else model


def equal_steps(table: pd.DataFrame) -> list[str]:
    """Every model on the course's number of images."""
    lines = [
        words(),
        "",
        "| model | weights before | steps before + here | weights | mean NRMSE | worst | mean R² | seconds | "
        "loss at ¼, ½, end | seeds |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    own = table[(table["images"] == COURSE) & (table["data"] == "cells")]
    groups = own.groupby(["model", "way", "weights"], sort=False)
    for (model, way, weights), group in sorted(groups, key=lambda item: item[1]["mean"].mean()):
        solved = model in UNTRAINED
        curve = "–" if solved else ", ".join(f"{group[key].mean():.3f}" for key in ("quarter", "half", "end"))
        before = {"pretrained": f"{group['steps'].iloc[0]}", "imagenet": "ImageNet's"}.get(weights, "0")
        steps = "–" if solved else f"{before} + {group['taken'].iloc[0]}"
        lines.append(
            f"| {label(model, way)} | {'–' if solved else _before(weights)} | {steps} | "
            f"{group['n_parameters'].iloc[0]} | {spread(group['mean'], 3)} | {group['worst'].mean():.3f} | "
            f"{group['r2'].mean():.3f} | {group['seconds'].mean():.0f} | {curve} | {len(group)} |"
        )
    return lines


def per_constant(rows: Rows, table: pd.DataFrame) -> list[str]:
    """NRMSE of every constant, with R² in brackets, on the course's number of images: means over the seeds."""
    chosen = [row for row in rows if row["images"] == COURSE and row["data"] == "cells" and not row["settings"]]
    if not chosen:
        return []
    names = list(chosen[0]["nrmse"])
    lines = [f"| model | weights before | {' | '.join(names)} |", f"|---|---|{'---:|' * len(names)}"]
    own = table[(table["images"] == COURSE) & (table["data"] == "cells")]
    for model, way, weights in own.groupby(["model", "way", "weights"])["mean"].mean().sort_values().index:
        group = [row for row in chosen if _kind(row) == (model, way, weights)]
        means = {key: [np.mean([row[key][name] for row in group]) for name in names] for key in ("nrmse", "r2")}
        cells = [f"{error:.3f} ({r2:.2f})" for error, r2 in zip(means["nrmse"], means["r2"], strict=True)]
        before = "–" if model in UNTRAINED else _before(weights)
        lines.append(f"| {label(model, way)} | {before} | {' | '.join(cells)} |")
    return lines


def sizes(table: pd.DataFrame) -> list[str]:
    """Mean NRMSE against the number of images."""
    own = table[(table["data"] == "cells") & (table["way"] != "head")]
    lines = [f"| model | {' | '.join(map(str, SIZES))} |", f"|---|{'---:|' * len(SIZES)}"]
    for (model, way, weights), group in own.groupby(["model", "way", "weights"], sort=False):
        name = _named(model, way, weights)
        cells = [spread(group[group["images"] == size]["mean"], 3) for size in SIZES]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def sizes_figure(table: pd.DataFrame) -> Figure:
    """Mean NRMSE over the number of training images."""
    own = table[(table["data"] == "cells") & (table["way"] != "head")]
    figure = Figure(figsize=(6.6, 4.4), layout="constrained")
    panel = figure.subplots()
    for number, ((model, way, weights), group) in enumerate(own.groupby(["model", "way", "weights"], sort=False)):
        means = group.groupby("images")["mean"]
        name = _named(model, way, weights)
        panel.errorbar(means.mean().index, means.mean(), yerr=means.std().fillna(0.0), marker="o", ms=4, capsize=2,
                       label=name, **line_style(number))  # fmt: skip
    panel.set(xscale="log", yscale="log", xlabel="training images", ylabel="mean NRMSE (–)")
    panel.grid(alpha=0.25, which="both")
    panel.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def curves_figure(rows: Rows, steps: int) -> Figure:
    """Validation loss over the steps, of the first seed: of all models on the course's images, and long trainings."""
    figure = Figure(figsize=(9.6, 7.2), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    first = [r for r in rows if r["data"] == "cells" and r["seed"] == 1 and r["steps"] and not r["settings"]]
    equal = [(_named(*_kind(r)), r) for r in first if r["steps"] == steps and r["images"] == COURSE]
    long = [(f"{r['model']}, {r['images']} images", r) for r in first
            if r["steps"] == LONG * steps and r["images"] in (COURSE, MANY)]  # fmt: skip
    for panel, chosen in zip(panels, (equal, long), strict=True):
        for number, (name, row) in enumerate(chosen):
            panel.plot(*zip(*row["curve"], strict=True), label=name, **line_style(number))
        panel.axhline(1.0, color="0.4", lw=1.0, linestyle=":")
        panel.set(xscale="log", yscale="log", ylabel="loss on validation cells (scaled units²)")
        panel.grid(alpha=0.25)
        if chosen:
            panel.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    panels[-1].set_xlabel("optimiser steps")
    return figure


def versus(rows: Rows, steps: int) -> list[str]:
    """Our own entry beside the best of the course's networks, at both ends, after as many steps."""
    lines = [
        "| images | steps | equivariant | best of the course's networks, however trained | ratio |",
        "|---:|---:|---:|---|---:|",
    ]
    for images in (COURSE, MANY):
        for count in (steps, LONG * steps):
            own = frame([r for r in rows if (r["images"], r["steps"], r["data"]) == (images, count, "cells")])
            if own.empty or "equivariant" not in set(own["model"]):
                continue
            means = own.groupby(["model", "way", "weights"])["mean"].mean()
            others = means.drop(index="equivariant", level=0)
            if others.empty:
                continue
            ours = means["equivariant"].iloc[0]
            text = f"{_named(*others.idxmin())}: {others.min():.3f}"
            lines.append(f"| {images} | {count} | {ours:.3f} | {text} | {others.min() / ours:.1f} |")
    return lines


def _kind(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["model"], row["way"], row["weights"]


def _named(model: str, way: str, weights: str) -> str:
    return f"{label(model, way)}{f', {_before(weights)}' if model in BACKBONES else ''}"


def _before(weights: str) -> str:
    return {"none": "random", "imagenet": "ImageNet"}.get(weights, weights)
