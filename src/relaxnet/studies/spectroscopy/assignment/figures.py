"""The figures of the page: courses of the trainings, examples of spectra, the distribution of the accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from relaxnet.evaluation.figures import PALETTE, line_style
from relaxnet.reporting.comparison import History

from .evaluated import Evaluated


def losses_figure(groups: Mapping[str, Sequence[str]], histories: Mapping[str, History]) -> Figure:
    """Loss on training and on validation molecules over the epochs, a panel an experiment (Figs 6, 8 and 9).

    Losses differ in kind and unit, so each is drawn relative to its first value on validation molecules.
    """
    figure = Figure(figsize=(10.5, 3.6), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(groups), sharey=True))
    for panel, (title, names) in zip(panels, groups.items(), strict=True):
        for number, name in enumerate(name for name in names if name in histories):
            history, style = histories[name], line_style(number)
            first = history["val_loss"][0] or 1.0
            epochs = np.arange(1, len(history["val_loss"]) + 1)
            panel.plot(epochs, np.asarray(history["val_loss"]) / first, label=name, **{**style, "linestyle": "-"})
            panel.plot(epochs, np.asarray(history["loss"]) / first, **{**style, "linestyle": ":", "linewidth": 1.0})
        panel.set(xscale="log", yscale="log", xlabel="epoch", title=title)
        panel.grid(alpha=0.25)
        panel.legend(frameon=False, fontsize=8)
    panels[0].set_ylabel("loss / first on validation molecules (–)")
    return figure


def spectra_figure(model: Evaluated) -> Figure:
    """True and estimated spectra of a typical, a bad and the worst molecule (Figs 7 a and b)."""
    cases = list(dict.fromkeys(model.curves["case"]))
    figure = Figure(figsize=(10.5, 3.2), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(cases), sharey=True))
    for panel, case in zip(panels, cases, strict=True):
        rows = model.curves[model.curves["case"] == case]
        panel.plot(rows["position"], rows["true"], color="0.3", lw=1.2, label="GFN2-xTB levels, broadened")
        panel.plot(rows["position"], rows["estimate"], color=PALETTE[1], lw=1.2, label="network")
        panel.axhline(0.0, color="0.7", lw=0.8)
        panel.set(xlabel="energy (eV)", title=f"{case} error: molecule {rows['sample'].iloc[0]}")
        panel.grid(alpha=0.25)
    panels[0].set_ylabel("states per eV")
    panels[0].legend(frameon=False, fontsize=8)
    return figure


def accuracy_figure(models: Mapping[str, Evaluated]) -> Figure:
    """Distribution of the accuracy over the test molecules (Fig. 7 c), a line a model, in bins of 0.5 %."""
    figure = Figure(figsize=(7.0, 3.4), layout="constrained")
    panel = figure.subplots()
    bins = np.arange(50.0, 100.5, 0.5)
    for number, (name, model) in enumerate(models.items()):
        values = 1e2 * model.scores["accuracy_normalised"].dropna()
        panel.hist(np.clip(values, bins[0], bins[-1]), bins=list(bins), histtype="step", label=name, **_line(number))
    panel.set(xlabel="accuracy, normalised (%; below 50 counts as 50)", ylabel="test molecules")
    panel.grid(alpha=0.25)
    panel.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def _line(number: int) -> dict[str, Any]:
    style = line_style(number)
    return {"color": style["color"], "linestyle": style["linestyle"], "linewidth": 1.3}
