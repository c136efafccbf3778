"""Figures of errors and trainings, and how a figure is saved: plain ``Figure`` objects, no global state."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.files import atomic_path
from relaxnet.datasets.validation import Histogram

from .metrics import sorted_errors

Float = NDArray[np.float64]

# Okabe and Ito's palette, distinguishable in all common forms of colour blindness; faint yellow last.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9", "#F0E442")
DASHES: tuple[Any, ...] = (
    "-", (0, (6, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)), (0, (10, 3)), (0, (3, 1.5)),
    (0, (6, 2, 1, 1, 1, 2)),
)  # fmt: skip
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DPI = 110


@dataclass(frozen=True)
class SortedPanel:
    """One panel: ``curves`` maps a model's name to its errors, ``references`` a label to a height."""

    label: str
    curves: Mapping[str, ArrayLike]
    references: Mapping[str, float] = field(default_factory=dict)
    title: str = ""


def line_style(index: int) -> dict[str, Any]:
    """Colour and dashes of the curve number ``index``; no two repeat together within the first 56."""
    return {"color": PALETTE[index % len(PALETTE)], "linestyle": DASHES[index % len(DASHES)], "linewidth": 1.6}


def sorted_errors_figure(panels: Sequence[SortedPanel]) -> Figure:
    """Sorted errors (absolute, or sums of squares) of several models over the percent of samples.

    Panels are drawn two to a row, with a logarithmic height.  A name keeps its line style in all panels.
    """
    figure, axes = panel_axes(len(panels), 3.6)
    names = list(dict.fromkeys(name for panel in panels for name in panel.curves))
    for ax, panel in zip(axes, panels, strict=True):
        lows, highs = [], []
        for name, errors in panel.curves.items():
            percent, values = sorted_errors(errors)
            ax.plot(percent, np.where(values > 0, values, np.nan), label=name, **line_style(names.index(name)))
            lows.append(np.percentile(values, 2))  # the luckiest samples would stretch the scale for nothing
            highs.append(values[-1])
        ax.set_yscale("log")
        shown = panel.references.values()  # within the axes: a text beside them would crush the layout
        low, high = min([*lows, *shown]), max([*highs, *shown])
        if high > 0:
            ax.set_ylim(max(low, min([high * 1e-6, *shown])) / 1.3, high * 1.6)
        below = 0.0
        for text, height in sorted(panel.references.items(), key=lambda reference: reference[1]):
            ax.axhline(height, color="0.35", linewidth=0.9, linestyle=":")
            crowded = height < 1.6 * below  # beside the text of the line below, not over it
            place = ax.get_yaxis_transform()
            ax.annotate(text, (1, height), (18 if crowded else 4, 0), place, "offset points", va="center", fontsize=8.5)
            below = height
        ax.set(xlim=(0, 100), xlabel="percent of samples (%)", ylabel=panel.label)
        ax.set_title(panel.title, loc="left")
        ax.grid(which="major", alpha=0.25)
    handles, labels = axes[0].get_legend_handles_labels()
    columns = min(len(labels), 7)
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False, handlelength=3.5)
    return figure


def training_figure(loss: ArrayLike, validation_loss: ArrayLike, title: str) -> Figure:
    """Course of the loss over the epochs, on training and on validation data."""
    figure, (ax,) = panel_axes(1, 3.8)
    curves = {"training": np.asarray(loss, float), "validation": np.asarray(validation_loss, float)}
    for index, (name, heights) in enumerate(curves.items()):
        ax.plot(np.arange(1, len(heights) + 1), heights, label=name, **line_style(index))
    if all((heights > 0).all() for heights in curves.values()):
        ax.set_yscale("log")
    ax.set(xlabel="epoch (count)", ylabel="weighted loss of scaled targets (–)", title=title)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(which="major", alpha=0.25)
    ax.legend(frameon=False)
    return figure


def relative_error_figure(groups: Mapping[str, Mapping[str, float]], title: str) -> Figure:
    """Dots of a relative error (error / error of the training-mean baseline) per target, one mark per variant.

    ``groups`` maps a variant (say "w = 0.1") to target label to relative error; all have the same targets.
    """
    targets = list(next(iter(groups.values())))
    figure, (ax,) = panel_axes(1, 1.5 + 0.55 * len(targets))
    rows = np.arange(len(targets))[::-1]
    for index, (name, values) in enumerate(groups.items()):
        offset = 0.18 * ((len(groups) - 1) / 2 - index)  # side by side, so that equal values both show
        style: dict[str, Any] = {"color": PALETTE[index % len(PALETTE)], "marker": MARKERS[index % len(MARKERS)]}
        ax.plot([values[t] for t in targets], rows + offset, linestyle="none", ms=9, label=name, **style)
    ax.axvline(1.0, color="0.35", linewidth=1.0, linestyle=":")
    ax.annotate("baseline", (1.0, rows[0] + 0.42), xytext=(-3, 0), textcoords="offset points", ha="right", fontsize=8.5)
    ax.set_yticks(rows, targets)
    ax.set(ylim=(-0.6, rows[0] + 0.7), title=title)
    ax.set_xlim(0, 1.08 * max(1.0, *(v for values in groups.values() for v in values.values())))
    ax.set_xlabel("MAE / MAE of the training-mean baseline (ratio)")
    ax.grid(axis="x", alpha=0.25)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def histograms_figure(histograms: Sequence[Histogram], samples: str) -> Figure:
    """Distributions of numbers over the ``samples`` of a dataset, each with its limit marked."""
    figure, axes = panel_axes(len(histograms), 2.9)
    for ax, item in zip(axes, histograms, strict=True):
        ax.stairs(item.counts, item.edges, fill=True, color=PALETTE[0])
        ax.axvline(item.limit, color=PALETTE[1], linestyle="--", label=item.limit_text)
        ax.set(xscale="log", xlim=(item.edges[0], item.edges[-1]), xlabel=item.axis, ylabel=samples)
        ax.set_title(item.title, loc="left")
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(axis="y", alpha=0.25)
        ax.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.98))
    return figure


class RenderedFigure(NamedTuple):
    """A figure as PNG, to look at, and as SVG, for print."""

    png: bytes
    svg: bytes

    def save(self, folder: Path, stem: str) -> None:
        """As `save_figure`."""
        for ending, image in self._asdict().items():
            with atomic_path(folder / f"{stem}.{ending}") as part:
                part.write_bytes(image)


def render_figure(figure: Figure) -> RenderedFigure:
    """Render both forms; equal figures give equal bytes (no date, no software name, fixed identifiers)."""
    png, svg = io.BytesIO(), io.BytesIO()
    # not savefig, which draws everything twice and makes the layout twice, for each form (these two have no types)
    figure.set_dpi(DPI)
    _drop_minor_ticks(figure)
    FigureCanvasAgg(figure).print_png(png, metadata={"Software": None})  # type: ignore[no-untyped-call]
    figure.set_layout_engine("none")  # the layout stands
    with rc_context({"svg.hashsalt": "relaxnet"}):
        FigureCanvasSVG(figure).print_svg(svg, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return RenderedFigure(png.getvalue(), svg.getvalue())


def _drop_minor_ticks(figure: Figure) -> None:
    """Leave out those of logarithmic axes that have two labelled ticks or more: they take half of the time to draw."""
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            if axis.get_scale() == "log" and sum(low <= tick <= high for tick in axis.get_majorticklocs()) > 1:
                axis.set_minor_locator(NullLocator())


def save_figure(figure: Figure, folder: Path, stem: str) -> None:
    """Write ``<stem>.png`` and ``<stem>.svg`` into ``folder``, each atomically; ``stem`` may name a subfolder.

    Raises
    ------
    DataFileError
        Where they cannot be written.
    """
    render_figure(figure).save(folder, stem)


def panel_axes(count: int, height_in: float) -> tuple[Figure, list[Axes]]:
    """Figure with ``count`` panels, two to a row; ``height_in`` inches a row."""
    columns = min(count, 2)
    rows = -(-count // 2)
    figure = Figure(figsize=(8.8 if columns == 2 else 6.4, height_in * rows + 0.3), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for spare in axes[count:]:
        spare.set_visible(False)
    return figure, list(axes[:count])
