"""Estimators of the TNM parameters side by side: networks, fits and classical methods, under many conditions.

Usage: python benchmarks/estimators.py [--quick] [--only CONDITION ...] [--folder FOLDER] [--docs docs]

A run that was interrupted goes on where it stopped.  The results of every sample go into ``results.jsonl`` of the
folder, the scores into ``scores.csv`` and ``scores.json`` there; ``--docs docs`` puts tables into ``benchmark.md`` and
figures into ``figures/`` of that folder.  Samples do not depend on the number of workers.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from comparison.estimators import PAPER, answers, fits_paper_network, paper_network
from comparison.results import Row, run
from comparison.samples import CONDITIONS, sample
from comparison.scores import table

from relaxnet.core.console import run_cleanly
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import atomic_path, write_json

FOLDER, MODELS = Path("reports") / "benchmarks" / "estimators", Path("models") / "relaxation"
SETS, MATERIAL_SETS, SEED = 40, 120, 11
QUICK_SETS, QUICK = 2, ("noise-0.01", "rates-1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=SETS, help="random glasses, the same under all conditions")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="+", metavar="CONDITION", help=", ".join(CONDITIONS))
    parser.add_argument("--quick", action="store_true", help="two glasses, two conditions: seconds")
    parser.add_argument("--workers", type=int, help="processes; default: as many as processors")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of the networks of `make repro`")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the results")
    parser.add_argument("--docs", type=Path, help="folder with benchmark.md and figures/ to renew")
    arguments = parser.parse_args()
    names = arguments.only or (QUICK if arguments.quick else tuple(CONDITIONS))
    for name in names:
        if name not in CONDITIONS:
            raise InvalidInputError("--only", name, f"one of {', '.join(CONDITIONS)}")
    count = QUICK_SETS if arguments.quick else arguments.sets
    if count < 1:
        raise InvalidInputError("--sets", count, "at least 1")
    keys = [(name, number) for name in names for number in range(samples_of(name, count))]
    choices = {"sets": count, "seed": arguments.seed}
    one = partial(sample_row, count=count, seed=arguments.seed)
    rows = run(arguments.folder, choices, keys, one, workers=arguments.workers, label="estimate", warm_up=warm_up)
    add_paper_network(rows, arguments, count)
    rows.sort(key=lambda row: (names.index(row["condition"]), row["set"]))
    write(arguments, rows)


def samples_of(name: str, count: int) -> int:
    return MATERIAL_SETS if CONDITIONS[name].materials and count == SETS else count


def warm_up() -> None:
    """Load kernels and networks, which no time is to count."""
    sample_row("materials", 0, count=1, seed=0)


def sample_row(name: str, number: int, *, count: int, seed: int) -> Row:
    condition = CONDITIONS[name]
    found = sample(condition, number, samples_of(name, count), seed)
    return {
        "condition": name, "set": number, "true": found.parameters.tolist(), "bound": found.bound.tolist(),
        "answers": answers(found, condition, [seed, number]),
    }  # fmt: skip


def add_paper_network(rows: list[Row], arguments: argparse.Namespace, count: int) -> None:
    """Answers of the paper's network, kept beside the others."""
    file = arguments.folder / "paper-network.json"
    kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    missing = [row for row in rows if fits_paper_network(CONDITIONS[row["condition"]]) and _key(row) not in kept]
    network = paper_network(arguments.models) if missing else None
    if missing and network is None:
        print(f"{arguments.models}: no network of the paper's study (make repro trains it), so it is left out")
    for name in dict.fromkeys(row["condition"] for row in missing) if network else ():
        here = [row for row in missing if row["condition"] == name]
        samples = [sample(CONDITIONS[name], row["set"], samples_of(name, count), arguments.seed) for row in here]
        kept |= {_key(row): found for row, found in zip(here, network(samples), strict=True)}
        write_json(file, kept)
    for row in rows:
        if _key(row) in kept:
            row["answers"] = {PAPER: kept[_key(row)], **row["answers"]}


def _key(row: Row) -> str:
    return f"{row['condition']} {row['set']}"


def write(arguments: argparse.Namespace, rows: list[Row]) -> None:
    scored = table(rows)
    with atomic_path(arguments.folder / "scores.csv") as part:
        scored.to_csv(part, index=False, float_format="%.6g")
    plain = scored.astype(object).where(scored.notna(), None)
    write_json(arguments.folder / "scores.json", plain.to_dict(orient="records"))
    print_scores(scored)
    if arguments.docs:
        from comparison.pages import renew_estimators

        renew_estimators(arguments.docs, rows, scored)


def print_scores(scored: pd.DataFrame) -> None:
    shown = ["median_dh_j_per_mol", "median_x", "median_beta", "rms_ratio_dh_j_per_mol", "rms_ratio_x",
             "rms_ratio_beta", "held_dh_j_per_mol", "held_x", "held_beta", "failed", "failed_unflagged", "gross",
             "flagged", "milliseconds"]  # fmt: skip
    with pd.option_context("display.width", 250, "display.max_columns", 30, "display.precision", 3):
        for name, part in scored.groupby("condition", sort=False):
            print(f"\n{name}: {CONDITIONS[str(name)].title}, {int(np.max(part['samples']))} samples")
            print(part.set_index("estimator")[shown].to_string())


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
