"""Time and error of the simulator against direct O(N**2) superposition and a plain NumPy recursion.

Run: ``python benchmarks/simulator.py`` (two to three minutes, one core).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from relaxnet.studies.relaxation.dataset import ln_a_table
from relaxnet.studies.relaxation.dataset.state_space import DH_J_PER_MOL, SHAPE_VALUES
from relaxnet.studies.relaxation.physics import TNMParameters, chr_program, describe, simulate, simulate_many
from relaxnet.studies.relaxation.physics._expsum import exponential_sum
from relaxnet.studies.relaxation.physics.simulate import TOLERANCE

# one copy of the direct solver: the tests' own
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "studies" / "relaxation" / "physics"))
from direct import GAS_CONSTANT, DirectScan, _cycle_grid, direct_scan, fictive_temperature

RATES = chr_program().cooling_rates_k_per_min
HEATING = chr_program().heating_rate_k_per_min
LARGEST_CP_N = 6.0
GRID_END = 1e-5  # cp_n at the ends of the plain solvers' grids
DIRECT_DU = (0.1, 0.05, 0.025, 0.0125)
NUMPY_DU = (0.05, 0.025, 0.0125, 0.00625)
REPEATED = 10  # times that our kernel does a quartet in one call, so that the clock sees it
PAPER_MINUTES = 10.0  # a quartet, as the paper says of its own simulation

Curve = Callable[[np.ndarray], np.ndarray]


@dataclass
class Solver:
    """A solver at one setting: ``run`` gives six curves cp_n(T), ``work`` is timed and does ``quartets``."""

    name: str
    run: Callable[[np.ndarray], list[Curve]]
    work: Callable[[np.ndarray], object]
    quartets: int = 1

    def time_ms(self, values: np.ndarray) -> float:
        start = time.process_time()  # of this process: other work on the machine counts less
        self.work(values)
        return (time.process_time() - start) * 1e3 / self.quartets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quartets", type=int, default=8, help="random points with cp_n,max <= 6")
    parser.add_argument("--rounds", type=int, default=1, help="of timing, all solvers in turn")
    parser.add_argument("--direct-du", type=float, nargs="+", default=DIRECT_DU, help="steps of the O(N**2) solver")
    parser.add_argument("--numpy-du", type=float, nargs="+", default=NUMPY_DU, help="steps of the NumPy recursion")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    sets = sample(arguments.quartets, arguments.seed)
    fine = [[direct_scan(*values, rate, HEATING) for rate in RATES] for values in sets]
    groups = [
        [kernel(TOLERANCE)],
        [direct(du) for du in sorted(arguments.direct_du, reverse=True)],
        [recursion(du) for du in sorted(arguments.numpy_du, reverse=True)],
    ]
    solvers = [solver for group in groups for solver in group]
    times, errors = measure(solvers, sets, fine, arguments.rounds)

    ours_ms, ours_error = times[0], np.median(errors[0])
    print(f"{'solver':<26}{'ms/quartet':>12}{'ratio':>9}{'median error':>14}{'worst error':>13}")
    for solver, ms, error in zip(solvers, times, errors, strict=True):
        print(f"{solver.name:<26}{ms:>12.3g}{ms / ours_ms:>9.0f}{np.median(error):>14.1e}{error.max():>13.1e}")
    print(f"\nAt the median error of the kernel, {ours_error:.1e}, from the rows above (log-log):")
    first = 1
    for name, group in (("direct O(N**2), numba", groups[1]), ("recursion, NumPy", groups[2])):
        rows = slice(first, first + len(group))
        first += len(group)
        ms, note = at_error(times[rows], np.median(errors[rows], axis=1), ours_error)
        print(f"  {name:<24}{ms:>12.3g} ms, ratio {ms / ours_ms:.0f}{note}")
    paper_ms = PAPER_MINUTES * 60e3
    print(f"  {'the paper, its own word':<24}{paper_ms:>12.3g} ms, ratio {paper_ms / ours_ms:.2g} (error not given)")
    doubt = max(scan.error / max(1.0, scan.cp_n.max()) for scans in fine for scan in scans)
    print(f"\nTime: CPU, median over {len(sets)} random quartets (cp_n,max <= {LARGEST_CP_N:g}) of the best round.")
    print("Error: max over T of |cp_n - exact| / max(1, cp_n,max), a scan; 'exact' is direct superposition of fourth")
    print(f"order, extrapolated, itself known to {doubt:.0e}.")


def measure(
    solvers: Sequence[Solver], sets: np.ndarray, fine: list[list[DirectScan]], rounds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Median times in ms, shape (solvers,), and errors, shape (solvers, scans)."""
    errors = []
    for solver in solvers:  # warms up, too
        curves = [curve for values in sets for curve in solver.run(values)]
        exact = [scan for scans in fine for scan in scans]
        errors.append([error_of(*pair) for pair in zip(curves, exact, strict=True)])
    best = np.full((len(solvers), len(sets)), np.inf)
    for _ in range(rounds):
        for q, values in enumerate(sets):
            for number, solver in enumerate(solvers):
                best[number, q] = min(best[number, q], solver.time_ms(values))
    return np.median(best, axis=1), np.array(errors)


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


def kernel(tolerance: float) -> Solver:
    def run(values: np.ndarray) -> list[Curve]:
        signals = simulate_many(values[None], tolerance=tolerance)
        return [lambda t_k, scan=scan: signals.on_grid(t_k)[0, scan] for scan in range(len(RATES))]

    def work(values: np.ndarray) -> object:
        return simulate_many(np.repeat(values[None], REPEATED, axis=0), tolerance=tolerance)

    name = "relaxnet" if tolerance == TOLERANCE else f"relaxnet, tolerance {tolerance:.1g}"
    return Solver(name, run, work, REPEATED)


def direct(du: float) -> Solver:
    """Direct superposition of second order on given nodes, compiled by numba."""

    def run(values: np.ndarray) -> list[Curve]:
        ln_a, dh, x, beta = values
        scale = dh / GAS_CONSTANT
        t_k = scale / _cycle_grid(ln_a, scale, x, beta, HEATING / 60, du, GRID_END)
        curves = []
        for rate in RATES:
            tf_k = fictive_temperature(t_k, durations(t_k, rate), ln_a, scale, x, beta)
            curves.append(slope_of(t_k, tf_k))
        return curves

    return Solver(f"direct O(N**2), du {du:g}", run, run)


def recursion(du: float) -> Solver:
    """The same exponential sums, advanced by NumPy: all modes and all six scans at once, second order."""

    def run(values: np.ndarray) -> list[Curve]:
        ln_a, dh, x, beta = values
        scale = dh / GAS_CONSTANT
        t_k = scale / _cycle_grid(ln_a, scale, x, beta, HEATING / 60, du, GRID_END)
        terms = exponential_sum(float(beta))
        weights, rates = terms.weights, terms.rates
        dt_s = np.array([durations(t_k, rate) for rate in RATES])
        tf_k = np.empty((len(RATES), len(t_k)))
        tf_k[:, 0] = t_k[0]
        departure = np.zeros((len(RATES), len(rates)))
        log_rate = np.full(len(RATES), -ln_a - scale / t_k[0])
        slope = np.ones(len(RATES))
        turn = len(t_k) // 2
        for n in range(len(t_k) - 1):
            change = t_k[n + 1] - t_k[n]
            guess = tf_k[:, n] + (0.0 if n == turn else slope * change)
            for _ in range(2):
                next_log_rate = -ln_a - scale * (x / t_k[n + 1] + (1 - x) / guess)
                dxi = dt_s[:, n] * np.exp(0.5 * (log_rate + next_log_rate))
                h = dxi[:, None] * rates
                loss = -np.expm1(-h)
                moved = departure - loss * (departure + change / h)
                guess = t_k[n + 1] + moved @ weights
            departure, tf_k[:, n + 1] = moved, guess
            log_rate = -ln_a - scale * (x / t_k[n + 1] + (1 - x) / guess)
            slope = (tf_k[:, n + 1] - tf_k[:, n]) / change
        return [slope_of(t_k, row) for row in tf_k]

    return Solver(f"recursion, NumPy, du {du:g}", run, run)


def durations(t_k: np.ndarray, cooling_k_per_min: float) -> np.ndarray:
    """Of the steps of one cycle, in s; the coldest node is the middle one."""
    steps = np.abs(np.diff(t_k))
    return steps / np.where(np.arange(len(steps)) < len(t_k) // 2, cooling_k_per_min, HEATING) * 60.0


def slope_of(t_k: np.ndarray, tf_k: np.ndarray) -> Curve:
    """``dTf/dT`` of the heating scan."""
    cold = len(t_k) // 2
    return CubicSpline(t_k[cold:], tf_k[cold:]).derivative()


def error_of(curve: Curve, exact: DirectScan) -> float:
    """Largest error, over max(1, cp_n,max), where neither is just glass or liquid."""
    inner = np.abs(exact.cp_n - np.clip(np.round(exact.cp_n), 0, 1)) > 2 * GRID_END
    deviation = np.abs(curve(exact.temperature_k[inner]) - exact.cp_n[inner])
    return float(deviation.max() / max(1.0, exact.cp_n.max()))


def at_error(times: np.ndarray, errors: np.ndarray, wanted: float) -> tuple[float, str]:
    """Time at the wanted error between rows that bracket it, or of the row nearest to it."""
    order = np.argsort(errors)
    ms = float(np.exp(np.interp(np.log(wanted), np.log(errors[order]), np.log(times[order]))))
    if wanted < errors.min():
        return ms, f" at least (the finest row still has {errors.min():.1e})"
    return ms, f" at most (the coarsest row has {errors.max():.1e})" if wanted > errors.max() else ""


if __name__ == "__main__":
    main()
