"""Draw the figures of docs/simulator.md.

Run: ``python benchmarks/figures.py`` (about five minutes, two cores); ``--only scans`` draws one.  The histogram of the
emulator's errors comes from ``python benchmarks/emulator.py --figure docs/figures/emulator-errors.png``.
"""

from __future__ import annotations

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt
from scipy.interpolate import CubicSpline
from simulator import GRID_END, RATES, direct, kernel, measure, recursion, sample  # puts the tests' judge on the path

from relaxnet.studies.relaxation.physics import GAS_CONSTANT, chr_program
from relaxnet.studies.relaxation.physics._expsum import exponential_sum
from relaxnet.studies.relaxation.physics.kernels.integration import integrate
from relaxnet.studies.relaxation.physics.kernels.modes import BLOCK, FAST, FROZEN, SLOW, ladder
from relaxnet.studies.relaxation.physics.kernels.nodes import glass_reach, liquid_reach, transition_u
from relaxnet.studies.relaxation.physics.simulate import LARGEST_CHANGE, TOLERANCE

FOLDER = Path(__file__).parents[1] / "docs" / "figures"
BLUE, SKY, ORANGE, RED, GREY = "#0072B2", "#56B4E9", "#E69F00", "#D55E00", "#999999"  # Okabe and Ito
HEATING_K_PER_S = chr_program().heating_rate_k_per_min / 60.0
ORDINARY = (-79.21, 318443.9, 0.57, 0.5)
STEEP = (-300.0, 9e5, 0.27, 0.85)
SEED = 20250129


@dataclass
class Cycle:
    """One cycle at the steps of the integration; the heating scan begins at node ``turn``."""

    time_s: np.ndarray
    temperature_k: np.ndarray
    fictive_k: np.ndarray
    cp_n: np.ndarray
    turn: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(FIGURES), nargs="+", default=list(FIGURES))
    parser.add_argument("--quartets", type=int, default=8, help="of the figure of cost against error")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False})
    for name in arguments.only:
        figure = FIGURES[name](arguments)
        path = FOLDER / f"{name}.png"
        figure.savefig(path, dpi=130)
        plt.close(figure)
        print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB", flush=True)


def cycle(values: tuple[float, ...], cooling_k_per_min: float) -> Cycle:
    """One cooling-heating cycle, its nodes not reduced to the stored ones."""
    ln_a, dh, x, beta = values
    scale = dh / GAS_CONSTANT
    terms = exponential_sum(beta).blocks()
    u_g = transition_u(ln_a, scale, HEATING_K_PER_S)
    hot_k = scale / (u_g - liquid_reach(beta, GRID_END))
    cold_k = scale / (u_g + 2.0 + 2.0 / beta + glass_reach(x, beta, GRID_END))
    cooling = cooling_k_per_min / 60.0
    nodes, end = np.empty((4, 8192)), np.empty(2, dtype=np.int64)
    last = integrate(
        hot_k, np.array([cold_k, hot_k]), (hot_k - cold_k) / np.array([cooling, HEATING_K_PER_S]),
        ln_a, scale, x, *terms, *ladder(terms.chains), TOLERANCE, LARGEST_CHANGE, *nodes, end,
    )  # fmt: skip
    time_s, t_k, tf_k, flow = nodes[:, : last + 1]
    time_s[end[0] + 1 :] += time_s[end[0]]  # the kernel counts from the start of each segment
    # to the left of the turn dTf/dT is that of the cooling scan
    rate = np.where(np.arange(last + 1) < end[0], -cooling, HEATING_K_PER_S)
    return Cycle(time_s, t_k, tf_k, flow / rate, int(end[0]))


def scans(_: argparse.Namespace) -> plt.Figure:
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(6.4, 5.6), sharex=True, layout="constrained")
    colours = mpl.colormaps["viridis"](np.linspace(0, 0.92, len(RATES)))
    for rate, colour in zip(RATES, colours, strict=True):
        whole = cycle(ORDINARY, rate)
        part = slice(whole.turn, None)
        t_c = whole.temperature_k - 273.15
        curve = CubicSpline(t_c[part], whole.cp_n[part])
        fine_c = np.linspace(t_c[part][0], t_c[part][-1], 4000)
        upper.plot(fine_c, curve(fine_c), color=colour, label=f"{rate:g}")
        lower.plot(t_c[part], whole.fictive_k[part] - 273.15, color=colour)
    near = (whole.cp_n > 0.002) & (np.abs(whole.cp_n - 1) > 0.002) & (np.arange(len(t_c)) > whole.turn)
    low, high = t_c[near].min() - 45, t_c[near].max() + 20
    upper.set(xlim=(low, high), ylabel="relaxation signal cp$_n$ = dTf/dT")
    upper.legend(title="cooled at, K/min", loc="upper left")
    lower.plot([low, high], [low, high], color=GREY, linewidth=0.8, linestyle="--")
    fictive = whole.fictive_k[whole.turn] - 273.15
    lower.annotate("Tf = T", (fictive - 35, fictive - 35), xytext=(8, -6), textcoords="offset points", color="#666666")
    lower.set(xlabel="temperature T, °C (heating at 10 K/min)", ylabel="fictive temperature Tf, °C")
    lower.set_ylim(fictive - 45, high)
    ln_a, dh, x, beta = ORDINARY
    upper.set_title(f"ln A = {ln_a:g}, dh = {dh / 1e3:.1f} kJ/mol, x = {x:g}, beta = {beta:g}", fontsize=9)
    return figure


def contract(_: argparse.Namespace) -> plt.Figure:
    from test_contract import at, check, judge
    from test_contract import sample as contract_points

    points = [at(*point) for point in contract_points(np.random.default_rng(SEED))]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        verdicts = [verdict for rows in pool.map(judge, points, chunksize=4) for verdict in rows]
    check(verdicts, lambda *_: None)  # prints the worst and the median of each class
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    top, error = (np.array([getattr(v, name) for v in verdicts]) for name in ("cp_n_max", "error"))
    rates = np.array([v.cooling_k_per_min for v in verdicts])
    for rate, colour, marker in ((RATES[0], RED, "o"), (RATES[-1], BLUE, "^")):
        rows = rates == rate
        axes.scatter(top[rows], error[rows], s=9, color=colour, marker=marker, linewidths=0, alpha=0.7,
                     label=f"cooled at {rate:g} K/min")  # fmt: skip
    axes.axhline(1.0, color="black", linewidth=1, label="allowed")
    axes.axvline(6.0, color=GREY, linewidth=1, linestyle="--")
    axes.set(xscale="log", yscale="log", ylim=(None, 4.0), xlabel="cp$_n$,max of the scan",
             ylabel="error / contract")  # fmt: skip
    axes.annotate("1e-4 max(1, cp$_n$,max)", (5.7, 1.25), ha="right")
    axes.annotate("1e-3 cp$_n$,max", (6.6, 1.25))
    axes.legend(loc="lower right")
    return figure


def steps(_: argparse.Namespace) -> plt.Figure:
    figure, panels = plt.subplots(3, 2, figsize=(7.4, 6.6), layout="constrained", height_ratios=(1.3, 1, 1.2))
    for column, (title, values) in enumerate((("ordinary scan", ORDINARY), ("steep scan", STEEP))):
        whole = cycle(values, RATES[0])
        ln_a, dh, x, beta = values
        scale = dh / GAS_CONSTANT
        heat = slice(whole.turn, None)
        t_c, cp_n = whole.temperature_k[heat] - 273.15, whole.cp_n[heat]
        moving = np.flatnonzero((cp_n > 0.02) & (np.abs(cp_n - 1) > 0.02))
        peak = t_c[moving[0] : moving[-1] + 1]
        upper, middle, lower = panels[:, column]
        upper.plot(t_c, cp_n, color=GREY, linewidth=0.8)
        upper.plot(t_c, cp_n, ".", color=BLUE, markersize=4)
        margin = 0.12 * (peak[-1] - peak[0])
        upper.set(xlim=(peak[0] - margin, peak[-1] + margin), xlabel="temperature, °C")
        upper.set_title(f"{title}: {len(t_c) - 1} steps on heating\nx = {x:g}, beta = {beta:g}, cp$_n$,max = "
                        f"{cp_n.max():.3g}", fontsize=9)  # fmt: skip

        rate = -ln_a - scale * (x / whole.temperature_k + (1 - x) / whole.fictive_k)
        change = np.abs(np.diff(rate))
        number = np.arange(1, len(rate))
        middle.plot(number, change, color=BLUE, linewidth=0.8)
        middle.set(yscale="log", xlabel="step", xlim=(1, len(rate) - 1))
        shares = np.array([classes(rung, values[3]) for rung in rungs(whole, rate, beta)])
        lower.stackplot(number, shares.T, colors=("#DDDDDD", SKY, ORANGE, RED),
                        labels=("frozen", "slow", "quick", "fast"))  # fmt: skip
        lower.set(xlabel="step", xlim=(1, len(rate) - 1), ylim=(0, shares.sum(axis=1)[0]))
        for axes in (middle, lower):
            axes.axvline(whole.turn, color="black", linewidth=1, linestyle="--")
        middle.annotate("turns", (whole.turn, 0.04), xycoords=("data", "axes fraction"), xytext=(3, 0),
                        textcoords="offset points")  # fmt: skip
    panels[0, 0].set_ylabel("cp$_n$")
    panels[1, 0].set_ylabel("change of ln tau\nin a step")
    panels[2, 0].set_ylabel("modes in each class")
    handles, labels = panels[2, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def rungs(whole: Cycle, rate: np.ndarray, beta: float) -> np.ndarray:
    """Rung of the reduced time of each step on the ladder of h, as the kernel has it (here by the midpoint rule)."""
    middle = 0.5 * (rate[1:] + rate[:-1])
    return np.floor(exponential_sum(beta).chains * (middle + np.log(np.diff(whole.time_s))) / np.log(2.0))


def classes(rung: float, beta: float) -> tuple[int, ...]:
    """Modes that are frozen, slow, quick and fast in one step."""
    terms = exponential_sum(beta)
    blocks = -(-len(terms.weights) // BLOCK)
    shift, chains = terms.first + int(rung), terms.chains
    frozen = min(max((FROZEN * chains - shift) // BLOCK, 0), blocks)
    moving = min(max(-((shift - FAST * chains) // BLOCK), frozen), blocks)
    quick = min(max((SLOW * chains - shift) // BLOCK, frozen), moving)
    return tuple(BLOCK * n for n in (frozen, quick - frozen, moving - quick, blocks - moving))


def cost(arguments: argparse.Namespace) -> plt.Figure:
    from simulator import direct_scan

    sets = sample(arguments.quartets, 1)
    fine = [[direct_scan(*values, rate, HEATING_K_PER_S * 60.0) for rate in RATES] for values in sets]
    groups = {
        "relaxnet": (BLUE, "o", [kernel(t) for t in (0.1, 1e-2, 1e-3, TOLERANCE, 3e-5, 5e-6)]),
        "recursion over the same modes, NumPy": (ORANGE, "s", [recursion(du) for du in (0.1, 0.05, 0.025, 0.0125)]),
        "direct O(N²), numba": (RED, "^", [direct(du) for du in (0.2, 0.1, 0.05, 0.025)]),
    }
    times, errors = measure([s for *_, solvers in groups.values() for s in solvers], sets, fine, 2)
    worst = np.quantile(errors, 0.99, axis=1)
    figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
    first = 0
    for name, (colour, marker, solvers) in groups.items():
        rows = slice(first, first + len(solvers))
        first += len(solvers)
        axes.plot(np.median(errors[rows], axis=1), times[rows], marker=marker, color=colour, label=name)
        axes.plot(worst[rows], times[rows], marker=marker, color=colour, linestyle=":", markerfacecolor="white")
    usual = [s.name for s in groups["relaxnet"][2]].index("relaxnet")
    axes.annotate("default", (np.median(errors[usual]), times[usual]), xytext=(-4, -14), ha="center",
                  textcoords="offset points")  # fmt: skip
    axes.axvline(1e-4, color=GREY, linewidth=1, linestyle="--")
    axes.annotate("contract", (1e-4, 0.5), xycoords=("data", "axes fraction"), xytext=(-3, 0), ha="right",
                  textcoords="offset points", rotation=90, va="top", color="#666666")  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="error, over max(1, cp$_n$,max): median (filled), 99 % (open)",
             ylabel="CPU time of a quartet, ms")  # fmt: skip
    axes.legend(loc="upper right", fontsize=8)
    for name, ms, error in zip([s.name for *_, ss in groups.values() for s in ss], times, errors, strict=True):
        print(f"{name:<28}{ms:>9.3g} ms{np.median(error):>10.1e}{error.max():>10.1e}")
    return figure


FIGURES = {"scans": scans, "contract": contract, "steps": steps, "cost": cost}

if __name__ == "__main__":
    main()
