"""Figures of an estimate and of a prediction: plain ``Figure`` objects, no global state."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..physics import ZERO_CELSIUS_K
from .units import SIGNAL_LABELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .predict import Prediction
    from .result import Estimate, ScanFit

Float = NDArray[np.float64]

DPI = 110
MOST_PANELS = 12
_MOST_POINTS = 1200
_MARGIN_SHARE = 0.02
# axes of residuals reach at least so far, in % of the step: long ticks would push their label out of the figure
_LEAST_RESIDUAL = 0.05
_GREY, _MODEL, _GLASS, _LIQUID = "#5b6570", "#D55E00", "#0072B2", "#009E73"
_YEAR_S, _DAY_S, _HOUR_S, _MINUTE_S = 31_557_600.0, 86_400.0, 3600.0, 60.0


def estimate_figure(estimate: Estimate) -> Figure:
    """Normalised scans with the model, and their residuals below."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.6, 6.0), dpi=DPI)
    if not estimate.scans:
        return _without_scans(figure)
    figure.subplots_adjust(left=0.105, right=0.985, top=0.94, bottom=0.09, hspace=0.08)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3.0, 1.0))
    fits = shown_scans(estimate)
    for fit, colour in zip(fits, _colours(len(fits)), strict=True):
        temperature_c, kept = fit.scan.temperature_k - ZERO_CELSIUS_K, _thinned(len(fit.cp_n))
        above.plot(temperature_c[kept], fit.cp_n[kept], ".", ms=2.5, color=colour, alpha=0.45)
        above.plot(temperature_c, model_cp_n(fit), "-", lw=1.4, color=colour, label=fit.scan.label)
        below.plot(temperature_c[kept], 100.0 * (fit.cp_n - model_cp_n(fit))[kept], "-", lw=0.8, color=colour)
    above.set(ylabel="$c_{p,n}$ (–)", xlim=_limits_c(fits), ylim=_limits([model_cp_n(fit) for fit in fits], 0.12))
    # a title with a place of its own is not moved out of the way of ticks, for which all would be laid out twice
    above.set_title("Scans between the fitted lines (dots) and the model (lines)", y=1.0, loc="left", fontsize="medium")
    above.legend(frameon=False, fontsize="small", loc="upper left")
    below.axhline(0.0, color=_GREY, lw=0.8)
    below.set(xlabel="temperature (°C)", ylabel="residual (% of step)")
    _grid([above, below])
    return figure


def scans_figure(estimate: Estimate) -> Figure:
    """Each scan as measured, with its glass and liquid line and the model, and its residuals below."""
    from matplotlib.figure import Figure

    fits = shown_scans(estimate)
    if not fits:
        return _without_scans(Figure(figsize=(7.0, 2.0), dpi=DPI))
    columns = 2 if len(fits) in (2, 4) else min(len(fits), 3)
    lines = -(-len(fits) // columns)
    width, height = (4.0 if columns > 1 else 7.0) * columns, 3.6 * lines + 0.35
    figure = Figure(figsize=(width, height), dpi=DPI)
    # sizes are known, and constrained layout takes as long as all the drawing
    grid = figure.add_gridspec(
        lines, columns, left=1.1 / width, right=1 - 0.12 / width, top=1 - 0.35 / height, bottom=0.85 / height,
        wspace=0.26, hspace=0.3,
    )  # fmt: skip
    for number, fit in enumerate(fits):
        inner = grid[divmod(number, columns)].subgridspec(2, 1, height_ratios=(3.0, 1.0), hspace=0.08)
        above, below = figure.add_subplot(inner[0]), figure.add_subplot(inner[1])
        _draw_scan(above, below, fit)
        if number % columns == 0:
            below.set_ylabel("residual\n(% of step)")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=len(labels), frameon=False)
    return figure


def _without_scans(figure: Figure) -> Figure:
    figure.text(0.5, 0.5, "Nothing could be estimated: there is no fit to draw.", ha="center", color=_GREY)
    return figure


def _draw_scan(above: Axes, below: Axes, fit: ScanFit) -> None:
    temperature_c, kept = fit.scan.temperature_k - ZERO_CELSIUS_K, _thinned(len(fit.cp_n))
    above.plot(temperature_c[kept], fit.scan.signal[kept], ".", ms=2.2, color="#9aa3ab", label="measured")
    if fit.scan.quantity != "cp_n":
        above.plot(temperature_c, fit.glass_line, "--", lw=1.0, color=_GLASS, label="glass line")
        above.plot(temperature_c, fit.liquid_line, "--", lw=1.0, color=_LIQUID, label="liquid line")
    above.plot(temperature_c, fit.model, "-", lw=1.5, color=_MODEL, label="model")
    shown = [fit.scan.signal[fit.fitted], fit.model[fit.fitted]]
    above.set(ylabel=SIGNAL_LABELS[fit.scan.quantity], ylim=_limits(shown, 0.12))
    above.set_title(fit.scan.label, y=1.0, fontsize="medium")
    above.set_xticks([])  # below they are
    step = np.abs(fit.liquid_line - fit.glass_line)
    residual = 100.0 * np.divide(fit.scan.signal - fit.model, step, out=np.full(len(step), np.nan), where=step > 0)
    residual[~fit.fitted] = np.nan
    below.plot(temperature_c[kept], residual[kept], "-", lw=0.8, color=_GREY)
    below.axhline(0.0, color=_MODEL, lw=0.8)
    lowest, highest = below.get_ylim()
    below.set_ylim(min(lowest, -_LEAST_RESIDUAL), max(highest, _LEAST_RESIDUAL))
    below.set(xlabel="temperature (°C)")
    below.locator_params("x", nbins=5)
    limits = _limits_c([fit])
    for ax, most in ((above, 5), (below, 3)):  # most of the time goes into ticks
        ax.locator_params("y", nbins=most)
        ax.set_xlim(*limits)
        for range_k in (fit.scan.glass_range_k, fit.scan.liquid_range_k):
            if range_k:
                ax.axvspan(*(end - ZERO_CELSIUS_K for end in range_k), color="#0072B2", alpha=0.06, lw=0)
    _grid([above, below])


def prediction_figure(prediction: Prediction) -> Figure:
    """Fictive temperature over time, and over temperature beside the signal of the last heating or cooling."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 4.2), dpi=DPI, layout="constrained")
    over_time, over_temperature = figure.subplots(1, 2)
    scale_s, unit = _time_unit(float(prediction.time_s[-1]))
    time, celsius = prediction.time_s / scale_s, prediction.temperature_k - ZERO_CELSIUS_K
    low_c, high_c = prediction.fictive_band_k - ZERO_CELSIUS_K
    over_time.fill_between(time, low_c, high_c, color=_GLASS, alpha=0.25, lw=0, label="90 % band")
    over_time.plot(time, prediction.fictive_k - ZERO_CELSIUS_K, color=_GLASS, label="$T_f$")
    over_time.plot(time, celsius, color=_GREY, ls="--", lw=1.0, label="$T$")
    steps_s = np.diff(prediction.program.path().knot_s)
    if steps_s.max() > 100.0 * steps_s.min():  # the ramps would be a line between long holds
        over_time.set_xscale("log")
        over_time.set_xlim(left=0.02 * float(steps_s.min()) / scale_s)
    over_time.set(xlabel=f"time ({unit})", ylabel="temperature (°C)")
    over_time.legend(frameon=False, fontsize="small")
    moving = np.flatnonzero(np.isfinite(prediction.cp_n))
    if len(moving):
        last = prediction.segment == prediction.segment[moving[-1]]
        at = np.flatnonzero(last & np.isfinite(prediction.cp_n))
        over_temperature.fill_between(celsius[at], *prediction.cp_n_band[:, at], color=_MODEL, alpha=0.25, lw=0)
        over_temperature.plot(celsius[at], prediction.cp_n[at], color=_MODEL)
        rate = abs(prediction.rate_k_per_s[at[-1]]) * 60.0
        how = "heating" if prediction.rate_k_per_s[at[-1]] > 0 else "cooling"
        over_temperature.set_title(f"last {how}, at {rate:.4g} K/min", loc="left", fontsize="medium")
    over_temperature.set(xlabel="temperature (°C)", ylabel="$c_{p,n} = dT_f/dT$ (–)")
    _grid([over_time, over_temperature])
    return figure


def png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file."""
    stream = BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()


def shown_scans(estimate: Estimate) -> list[ScanFit]:
    """At most a dozen scans, evenly chosen."""
    count = len(estimate.scans)
    chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_PANELS)).round().astype(int))
    return [estimate.scans[number] for number in chosen]


def model_cp_n(fit: ScanFit) -> Float:
    """The model between the fitted lines."""
    step = fit.liquid_line - fit.glass_line
    return np.asarray((fit.model - fit.glass_line) / np.where(step == 0.0, np.nan, step))


def _colours(count: int) -> Any:
    from matplotlib import colormaps

    # cividis reads the same with every kind of colour vision; its palest end is hard to see on white
    return colormaps["cividis"](np.linspace(0.0, 0.85, count))


def _thinned(points: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, points - 1, min(points, _MOST_POINTS)).round().astype(np.int64))


def _limits_c(fits: Sequence[ScanFit]) -> tuple[float, float]:
    """Temperatures that were fitted, in degC, and a little more."""
    used = [fit.scan.temperature_k[fit.fitted] for fit in fits if fit.fitted.any()]
    used = used or [fit.scan.temperature_k for fit in fits]
    low, high = min(part[0] for part in used), max(part[-1] for part in used)
    margin = _MARGIN_SHARE * (high - low)
    return low - margin - ZERO_CELSIUS_K, high + margin - ZERO_CELSIUS_K


def _limits(curves: Sequence[Float], margin: float) -> tuple[float, float]:
    values = np.concatenate(curves)
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    room = margin * float(np.ptp(values)) or 1.0
    return float(values.min()) - room, float(values.max()) + room


def _time_unit(end_s: float) -> tuple[float, str]:
    for size, unit in ((_YEAR_S, "years"), (_DAY_S, "days"), (_HOUR_S, "h")):
        if end_s > 3.0 * size:
            return size, unit
    return _MINUTE_S, "min"


def _grid(axes: Sequence[Axes]) -> None:
    for ax in axes:
        ax.grid(alpha=0.22)
        ax.spines[["top", "right"]].set_visible(False)
