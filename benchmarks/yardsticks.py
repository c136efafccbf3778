"""The yardsticks of estimation: the Cramér-Rao bound of real materials, and the plain fit's errors over the bound.

Run: ``python benchmarks/yardsticks.py`` (half a minute, two cores).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from relaxnet.core.processes import usable_processors
from relaxnet.studies.relaxation.estimation.bound import cramer_rao
from relaxnet.studies.relaxation.estimation.plain_fit import fit_many
from relaxnet.studies.relaxation.estimation.scans import simulate_scans
from relaxnet.studies.relaxation.physics.published import MATERIALS

# one copy of the random sets: the tests' own
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "studies" / "relaxation" / "estimation"))
from random_sets import LARGEST_CP_N, random_sets

NAMES = ("ln A", "dh", "x", "beta")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=100, help=f"random sets with cp_n,max <= {LARGEST_CP_N:g}")
    parser.add_argument("--noise", type=float, default=0.01, help="standard deviation of cp_n")
    parser.add_argument("--lag", type=float, default=0.0, help="thermal lag in K; above 0 it is fitted, too")
    parser.add_argument("--workers", type=int, default=usable_processors(), help="threads")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print_materials(arguments)
    print()
    print_fits(arguments)


def print_materials(arguments: argparse.Namespace) -> None:
    sets = np.array([material.as_array() for material in MATERIALS.values()])
    scans = simulate_scans(sets, lag_k=arguments.lag)
    lag = "fitted" if arguments.lag else "known"
    bound = cramer_rao(sets, scans, noise=arguments.noise, lag_k=arguments.lag, lag=lag)
    print(f"Cramér-Rao bound: noise {arguments.noise:g}, lag {arguments.lag:g} K ({lag}), a point a kelvin")
    print(f"{'':<24}{'sd ln A':>9}{'dh':>9}{'x':>9}{'beta':>9}{'ln tau(T0)':>12}{'T0':>8}")
    for q, name in enumerate(MATERIALS):
        ln_a, dh, x, beta = bound.sd[q]
        told = f"{ln_a:>9.3f}{dh / sets[q, 1]:>9.2%}{x:>9.5f}{beta:>9.5f}{bound.coordinate_sd[q, 0]:>12.4f}"
        print(f"{name:<24}{told}{bound.coordinates.t0_k[q]:>6.1f} K")


def print_fits(arguments: argparse.Namespace) -> None:
    lag = "fitted" if arguments.lag else "known"
    sets = random_sets(arguments.sets, arguments.seed)
    generator = np.random.default_rng(arguments.seed)
    scans = simulate_scans(sets, noise=arguments.noise, lag_k=arguments.lag, generator=generator)
    bound = cramer_rao(
        sets, scans, noise=arguments.noise, lag_k=arguments.lag, lag=lag, workers=arguments.workers
    )  # fmt: skip
    fit_many(scans[:1], lag=lag)  # compiles
    start, start_cpu = time.perf_counter(), time.process_time()
    found = fit_many(scans, lag=lag, workers=arguments.workers)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    ratio = (np.array([result.parameters for result in found]) - sets) / bound.sd
    print(f"Plain fit of {len(sets)} random sets of the whole state space, cp_n,max <= {LARGEST_CP_N:g}")
    print(f"{'error / bound':<24}{''.join(f'{name:>9}' for name in NAMES)}")
    print(f"{'  rms':<24}{''.join(f'{value:>9.2f}' for value in np.sqrt(np.mean(ratio**2, axis=0)))}")
    print(f"{'  largest':<24}{''.join(f'{value:>9.2f}' for value in np.abs(ratio).max(axis=0))}")
    good = sum(result.converged and result.white for result in found)
    starts, simulations = (np.array([getattr(result, name) for result in found]) for name in ("starts", "simulations"))
    print(f"converged, with residuals like noise: {good} of {len(found)}; from the first start: {(starts == 1).sum()}")
    print(f"{simulations.mean():.0f} simulations, {1e3 * cpu / len(found):.0f} ms of CPU, ", end="")
    print(f"{1e3 * seconds / len(found):.0f} ms in {arguments.workers} threads each")


if __name__ == "__main__":
    main()
