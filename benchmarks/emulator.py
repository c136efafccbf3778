"""Time and error of the emulator against the simulator, over the whole state space.

Run: ``python benchmarks/emulator.py`` (one to three minutes, two cores).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt
from tqdm import tqdm

from relaxnet.studies.relaxation.dataset import ln_a_table, select
from relaxnet.studies.relaxation.dataset.state_space import DH_J_PER_MOL, SHAPE_VALUES
from relaxnet.studies.relaxation.emulator import Emulator
from relaxnet.studies.relaxation.emulator.axes import AXES
from relaxnet.studies.relaxation.physics import Signals, simulate_many

CLASSES = {"<= 2": (0.0, 2.0), "2 to 6": (2.0, 6.0), "6 to 60": (6.0, 60.0), "> 60": (60.0, np.inf)}
COLOURS = ("#0072B2", "#56B4E9", "#E69F00", "#D55E00")  # Okabe and Ito
PAPER_GRID_STEP_K = 0.1
LAPTOP_GRID_STEP_K = 1.0
LAPTOP_GRID_POINTS = 300
_BATCH = 64  # quartets decoded at a time, as a reader does it
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1500, help="compared with the simulator")
    parser.add_argument("--timed", type=int, default=8192, help="quartets timed for the emulator")
    parser.add_argument("--timed-simulator", type=int, default=1024, help="quartets timed for the simulator")
    parser.add_argument("--workers", type=int, default=2, help="most threads")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--figure", type=Path, help="PNG for the histogram of errors")
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)

    emulator, build_s = build(arguments.workers)
    print(f"built with {arguments.workers} threads in {build_s:.0f} s, {emulator.nbytes / 1e6:.0f} MB\n")
    throughput(emulator, select("C", arguments.timed, seed=arguments.seed).parameters(), arguments)

    sets = random_sets(rng, arguments.points)
    top, error = errors(emulator, sets, arguments.workers)
    print("\nmax over T of |emulator - simulator| / max(1, cp_n,max), a scan")
    print(f"{'cp_n,max':<10}{'scans':>8}{'median':>10}{'99 %':>10}{'worst':>10}")
    for name, (low, high) in {**CLASSES, "all": (0.0, np.inf)}.items():
        rows = error[(top > low) & (top <= high)]
        if len(rows):
            print(
                f"{name:<10}{len(rows):>8}{np.median(rows):>10.1e}{np.quantile(rows, 0.99):>10.1e}{rows.max():>10.1e}"
            )
    if arguments.figure:
        histogram(top, error, arguments.figure)


def build(workers: int) -> tuple[Emulator, float]:
    simulate_many(random_sets(np.random.default_rng(0), 2))  # compiles
    with tqdm(total=np.prod([len(axis.values()) for axis in AXES]), desc="building", unit=" sets") as bar:
        start = time.perf_counter()
        emulator = Emulator.build(workers=workers, progress=bar.update)
        return emulator, time.perf_counter() - start


def random_sets(rng: np.random.Generator, count: int) -> np.ndarray:
    """Random points of the whole state space, shape (count, 4)."""
    table = ln_a_table()
    i, j = rng.integers(table.shape[0], size=count), rng.integers(table.shape[1], size=count)
    k, m = rng.integers(len(SHAPE_VALUES), size=(2, count))
    return np.column_stack([table[i, j], DH_J_PER_MOL[i], SHAPE_VALUES[k], SHAPE_VALUES[m]])


def throughput(emulator: Emulator, sets: np.ndarray, arguments: argparse.Namespace) -> None:
    """Print quartets/s of both for subset C, as signals on their nodes and decoded, and the ratios."""
    few = sets[: arguments.timed_simulator]
    middle = float(np.median(simulate_many(few).temperature_k))
    laptop = middle + LAPTOP_GRID_STEP_K * np.arange(-LAPTOP_GRID_POINTS // 2, LAPTOP_GRID_POINTS // 2)
    grids = {
        "on the nodes": None,
        f"decoded at {len(laptop)} points": laptop,
        "decoded at 18501 points": 23.15 + PAPER_GRID_STEP_K * np.arange(18501),
    }
    print(f"{'':<26}{'threads':>8}{'emulator':>11}{'simulator':>11}{'ratio':>8}   (quartets/s)")
    for name, grid in grids.items():
        for workers in sorted({1, arguments.workers}):
            # the longest grid fills the memory: fewer
            many = sets[: max(256, len(sets) // 16)] if grid is not None and len(grid) > 10_000 else sets
            rates = {"emulator": 0.0, "simulator": 0.0}
            for _ in range(ROUNDS):  # in turn: other work on the machine hits both
                rates["emulator"] = max(rates["emulator"], rate(emulator.signals, many, grid, workers))
                rates["simulator"] = max(rates["simulator"], rate(simulate_many, few[: len(many)], grid, workers))
            print(
                f"{name:<26}{workers:>8}{rates['emulator']:>11.0f}{rates['simulator']:>11.0f}"
                f"{rates['emulator'] / rates['simulator']:>8.1f}",
                flush=True,
            )


def rate(source: Callable[..., Signals], sets: np.ndarray, grid_k: np.ndarray | None, workers: int) -> float:
    """Quartets a second."""
    start = time.perf_counter()
    signals = source(sets, workers=workers)

    def decode(first: int) -> None:
        signals.take(slice(first, first + _BATCH)).on_grid(grid_k, dtype=np.float32)

    if grid_k is not None:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(decode, range(0, len(signals), _BATCH)))
    return len(sets) / (time.perf_counter() - start)


def errors(emulator: Emulator, sets: np.ndarray, workers: int) -> tuple[np.ndarray, np.ndarray]:
    """cp_n,max and error of every scan, at the simulator's own nodes and half-way between them."""
    exact, found = simulate_many(sets, workers=workers), emulator.signals(sets, workers=workers)
    top = exact.cp_n.max(axis=2)
    error = np.empty(top.shape)
    for q in range(len(sets)):
        for scan in range(top.shape[1]):
            t_k = exact.temperature_k[q, scan]
            t_k = np.sort(np.concatenate([t_k, 0.5 * (t_k[1:] + t_k[:-1])]))
            both = [signals.take(slice(q, q + 1)).on_grid(t_k)[0, scan] for signals in (exact, found)]
            error[q, scan] = np.abs(both[1] - both[0]).max() / max(1.0, top[q, scan])
    return top.ravel(), error.ravel()


def histogram(top: np.ndarray, error: np.ndarray, path: Path) -> None:
    """Draw the errors of the classes, one above the other."""
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    bins = np.logspace(-6, -3, 46)
    rows = [np.clip(error[(top > low) & (top <= high)], bins[0], bins[-1]) for low, high in CLASSES.values()]
    axes.hist(rows, bins=bins, stacked=True, color=COLOURS, label=[f"cp$_n$,max {name}" for name in CLASSES])
    for quantile, style in ((0.5, "-"), (0.99, "--")):
        value = np.quantile(error, quantile)
        axes.axvline(value, color="black", linestyle=style, linewidth=1, label=f"{quantile:.0%} below {value:.1e}")
    axes.set(xscale="log", xlabel="max over T of |emulator - simulator| / max(1, cp$_n$,max)", ylabel="scans")
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    plt.close(figure)


if __name__ == "__main__":
    main()
