"""Time and error of the simulator against direct O(N**2) superposition.

Run: ``python benchmarks/simulator.py`` (about a minute, one core).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from relaxnet.dataset import ln_a_table
from relaxnet.dataset.state_space import DH_J_PER_MOL, SHAPE_VALUES
from relaxnet.physics import TNMParameters, chr_program, describe, simulate, simulate_many

# one copy of the direct solver: the tests' own
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "physics"))
from direct import GAS_CONSTANT, _cycle_grid, direct_scan, fictive_temperature
from scipy.interpolate import CubicSpline

RATES = chr_program().cooling_rates_k_per_min
FINE_DU = 0.02
LARGEST_CP_N = 6.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quartets", type=int, default=5, help="compared with direct superposition")
    parser.add_argument("--timed", type=int, default=400, help="timed for the simulator")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    sets = sample(max(arguments.quartets, arguments.timed), arguments.seed)
    simulate_many(sets[:16])  # compile, and fill the cache of exponential sums
    timed = sets[: arguments.timed]
    simulate_many(timed)
    ours_ms = min(timing_ms(lambda: simulate_many(timed)) for _ in range(3)) / len(timed)
    print(f"simulator, one core, {len(timed)} quartets of the state space: {ours_ms:.2f} ms a quartet\n")

    compared = sets[: arguments.quartets]
    fine = [[direct_scan(*values, rate, du=FINE_DU) for rate in RATES] for values in compared]
    rows = [("simulator", ours_ms, errors(compared, fine, ours))]
    for du in (0.16, 0.08, 0.04, 0.02):
        plain_direct(compared[0], RATES[0], du)  # compile
        elapsed = timing_ms(lambda du=du: [plain_direct(values, rate, du) for values in compared for rate in RATES])
        found = errors(compared, fine, lambda values, du=du: [plain_direct(values, rate, du) for rate in RATES])
        rows.append((f"direct, du = {du:g}", elapsed / len(compared), found))
    print(f"{'solver':<18}{'ms/quartet':>12}{'ratio':>9}{'median error':>15}{'largest error':>15}")
    for name, ms, found in rows:
        print(f"{name:<18}{ms:>12.2f}{ms / ours_ms:>9.0f}{np.median(found):>15.1e}{max(found):>15.1e}")
    certain = max(np.abs(scan.change).max() / max(1.0, scan.cp_n.max()) for scans in fine for scan in scans)
    print(f"\nError: max over T of |cp_n - fine| / max(1, cp_n,max), {len(compared)} quartets of 6 scans.")
    print(f"Fine: direct superposition extrapolated to du = {FINE_DU / 2:g} (last correction {certain:.0e}).")


def sample(count: int, seed: int) -> np.ndarray:
    """Random points of the state space with cp_n,max <= 6."""
    rng = np.random.default_rng(seed)
    kept: list[tuple[float, ...]] = []
    while len(kept) < count:
        i, j, k, m = (int(rng.integers(n)) for n in (*ln_a_table().shape, 41, 41))
        values = (ln_a_table()[i, j], DH_J_PER_MOL[i], SHAPE_VALUES[k], SHAPE_VALUES[m])
        if describe(simulate(TNMParameters(*values))).cp_n_max.max() <= LARGEST_CP_N:
            kept.append(values)
    return np.array(kept)


def timing_ms(work) -> float:
    start = time.process_time()  # of this process: other work on the machine counts less
    work()
    return (time.process_time() - start) * 1e3


def plain_direct(values, rate: float, du: float):
    """Direct superposition without extrapolation: temperature and cp_n of the heating scan."""
    ln_a, dh, x, beta = values
    scale = dh / GAS_CONSTANT
    t_k = scale / _cycle_grid(ln_a, scale, x, beta, 10.0 / 60, du, 1e-5)
    cold = len(t_k) // 2
    k_per_s = np.where(np.arange(len(t_k) - 1) < cold, rate, 10.0) / 60
    tf_k = fictive_temperature(t_k, np.abs(np.diff(t_k)) / k_per_s, ln_a, scale, x, beta)
    return CubicSpline(t_k[cold:], CubicSpline(t_k[cold:], tf_k[cold:])(t_k[cold:], 1))


def ours(values):
    signals = simulate(TNMParameters(*values))
    return [lambda t_k, scan=scan: signals.on_grid(t_k)[0, scan] for scan in range(len(RATES))]


def errors(compared, fine, solver) -> list[float]:
    """Largest relative error of each scan; ``solver`` gives six functions of temperature."""
    found = []
    for values, scans in zip(compared, fine, strict=True):
        for curve, exact in zip(solver(values), scans, strict=True):
            inner = np.abs(exact.cp_n - np.clip(np.round(exact.cp_n), 0, 1)) > 1e-4  # where both have nodes
            deviation = np.abs(curve(exact.temperature_k[inner]) - exact.cp_n[inner])
            found.append(float(deviation.max() / max(1.0, exact.cp_n.max())))
    return found


if __name__ == "__main__":
    main()
