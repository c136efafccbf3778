"""The figures of the page: courses of the trainings, and a cell with the errors of all models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from relaxnet.evaluation.figures import PALETTE, line_style
from relaxnet.reporting.records import MetricsRecord

from .claims import mean_nrmse

History = Mapping[str, Sequence[float]]


def losses_figure(histories: Mapping[str, History]) -> Figure:
    """Loss on training and on validation data over the epochs, of all models (Figs 1 to 7 of the report).

    In squared standard deviations of the training part: 1 is the score of its mean.
    """
    figure = Figure(figsize=(10.5, 4.6), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, (key, title) in zip(panels, (("loss", "training cells"), ("val_loss", "validation cells")), strict=True):
        for number, (name, history) in enumerate(histories.items()):
            epochs = np.arange(1, len(history[key]) + 1)
            marker = "o" if len(epochs) < 8 else None
            panel.plot(epochs, history[key], label=name, marker=marker, ms=3.5, **line_style(number))
        panel.axhline(1.0, color="0.4", lw=1.0, linestyle=":")
        panel.set(xscale="log", yscale="log", xlabel="epoch", title=title)
        panel.grid(alpha=0.25)
    panels[0].set_ylabel("mean squared error\n(scaled units², the mean: 1)")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
    return figure


def errors_figure(models: Mapping[str, MetricsRecord]) -> Figure:
    """NRMSE of every constant, a line of dots a model, best first; 1 is the score of the mean."""
    names = sorted(models, key=lambda name: mean_nrmse(models[name]))
    figure = Figure(figsize=(8.5, 0.33 * len(names) + 1.4), layout="constrained")
    panel = figure.subplots()
    places = np.arange(len(names))[::-1]
    for number, constant in enumerate(next(iter(models.values())).targets):
        values = [models[name].targets[constant].nrmse or np.nan for name in names]
        panel.plot(values, places, "o", ms=5, alpha=0.75, color=PALETTE[number % 8], label=constant,
                   markerfacecolor="none" if number >= 6 else None)  # fmt: skip
    panel.axvline(1.0, color="0.4", lw=1.0, linestyle=":")
    panel.set_yticks(places, names)
    panel.set(xscale="log", xlabel="NRMSE on the test cells (–)")
    panel.grid(alpha=0.25)
    panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return figure
