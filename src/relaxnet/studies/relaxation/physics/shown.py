"""Results as short tables of text, as data frames and as figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .parameters import ZERO_CELSIUS_K

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from .signals import Signals
    from .trajectories import Trajectory

_MOST_ROWS = 12
_MARGIN_SHARE = 0.15  # glass and liquid shown beside the transition


def signals_text(signals: Signals) -> str:
    """Peak, its temperature and the frozen-in fictive temperature of each scan, the first dozen of them."""
    n, scans, nodes = signals.u.shape
    peak = signals.cp_n.argmax(axis=2)[..., None]
    height = np.take_along_axis(signals.cp_n, peak, axis=2)[..., 0]
    peak_k = np.take_along_axis(signals.temperature_k, peak, axis=2)[..., 0]
    rows = [
        (f"{q}", _scan_name(signals, s), height[q, s], peak_k[q, s] - ZERO_CELSIUS_K,
         signals.glass_fictive_k[q, s] - ZERO_CELSIUS_K)
        for q, s in list(np.ndindex(n, scans))[:_MOST_ROWS]
    ]  # fmt: skip
    lines = [
        f"Signals: {_count(n, 'set')} of {_count(scans, 'scan')}, {nodes} nodes each",
        f"{'set':>4} {'scan':>14} {'cp_n,max':>9} {'at/degC':>9} {'Tf(glass)/degC':>15}",
        *(f"{q:>4} {name:>14} {top:9.3f} {at:9.2f} {frozen:15.2f}" for q, name, top, at, frozen in rows),
    ]
    return "\n".join([*lines, *(["..."] if n * scans > _MOST_ROWS else [])])


def signals_frame(signals: Signals) -> pd.DataFrame:
    """One row a node: ``set, scan, cooling_rate_k_per_min`` (NaN where unknown), ``temperature_k, cp_n``."""
    import pandas as pd

    n, scans, nodes = signals.u.shape
    rates = signals.cooling_rates_k_per_min or (np.nan,) * scans
    q, s, _ = np.indices(signals.u.shape)
    return pd.DataFrame(
        {
            "set": q.ravel(),
            "scan": s.ravel(),
            "cooling_rate_k_per_min": np.tile(np.repeat(rates, nodes), n),
            "temperature_k": signals.temperature_k.ravel(),
            "cp_n": signals.cp_n.ravel(),
        }
    )


def signals_figure(signals: Signals, index: int) -> Figure:
    """The heating scans of the set number ``index``."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    one = signals.take(slice(index, index + 1))
    temperature_c, cp_n = one.temperature_k[0] - ZERO_CELSIUS_K, one.cp_n[0]
    figure = Figure(figsize=(7.0, 4.5), dpi=110, layout="constrained")
    axes = figure.subplots()
    for s, colour in enumerate(colormaps["cividis"](np.linspace(0.0, 0.85, len(cp_n)))):
        axes.plot(temperature_c[s], cp_n[s], color=colour, lw=1.6, label=_scan_name(signals, s))
    moving = temperature_c[(np.abs(cp_n) > 1e-3) & (np.abs(cp_n - 1.0) > 1e-3)]
    margin = _MARGIN_SHARE * float(np.ptp(moving))
    axes.set(
        xlim=(moving.min() - margin, moving.max() + margin), xlabel="Temperature (°C)",
        ylabel="Normalised relaxation signal $c_{p,n}$",
    )  # fmt: skip
    axes.grid(alpha=0.25)
    axes.legend(title="Cooled at" if signals.cooling_rates_k_per_min else None, frameon=False)
    return figure


def trajectory_text(trajectory: Trajectory) -> str:
    """Temperature and fictive temperature at the end of each segment of the program."""
    last = np.append(np.flatnonzero(np.diff(trajectory.segment)), len(trajectory.segment) - 1)
    shown = [0, *last.tolist()][: _MOST_ROWS + 1]
    names = ["start", *(f"end of {number + 1}" for number in trajectory.segment[shown[1:]])]
    lines = [
        f"Trajectory: {_count(len(last), 'segment')}, {len(trajectory.time_s)} nodes",
        f"{'':>10} {'t/s':>12} {'T/degC':>9} {'Tf/degC':>9}",
        *(
            f"{name:>10} {trajectory.time_s[k]:12.6g} {trajectory.temperature_k[k] - ZERO_CELSIUS_K:9.2f} "
            f"{trajectory.fictive_k[k] - ZERO_CELSIUS_K:9.2f}"
            for name, k in zip(names, shown, strict=True)
        ),
    ]
    return "\n".join([*lines, *(["..."] if len(last) > _MOST_ROWS else [])])


def trajectory_frame(trajectory: Trajectory) -> pd.DataFrame:
    """One row a node: ``time_s, segment, temperature_k, rate_k_per_s, fictive_k, cp_n``."""
    import pandas as pd

    names = ("time_s", "segment", "temperature_k", "rate_k_per_s", "fictive_k", "cp_n")
    return pd.DataFrame({name: getattr(trajectory, name) for name in names})


def trajectory_figure(trajectory: Trajectory) -> Figure:
    """Temperature and fictive temperature over time, and fictive over actual temperature."""
    from matplotlib.figure import Figure

    temperature_c, fictive_c = trajectory.temperature_k - ZERO_CELSIUS_K, trajectory.fictive_k - ZERO_CELSIUS_K
    figure = Figure(figsize=(9.0, 4.0), dpi=110, layout="constrained")
    over_time, over_temperature = figure.subplots(1, 2)
    over_time.plot(trajectory.time_s / 60.0, temperature_c, color="#5b6570", ls="--", label="$T$")
    over_time.plot(trajectory.time_s / 60.0, fictive_c, color="#0072B2", label="$T_f$")
    over_time.set(xlabel="Time (min)", ylabel="Temperature (°C)")
    over_time.legend(frameon=False)
    over_temperature.plot(temperature_c, fictive_c, color="#0072B2")
    over_temperature.axline((float(fictive_c[0]),) * 2, slope=1.0, color="#5b6570", ls="--", lw=1.0)
    over_temperature.set(xlabel="Temperature (°C)", ylabel="Fictive temperature $T_f$ (°C)")
    for axes in (over_time, over_temperature):
        axes.grid(alpha=0.25)
    return figure


def _scan_name(signals: Signals, scan: int) -> str:
    rates = signals.cooling_rates_k_per_min
    return f"{rates[scan]:g} K/min" if rates else f"{scan}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
