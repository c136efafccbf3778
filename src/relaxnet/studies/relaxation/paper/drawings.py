"""The paper's drawings of its method (Figs 1 to 7 and 8e), made from this project's own parts."""

from dataclasses import dataclass
from itertools import cycle
from typing import Any, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from relaxnet.evaluation.figures import MARKERS, PALETTE
from relaxnet.models.blocks.mcnn import BRANCHES, McnnOptions
from relaxnet.models.blocks.network import Network

from ..dataset.state_space import DH_J_PER_MOL, SUBSETS, ln_a_table
from ..physics import ZERO_CELSIUS_K, ChrProgram, Signals, TNMParameters, describe, simulate

Float = NDArray[np.float64]
GREY = "0.35"


@dataclass(frozen=True)
class Scans:
    """Heating scans of one parameter set, at their own nodes, by cooling rate: arrays of shape (scans, nodes)."""

    program: ChrProgram
    signals: Signals
    temperature_c: Float
    cp_n: Float

    @classmethod
    def simulate(cls, parameters: TNMParameters, program: ChrProgram) -> Self:
        """Simulate them."""
        signals = simulate(parameters, program)
        return cls(program, signals, signals.temperature_k[0] - ZERO_CELSIUS_K, signals.cp_n[0].astype(np.float64))


def program_figure(scans: Scans) -> Figure:
    """Temperature against time of the six cycles, and the signals of the heating scans (Fig. 1)."""
    figure = Figure(figsize=(9.6, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    hot_c, cold_c = scans.temperature_c.max(), scans.temperature_c.min()
    heating_h = (hot_c - cold_c) / scans.program.heating_rate_k_per_min / 60
    start = 0.0
    for number, (rate, colour) in enumerate(zip(scans.program.cooling_rates_k_per_min, cycle(PALETTE), strict=False)):
        turn = start + (hot_c - cold_c) / rate / 60
        left.plot([start, turn], [hot_c, cold_c], color="0.6", linewidth=1.2, label=None if number else "cooling")
        label = None if number else "heating (the signals)"
        left.plot([turn, turn + heating_h], [cold_c, hot_c], color=colour, linewidth=2.2, label=label)
        start = turn + heating_h
        right.plot(scans.temperature_c[number], scans.cp_n[number], color=colour, linewidth=1.6, label=f"{rate:g}")
    left.set(xlabel="time (h)", ylabel="temperature (°C)", title="(a) six cycles")
    for height, text in ((hot_c, "$T_h$"), (cold_c, "$T_l$")):
        left.axhline(height, color=GREY, linewidth=0.8, linestyle=":")
        left.annotate(text, (1, height), xycoords=("axes fraction", "data"), xytext=(4, -3), textcoords="offset points")
    left.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)
    low, high = _transition(scans)
    right.set(xlim=(low, high), xlabel="temperature (°C)", ylabel="cp_n (–)", title="(b) heating scans")
    right.legend(title="cooled at (K/min)", frameon=False)
    for ax in (left, right):
        ax.grid(alpha=0.25)
    return figure


def state_space_figure() -> Figure:
    """All pairs of (ln A, dh), and those of the six subsets (Figs 2 and 3)."""
    table = ln_a_table()
    figure = Figure(figsize=(8.2, 5.0), layout="constrained")
    ax = figure.subplots()
    all_dh = np.repeat(DH_J_PER_MOL, table.shape[1]) / 1e3
    ax.plot(table.ravel(), all_dh, ".", ms=1.4, color="0.72", label="all 101 × 81")
    for number, (name, (rows, columns)) in enumerate(SUBSETS.items()):
        values = table[np.ix_(rows, columns)]
        heights = np.repeat(DH_J_PER_MOL[rows], len(columns)) / 1e3
        label = f"{name} ({len(rows)} × {len(columns)})"
        style: dict[str, Any] = {"marker": MARKERS[number], "ms": 5.5 if name == "G" else 4, "mec": "white", "mew": 0.3}
        ax.plot(values.ravel(), heights, linestyle="none", color=PALETTE[number], label=label, **style)
    ax.set(xlabel="ln(A/s) (–)", ylabel="Δh* (kJ/mol)")
    ax.invert_yaxis()  # as printed: the upper corners have the low dh
    ax.grid(alpha=0.25)
    ax.legend(frameon=False, markerscale=1.6)
    return figure


def segment_figure(scans: Scans, step_c: float, options: McnnOptions) -> Figure:
    """Steps of the attention module on the scan after the fastest and the slowest cooling (Fig. 5).

    ``step_c`` is that of the even grid that the module gets; ``options`` has its points and its epsilon.
    """
    from relaxnet.models.blocks.layers import SegmentEnds, SignificantSegment

    low, high = _transition(scans, margin=0.6)
    grid_c = np.arange(np.floor(low), high, step_c)
    chosen = [0, len(scans.cp_n) - 1]
    values = np.stack([np.interp(grid_c, scans.temperature_c[i], scans.cp_n[i]) for i in chosen], axis=-1)
    batch = values[None].astype(np.float32)
    # the module takes whole grid points: the last one before T_i as interpolated, the first one behind T_j
    rise, settling = np.asarray(SegmentEnds(options.epsilon)(batch))[0] * (len(grid_c) - 1)
    starts, ends = (grid_c[index.astype(int)] for index in (np.floor(rise), np.ceil(settling)))
    views = {
        method: np.asarray(SignificantSegment(options.segment_points, options.epsilon, method)(batch))[0]
        for method in ("polynomial", "spline")
    }
    share = np.linspace(0.0, 1.0, options.segment_points)
    figure = Figure(figsize=(10.4, 6.2), layout="constrained")
    axes = figure.subplots(2, 3)
    for column, scan in enumerate(chosen):
        signal, fits, view = axes[column]
        rate = scans.program.cooling_rates_k_per_min[scan]
        first, last = starts[column], ends[column]
        signal.plot(grid_c, values[:, column], ".-", ms=3, linewidth=0.8, color=PALETTE[0])
        for level in (0.0, 1.0):
            signal.axhspan(level - options.epsilon, level + options.epsilon, color="0.85", zorder=0)
        for position, text in ((first, "$T_i$"), (last, "$T_j$")):
            signal.axvline(position, color=PALETTE[1], linewidth=1.2, linestyle="--")
            signal.annotate(text, (position, 0.94), xycoords=("data", "axes fraction"), xytext=(4, -4), va="top",
                            textcoords="offset points", color=PALETTE[1])  # fmt: skip
        signal.set(title=f"1. signal, cooled at {rate:g} K/min", ylabel="cp_n (–)", xlabel="temperature (°C)")
        inside = (grid_c >= first - step_c) & (grid_c <= last + step_c)
        at = first + share * (last - first)
        fits.plot(grid_c[inside], values[inside, column], ".", ms=4, color="0.5", label="grid points")
        fits.plot(at, views["polynomial"][:, column], color=PALETTE[1], linestyle="--", label="one cubic (as printed)")
        fits.plot(at, views["spline"][:, column], color=PALETTE[0], label="piecewise cubic")
        fits.set(title="2. significant segment, interpolated", xlabel="temperature (°C)", ylabel="cp_n (–)")
        fits.legend(frameon=False, fontsize=8)
        number = np.arange(1, options.segment_points + 1)
        view.plot(number, views["polynomial"][:, column], color=PALETTE[1], linestyle="--")
        view.plot(number, views["spline"][:, column], color=PALETTE[0])
        view.set(title="3. what the branch is given", xlabel="point (count)", ylabel="cp_n (–)")
        for ax in (signal, fits, view):
            ax.grid(alpha=0.25)
    return figure


def descriptors_figure(scans: Scans) -> Figure:
    """What cp_n,max and dT_hw are, on the steepest scan (Fig. 8e)."""
    found = describe(scans.signals)
    scan = int(found.cp_n_max[0].argmax())
    height, peak_c = found.cp_n_max[0, scan], found.peak_temperature_k[0, scan] - ZERO_CELSIUS_K
    width = found.half_width_k[0, scan]
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    ax = figure.subplots()
    ax.plot(scans.temperature_c[scan], scans.cp_n[scan], color=PALETTE[0], linewidth=1.8)
    ax.axhline(1.0, color=GREY, linewidth=0.9, linestyle=":")
    low, high = _transition(scans)
    ax.annotate("liquid: cp_n = 1", (low, 1.0), xytext=(6, 3), textcoords="offset points", fontsize=9, color=GREY)
    ax.plot([peak_c - width, peak_c], [1.0, 1.0], "o-", color=PALETTE[1], ms=4)
    ax.vlines(peak_c, 0.0, height, color=GREY, linewidth=0.8, linestyle=":")
    ax.annotate(f"$ΔT_{{hw}}$ = {width:.1f} K", (peak_c, 1.0), xytext=(14, -18),
                textcoords="offset points", ha="left", color=PALETTE[1])  # fmt: skip
    ax.annotate(f"$c_{{p,n,max}}$ = {height:.2f}", (peak_c, height), xytext=(0, 6), textcoords="offset points",
                ha="center", color=PALETTE[0])  # fmt: skip
    rate = scans.program.cooling_rates_k_per_min[scan]
    ax.set(xlim=(low, high), ylim=(-0.05 * height, 1.15 * height), xlabel="temperature (°C)", ylabel="cp_n (–)",
           title=f"(e) cooled at {rate:g} K/min: ratio {height / width:.3f} 1/K")  # fmt: skip
    ax.grid(alpha=0.25)
    return figure


def network_figure(network: Network) -> Figure:
    """The layers of an MCNN, a column a branch, from the built network itself (Figs 4, 6 and 7)."""
    columns = [_branch_boxes(network, name) for name in BRANCHES if name in network.preprocess.output_names]
    joined = [_box(layer) for layer in network.body.layers if layer.name.split("_")[0] in ("transform", "estimate")]
    longest = max(map(len, columns))
    figure = Figure(figsize=(3.3 * len(columns) + 0.6, 0.78 * (longest + len(joined) + 2)), layout="constrained")
    ax = figure.subplots()
    ax.set_axis_off()
    points, signals = network.preprocess.inputs[0].shape[1:]
    middle = (len(columns) - 1) / 2
    _draw_box(ax, middle, 0.0, f"relaxation signals\n{points} points × {signals} signals", PALETTE[0])
    end = -(longest + 1.0)
    for place, boxes in enumerate(columns):
        above = (middle, 0.0)
        for number, text in enumerate(boxes):
            here = (float(place), -1.0 - number)
            _draw_box(ax, *here, text, PALETTE[2] if number == 0 else GREY)
            _draw_arrow(ax, above, here)
            above = here
        _draw_arrow(ax, above, (middle, end))
    above = (middle, end)
    _draw_box(ax, *above, "concatenate", GREY)
    for number, text in enumerate(joined, start=1):
        here = (middle, end - number)
        _draw_box(ax, *here, text, PALETTE[0] if number == len(joined) else GREY)
        _draw_arrow(ax, above, here)
        above = here
    ax.set(xlim=(-0.55, len(columns) - 0.45), ylim=(end - len(joined) - 0.45, 0.45))
    return figure


def _branch_boxes(network: Network, name: str) -> list[str]:
    view = network.preprocess.outputs[network.preprocess.output_names.index(name)]
    boxes = [f"{name}\n{view.shape[1]} points × {view.shape[2]} signals"]
    layers = {layer.name: layer for layer in network.body.layers if layer.name.startswith(f"{name}_")}
    for key, layer in layers.items():
        text = _box(layer)
        if "_conv_" in key:
            pool = layers[key.replace("_conv_", "_pool_")]
            signals, points, _ = pool.output.shape[1:]
            text += f"\nmax-pool {pool.pool_size[1]}: {points} points, {signals} signals"
        boxes += [text] if text else []
    return boxes


def _box(layer: Any) -> str:
    """Text of a layer that learns, drops or adds noise; empty for one that only moves numbers."""
    if "_conv_" in layer.name:
        return f"convolution {layer.kernel_size[1]}, {layer.filters} filters, ReLU"
    if hasattr(layer, "units"):
        return f"dense {layer.units}, {layer.activation.__name__}"
    if layer.name.endswith("_noise"):
        return f"noise {layer.stddev:g} while training" if layer.stddev else ""
    return f"dropout {layer.rate:g}" if layer.name.endswith("_dropout") else ""


def _draw_box(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    frame = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": colour, "linewidth": 1.4}
    ax.text(x, y, text, ha="center", va="center", fontsize=8.5, bbox=frame, zorder=3)


def _draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = {"arrowstyle": "-|>", "color": "0.5", "linewidth": 1.0, "shrinkA": 12, "shrinkB": 15}
    ax.annotate("", end, start, arrowprops=arrow, zorder=1)


def _transition(scans: Scans, margin: float = 0.25) -> tuple[float, float]:
    """Temperatures in degC between which something happens, with a margin (as a share of their distance)."""
    busy = (np.abs(scans.cp_n) > 0.01) & (np.abs(scans.cp_n - 1.0) > 0.01)
    low, high = scans.temperature_c[busy].min(), scans.temperature_c[busy].max()
    return float(low - margin * (high - low)), float(high + margin * (high - low))
