"""Small files as instruments write them, of a simulated glass whose parameters are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from relaxnet import Program, Ramp, TNMParameters, simulate

TRUE = np.array([-79.21, 318_444.0, 0.57, 0.71])  # As2Se3
HOT_K, COLD_K = 520.0, 380.0


def cycle(cooling=10.0, heating=10.0, *, every_s=6.0, noise=0.003, seed=1, first_heating=True, parameters=TRUE):
    """Time (s), temperature (K) and heat flow (W/g, endothermic up) of heating, cooling and heating again."""
    program = Program(HOT_K, (Ramp(COLD_K, cooling), Ramp(HOT_K, heating)))
    found = simulate(TNMParameters(*parameters), program)
    time_s = np.arange(0.0, found.time_s[-1], every_s)
    states = found.at(time_s)
    rate = np.where(time_s * cooling / 60.0 < HOT_K - COLD_K, -cooling, heating) / 60.0
    heat_capacity = 0.9 + 0.002 * (states.temperature_k - 450.0) + 0.25 * np.nan_to_num(states.cp_n)
    flow = heat_capacity * rate + noise * 0.25 * heating / 60.0 * np.random.default_rng(seed).normal(size=len(time_s))
    temperature_k = states.temperature_k
    if first_heating:  # of the glass as received, of which nothing is known
        ramp_k = np.arange(COLD_K, HOT_K, every_s * heating / 60.0)
        time_s = np.concatenate([every_s * np.arange(len(ramp_k)), every_s * len(ramp_k) + time_s])
        temperature_k = np.concatenate([ramp_k, temperature_k])
        flow = np.concatenate([(0.9 + 0.25 * (ramp_k > 452.0)) * heating / 60.0, flow])
    return time_s, temperature_k, flow


def write_table(path: Path, measured, *, title="time [s],temperature [K],heat flow [W/g]", sign=1.0, head=""):
    time_s, temperature_k, flow = measured
    rows = [f"{t:.1f},{k:.3f},{sign * q:.7f}" for t, k, q in zip(time_s, temperature_k, flow, strict=True)]
    path.write_text(head + "\n".join([title, *rows]) + "\n", encoding="utf-8")
    return path


def write_proteus(path: Path, measured, *, sample="As2Se3", exo=-1):
    """One heating in the layout of NETZSCH Proteus, with decimal commas; what is exothermic points down for -1."""
    time_s, temperature_k, flow = measured
    ends_c = temperature_k[[0, -1]] - 273.15
    head = [
        "#EXPORTTYPE:                 ;DATA SINGLE", "#FORMAT:                     ;NETZSCH5",
        "#DECIMAL:                    ;COMMA", "#SEPARATOR:                  ;SEMICOLON",
        "#MTYPE:                      ;DSC", "#INSTRUMENT:                 ;NETZSCH DSC 214",
        f"#SAMPLE:                     ;{sample}", "#SAMPLE MASS /mg:            ;10,5",
        "#SEGMENT:                    ;S2/2",
        f"#SEG. 2:                     ;{ends_c[0]:.1f}/10,0(K/min)/{ends_c[1]:.1f}",
        f"#EXO:                        ;{exo}", "", "##Temp./°C;Time/min;DSC/(mW/mg)",
    ]  # fmt: skip
    rows = [
        f"{k - 273.15:.3f};{t / 60:.4f};{-exo * q:.7f}".replace(".", ",")
        for t, k, q in zip(time_s, temperature_k, flow, strict=True)
    ]
    path.write_text("\n".join([*head, *rows]) + "\n", encoding="latin-1")
    return path


def heating_of(measured):
    """The last heating alone."""
    time_s, temperature_k, flow = measured
    last = int(np.flatnonzero(np.diff(temperature_k) < 0)[-1]) + 2
    return time_s[last:], temperature_k[last:], flow[last:]


def write_tidy(path: Path, *, rates=(1.0, 3.0, 10.0, 30.0), noise=0.005, seed=1, parameters=TRUE, step_k=1.0):
    """Normalised scans as `relaxnet simulate` writes them, heated at 10 K/min."""
    from relaxnet import chr_program

    grid_k = np.arange(COLD_K, HOT_K, step_k)
    cp_n = simulate(TNMParameters(*parameters), chr_program(rates, 10.0)).on_grid(grid_k)[0]
    cp_n = cp_n + noise * np.random.default_rng(seed).normal(size=cp_n.shape)
    lines = [
        f"{rate:g},{t - 273.15:.2f},{value:.5f}"
        for rate, curve in zip(rates, cp_n, strict=True)
        for t, value in zip(grid_k, curve, strict=True)
    ]
    path.write_text("cooling_rate_k_per_min,temperature_c,cp_n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path
