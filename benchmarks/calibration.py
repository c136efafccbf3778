"""Can the error bars be believed?  Ranks of the truth, and what happens where the model or the networks do not apply.

Usage: python benchmarks/calibration.py [--quick] [--only KIND ...] [--folder FOLDER] [--docs docs]

Simulation-based calibration: glasses are drawn from the prior (the whole plane, cp_n,max to 6), scans are simulated and
estimated, and the truth is ranked among draws from what the estimate says; ranks are even if that is right.  Then the
same with data that TNM with lines and lag does not describe, or that the networks were not trained for: how many are
flagged, and what the intervals hold.  A run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from comparison.estimators import of_estimate, timed
from comparison.faults import KINDS, NOISE, lag_of, scans_of, truth
from comparison.results import Row, run
from comparison.scores import table
from scipy.stats import chisquare

from relaxnet.core.console import run_cleanly
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import atomic_path, write_json
from relaxnet.studies.relaxation.dsc.fit.engine import fit
from relaxnet.studies.relaxation.dsc.knowledge import cramer_rao
from relaxnet.studies.relaxation.physics.parameters import PARAMETER_NAMES

FOLDER = Path("reports") / "benchmarks" / "calibration"
PRIOR_SETS, FAULTY_SETS, SEED = 300, 150, 12
QUICK_SETS, QUICK = 2, ("prior", "two-betas-0.3")
DRAWS, BINS = 99, 10
SHAPE_RANGE = 0.2, 1.0  # of x and beta in the prior


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=PRIOR_SETS, help="draws from the prior")
    parser.add_argument("--faulty-sets", type=int, default=FAULTY_SETS, help="samples of each other kind")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="+", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--quick", action="store_true", help="two samples of two kinds: seconds")
    parser.add_argument("--workers", type=int, help="processes; default: as many as processors")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the results")
    parser.add_argument("--docs", type=Path, help="folder with benchmark.md and figures/ to renew")
    arguments = parser.parse_args()
    names = arguments.only or (QUICK if arguments.quick else tuple(KINDS))
    for name in names:
        if name not in KINDS:
            raise InvalidInputError("--only", name, f"one of {', '.join(KINDS)}")
    counts = (QUICK_SETS, QUICK_SETS) if arguments.quick else (arguments.sets, arguments.faulty_sets)
    if min(counts) < 1:
        raise InvalidInputError("--sets", min(counts), "at least 1")
    keys = [(name, number) for name in names for number in range(counts[0 if name.startswith("prior") else 1])]
    choices = {"sets": max(counts), "seed": arguments.seed}
    one = partial(sample_row, count=max(counts), seed=arguments.seed)
    rows = run(arguments.folder, choices, keys, one, workers=arguments.workers, label="calibrate", warm_up=warm_up)
    rows.sort(key=lambda row: (names.index(row["condition"]), row["set"]))
    write(arguments, rows)


def warm_up() -> None:
    """Load kernels and networks."""
    sample_row("prior", 0, count=1, seed=0)


def sample_row(name: str, number: int, *, count: int, seed: int) -> Row:
    parameters = truth(name, number, count, seed)
    scans, kind = scans_of(name, parameters, number, seed), KINDS[name]
    lag: Any = "auto"
    found = {"network": lambda: fit(scans, lag=lag, refine=False), "fit": lambda: fit(scans, lag=lag)}
    generator = np.random.default_rng([seed, number, 2])
    covariance = cramer_rao(parameters, scans, noise=NOISE, lag_s=lag_of(name), lag="fitted")
    return {
        "condition": name, "set": number, "true": parameters.tolist(), "bound": np.sqrt(np.diag(covariance)).tolist(),
        "described": kind.described, "known": kind.known,
        "answers": {
            method: timed(lambda make=make: ranked(make(), parameters, generator)) for method, make in found.items()
        },
    }  # fmt: skip


def ranked(found: Any, parameters: np.ndarray, generator: np.random.Generator) -> dict[str, Any]:
    """What is kept of an estimate, with the ranks of the truth among draws from it."""
    kept = of_estimate(found)
    ranks = [-1] * len(PARAMETER_NAMES)
    if np.isfinite(found.covariance).all():
        draws = generator.multivariate_normal(found.parameters, found.covariance, 50 * DRAWS, method="svd")
        low, high = SHAPE_RANGE
        inside = ((draws[:, 2:] >= low) & (draws[:, 2:] <= high)).all(axis=1)  # what the prior allows
        draws = draws[inside][:DRAWS]
        if len(draws) == DRAWS:
            ranks = (draws < parameters).sum(axis=0).tolist()
    return kept | {"ranks": ranks}


def rank_table(rows: list[Row]) -> pd.DataFrame:
    """Counts of ranks in bins, and the probability of counts as uneven if all is right; a row a parameter."""
    found = []
    for name in dict.fromkeys(row["condition"] for row in rows if row["condition"].startswith("prior")):
        here = [row for row in rows if row["condition"] == name]
        for method in here[0]["answers"]:
            ranks = np.array([row["answers"][method].get("ranks", [-1] * 4) for row in here])
            for k, parameter in enumerate(PARAMETER_NAMES):
                own = ranks[ranks[:, k] >= 0, k]
                counts = np.bincount(own * BINS // (DRAWS + 1), minlength=BINS)
                p = float(chisquare(counts).pvalue) if counts.sum() else float("nan")
                found.append({"condition": name, "estimator": method, "parameter": parameter, "samples": len(own),
                              "p": p, **{f"bin_{b}": int(count) for b, count in enumerate(counts)}})  # fmt: skip
    return pd.DataFrame(found)


def write(arguments: argparse.Namespace, rows: list[Row]) -> None:
    scored, ranks = table(rows), rank_table(rows)
    for name, frame in (("scores", scored), ("ranks", ranks)):
        with atomic_path(arguments.folder / f"{name}.csv") as part:
            frame.to_csv(part, index=False, float_format="%.6g")
    write_json(arguments.folder / "scores.json", scored.astype(object).where(scored.notna(), None).to_dict("records"))
    with pd.option_context("display.width", 250, "display.max_columns", 30, "display.precision", 3):
        shown = ["condition", "estimator", "samples", "rms_ratio_dh_j_per_mol", "rms_ratio_x", "rms_ratio_beta",
                 "held_dh_j_per_mol", "held_x", "held_beta", "flagged", "failed", "failed_unflagged"]  # fmt: skip
        print(scored[shown].to_string(index=False))
        print(ranks.to_string(index=False))
    if arguments.docs:
        from comparison.pages import renew_calibration

        renew_calibration(arguments.docs, rows, scored, ranks)


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
