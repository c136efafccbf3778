"""Errors and speed of the universal network on glasses of the whole plane, beside the Cramér-Rao bound.

Run: ``python benchmarks/universal.py`` (2 minutes, 2 cores); ``--weights models/relaxation/universal`` for those of the
last `make repro` instead of the shipped ones.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from relaxnet import chr_program, simulate_many
from relaxnet.core.processes import usable_processors
from relaxnet.studies.relaxation.dataset.regions import PLANE, draw
from relaxnet.studies.relaxation.estimation.bound import cramer_rao
from relaxnet.studies.relaxation.estimation.scans import measured_scans
from relaxnet.studies.relaxation.physics.published import MATERIALS
from relaxnet.studies.relaxation.universal.estimator import SHIPPED, UniversalEstimator
from relaxnet.studies.relaxation.universal.layout import lay_out

LARGEST_CP_N_MAX = 6.0
NOISE, LAG_K = 0.01, 0.5
NAMES, UNITS = ("ln A", "dh (kJ/mol)", "x", "beta"), np.array([1.0, 1e-3, 1.0, 1.0])
CLEAN = (1.0, 5e3, 0.005, 0.005)
NOISY = (10.0, 1e4, 0.02, 0.01)
Z_90 = 1.645  # standard deviations to both sides that hold 90 % of a normal distribution
SPEED_COPIES, SPEED_RUNS = 3, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=SHIPPED, help="folder of the networks")
    parser.add_argument("--sets", type=int, default=2300, help="glasses drawn; those that are not steep count")
    parser.add_argument("--bounds", type=int, default=400, help="of which the bound is computed")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--step-k", type=float, default=1.0, help="between the points of a scan")
    arguments = parser.parse_args()
    estimator, workers, program = UniversalEstimator.load(arguments.weights), usable_processors(), chr_program()
    sets = draw(PLANE, np.random.default_rng(arguments.seed), arguments.sets)
    signals = simulate_many(sets, program, workers=workers)
    usual = np.flatnonzero(signals.cp_n.max(axis=(1, 2)) <= LARGEST_CP_N_MAX)
    sets, signals = sets[usual], signals.take(usual)
    print(f"{len(sets)} glasses with cp_n,max <= {LARGEST_CP_N_MAX:g}, lag fitted unless known")
    print(f"a point every {arguments.step_k:g} K")
    for noise, lag_k, known, within in (
        (0.0, 0.0, None, CLEAN), (NOISE, 0.0, 0.0, NOISY), (NOISE, LAG_K, None, NOISY),
    ):  # fmt: skip
        generator = np.random.default_rng(arguments.seed + 1)
        samples = measured_scans(
            signals, program, noise=noise, lag_k=lag_k, generator=generator, step_k=arguments.step_k
        )
        found = estimator.estimate(samples, noise or None, lag_k=known, workers=workers)
        error = np.abs(found.parameters - sets)
        print(f"\nnoise {noise:g}, lag {lag_k:g} K{' (known)' if known is not None else ''}")
        print("               median |error|     99 %   99.9 %   share within     90 % intervals hold")
        for k, name in enumerate(NAMES):
            median, high, highest = np.percentile(error[:, k], [50, 99, 99.9]) * UNITS[k]
            share, held = (error[:, k] < within[k]).mean(), (error[:, k] < Z_90 * found.std[:, k]).mean()
            limit = within[k] * UNITS[k]
            line = f"{name:12s}  {median:16.4g} {high:8.4g} {highest:8.4g}   {100 * share:6.2f} % < {limit:<6g}"
            print(f"{line}  {100 * held:6.1f} %")
        if noise:
            part, lag = slice(0, arguments.bounds), "fitted" if known is None else "known"
            bound = cramer_rao(sets[part], samples[part], noise=noise, lag_k=lag_k, lag=lag, workers=workers).sd
            ratio = np.median(error[part] / bound, axis=0)
            allowed = 100 * (2 * ndtr(within / bound) - 1).mean(axis=0)
            print("median |error| / bound:", ", ".join(f"{n} {r:.2f}" for n, r in zip(NAMES, ratio, strict=True)))
            shares = ", ".join(f"{n} {share:.2f}" for n, share in zip(NAMES, allowed, strict=True))
            print(f"share within that the bound allows (%): {shares}")
        if known is None and noise:
            speed(estimator, samples, noise, workers)
    print("\nmaterials, noise 0.01 and lag 0.5 K: |error| in standard deviations")
    for number, (name, material) in enumerate(MATERIALS.items()):
        true = material.as_array()
        generator = np.random.default_rng(number)
        sample = measured_scans(simulate_many(true[None]), program, noise=NOISE, lag_k=LAG_K, generator=generator)
        found = estimator.estimate(sample)
        print(f"{name:22s}", (np.abs(found.parameters[0] - true) / found.std[0]).round(2))


def speed(estimator: UniversalEstimator, samples: list, noise: float, workers: int) -> None:
    """Samples a second in one batch: with laying out, and without; and the first guess alone."""
    many = samples * SPEED_COPIES
    layout = lay_out(many, noise, workers=workers)
    inputs = layout.guess_inputs()
    timings = {
        "from measured scans": lambda: estimator.estimate(many, noise, workers=workers),
        "from scans laid out": lambda: estimator.estimate_layout(layout, workers=workers),
        "first guess alone": lambda: estimator.guess(inputs),
    }
    for name, run in timings.items():
        spent_s = []
        for _ in range(SPEED_RUNS):
            started_s = time.perf_counter()
            run()
            spent_s.append(time.perf_counter() - started_s)
        print(f"{name}: {len(many) / min(spent_s):.0f} samples/s")


if __name__ == "__main__":
    main()
