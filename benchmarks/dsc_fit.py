"""The fit of DSC scans held against the Cramér-Rao bound: errors, intervals, flags and time over the state space.

Run, each on one core (the file of results is continued where it was left):

``python benchmarks/dsc_fit.py normalised``  six scans of cp_n, noise 0.01 (5 minutes)
``python benchmarks/dsc_fit.py clean``       the same without noise
``python benchmarks/dsc_fit.py lag``         the same with a lag of 1 K, fitted
``python benchmarks/dsc_fit.py raw``         raw heat flow, lines unknown, lag 1 K fitted, 30 K of glass and liquid
``python benchmarks/dsc_fit.py materials``   the same for published materials, many noises each, and what lines cost
``python benchmarks/dsc_fit.py history``     a thermocouple's record as program
``python benchmarks/dsc_fit.py wrong``       what the model does not hold: two glasses in one, curved lines, another lag
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import lfilter

import relaxnet.studies.relaxation.dsc.fit.engine as engine
from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.dsc.knowledge import costs, cramer_rao
from relaxnet.studies.relaxation.dsc.scan import HeatingScan
from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
from relaxnet.studies.relaxation.physics import Program
from relaxnet.studies.relaxation.physics.published import MATERIALS

# one copy of the random sets: the tests' own
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "studies" / "relaxation" / "estimation"))
from random_sets import random_sets

NAMES = ("ln A", "dh", "x", "beta")
NOISE, LAG_S, REACH_K = 0.01, 6.0, 30.0  # the lag is 1 K at 10 K/min
EDGE, FAILED = 0.98, 5.0
EXACT = np.array([np.inf, 1e-3, 1e-3, 1e-3])  # of dh relative
MODES = ("normalised", "clean", "lag", "raw", "materials", "history", "wrong")
WRONGS = ("two beta", "curved lines", "two lags")
BEND = 0.05  # of the step, by which curved lines leave straight ones at the ends of a scan
BETA_APART = 0.15
SAMPLE_S = 2.0  # between the samples of a thermocouple


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=MODES)
    parser.add_argument("--sets", type=int, default=2000, help="random sets, or noises of each material")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--part", default="1/1", help="2/3: the second of three parts, beside other processes")
    parser.add_argument("--output", type=Path, help="file of results, one line a set; default: in the temporary folder")
    parser.add_argument("--thermocouple-k", type=float, default=0.1, help="noise of the temperature of `history`")
    arguments = parser.parse_args()
    name = f"dsc-fit-{arguments.mode}-{arguments.sets}-{arguments.seed}.jsonl"
    file = arguments.output or Path(tempfile.gettempdir()) / name
    sets = all_sets(arguments)
    done = {row["set"] for row in rows_of(file)}
    first, parts = (int(text) for text in arguments.part.split("/"))
    warm_up(arguments)
    with file.open("a") as out:
        for number in range(first - 1, len(sets), parts):
            if number not in done:
                out.write(json.dumps(one(arguments, number, sets[number])) + "\n")
                out.flush()
    summarise(arguments, sets, sorted(rows_of(file), key=lambda row: row["set"]))
    if arguments.mode == "materials":
        print_costs()


def all_sets(arguments: argparse.Namespace) -> np.ndarray:
    if arguments.mode == "materials":
        return np.repeat([material.as_array() for material in MATERIALS.values()], arguments.sets, axis=0)
    return random_sets(arguments.sets, arguments.seed)


def rows_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def scans_of(arguments: argparse.Namespace, number: int, parameters: np.ndarray) -> list[HeatingScan]:
    generator = np.random.default_rng([arguments.seed, number])
    if arguments.mode == "wrong":
        return wrong_scans(WRONGS[number % len(WRONGS)], parameters, generator)
    if arguments.mode in ("raw", "materials"):
        return simulated_scans(
            parameters, noise=NOISE, lag_s=LAG_S, lines=True, generator=generator, reach_k=REACH_K
        )  # fmt: skip
    noise = 0.0 if arguments.mode == "clean" else NOISE
    lag_s = LAG_S if arguments.mode == "lag" else 0.0
    scans = simulated_scans(parameters, noise=noise, lag_s=lag_s, generator=generator)
    if arguments.mode == "history":
        scans = [with_history(scan, arguments.thermocouple_k, generator) for scan in scans]
    return scans


def wrong_scans(kind: str, parameters: np.ndarray, generator: np.random.Generator) -> list[HeatingScan]:
    """Scans that no parameters describe: half of each of two glasses, curved lines, or a lag of two time constants."""
    if kind == "two beta":
        *rest, beta = parameters
        apart = min(BETA_APART, beta - 0.15, 1.0 - beta)
        pair = [simulated_scans([*rest, beta + sign * apart], lag_s=LAG_S) for sign in (-1, 1)]
        scans = [
            replace(broad, signal=0.5 * (broad.signal + np.interp(broad.temperature_k, *both(narrow), 0.0, 1.0)))
            for broad, narrow in zip(*pair, strict=True)
        ]
    else:
        scans = simulated_scans(parameters, lag_s=LAG_S, reach_k=REACH_K)
        for number, scan in enumerate(scans):
            t = scan.temperature_k
            if kind == "curved lines":
                place = (t - t.mean()) / (0.5 * np.ptp(t))
                scans[number] = replace(scan, signal=scan.signal + BEND * place**2, quantity="heat_flow_w_per_g")
            else:
                step_k = float(t[1] - t[0])
                again = lfilter([step_k], [step_k + 1.0, -1.0], scan.signal)  # another lag of 1 K
                scans[number] = replace(scan, signal=again)
    return [replace(scan, signal=scan.signal + NOISE * generator.standard_normal(len(scan.signal))) for scan in scans]


def both(scan: HeatingScan) -> tuple[np.ndarray, np.ndarray]:
    return scan.temperature_k, scan.signal


def with_history(scan: HeatingScan, noise_k: float, generator: np.random.Generator) -> HeatingScan:
    """The scan with its program as a thermocouple writes it down."""
    path = scan.program.path()
    time_s = np.arange(0.0, path.knot_s[-1], max(SAMPLE_S, path.knot_s[-1] / 5000.0))
    temperature_k = np.interp(time_s, path.knot_s, path.knot_k) + noise_k * generator.standard_normal(len(time_s))
    program = Program.from_history(time_s, temperature_k)
    return HeatingScan(scan.temperature_k, scan.signal, scan.quantity, program, scan.label, scan.run)


def fitted(arguments: argparse.Namespace) -> bool:
    return arguments.mode in ("raw", "materials", "lag", "wrong")


def warm_up(arguments: argparse.Namespace) -> None:
    """Compile, and read the networks."""
    parameters = MATERIALS["As2Se3"].as_array()
    engine.fit(scans_of(arguments, 0, parameters), lag="auto" if fitted(arguments) else 0.0)


def one(arguments: argparse.Namespace, number: int, parameters: np.ndarray) -> dict[str, Any]:
    scans = scans_of(arguments, number, parameters)
    start = time.process_time()  # of one thread: others may use the machine
    try:
        found = engine.fit(scans, lag="auto" if fitted(arguments) else 0.0)
    except InvalidInputError:  # a step that the lines hide
        nothing = [float("nan")] * 4
        return {
            "set": number, "error": nothing, "bound": nothing, "std": nothing, "held": [False] * 4,
            "flags": ["refused"], "seconds": time.process_time() - start,
        }  # fmt: skip
    seconds = time.process_time() - start
    kind: Any = "fitted" if fitted(arguments) else "known"
    exact = scans if arguments.mode != "history" else scans_of_exact(arguments, number, parameters)
    bound = cramer_rao(parameters, exact, noise=NOISE, lag_s=LAG_S if fitted(arguments) else 0.0, lag=kind)
    low, high = found.interval_90.T
    return {
        "set": number,
        "error": (found.parameters - parameters).tolist(),
        "bound": np.sqrt(np.diag(bound)).tolist(),
        "std": found.std.tolist(),
        "held": ((low <= parameters) & (parameters <= high)).tolist(),
        "flags": sorted({flag.name for flag in found.flags}),
        "seconds": seconds,
    }


def scans_of_exact(arguments: argparse.Namespace, number: int, parameters: np.ndarray) -> list[HeatingScan]:
    return simulated_scans(parameters, noise=NOISE, generator=np.random.default_rng([arguments.seed, number]))


def summarise(arguments: argparse.Namespace, sets: np.ndarray, rows: list[dict[str, Any]]) -> None:
    index = np.array([row["set"] for row in rows])
    true = sets[index]
    error, bound, std = (np.array([row[name] for row in rows], dtype=float) for name in ("error", "bound", "std"))
    held = np.array([row["held"] for row in rows])
    harmless = {"history_smoothed"}
    flagged = np.array([bool(set(row["flags"]) - harmless) for row in rows])
    inside = (true[:, 2:] <= EDGE).all(axis=1)
    milliseconds = 1e3 * np.array([row["seconds"] for row in rows])
    median, high = np.percentile(milliseconds, [50, 95])
    print(f"{arguments.mode}: {len(rows)} sets, {inside.sum()} with x, beta <= {EDGE}; ", end="")
    print(f"{flagged.sum()} flagged, of the latter {flagged[inside].sum()} ({100 * flagged[inside].mean():.2f} %)")
    print(f"processor time of a fit: median {median:.0f} ms, 95 % {high:.0f} ms")
    if arguments.mode == "wrong":
        print_wrong(rows, np.array([row["error"] for row in rows]) / std)
        return
    names = [name for row in rows for name in row["flags"]]
    print("flags:", {name: names.count(name) for name in sorted(set(names))})
    if arguments.mode == "clean":
        relative = np.abs(error) / np.column_stack([np.ones(len(true)), true[:, 1], np.ones((len(true), 2))])
        within = (relative <= EXACT)[~flagged].mean(axis=0)
        print("share within 0.1 % (dh), 0.001 (x, beta):", dict(zip(NAMES[1:], within[1:].round(5), strict=True)))
        print("largest:", dict(zip(NAMES, relative[~flagged].max(axis=0).tolist(), strict=True)))
        return
    ratio = error / bound
    for title, part in (("unflagged, inside", ~flagged & inside), ("unflagged, at the edge", ~flagged & ~inside),
                        ("flagged", flagged)):  # fmt: skip
        if part.any():
            print_errors(title, ratio[part], error[part] / std[part], held[part])
    worst = np.abs(ratio[:, 1:]).max(axis=1)
    failures = index[(worst > FAILED) & ~flagged]
    print(f"errors beyond {FAILED:g} bounds: {(worst > FAILED).sum()}; unflagged: {failures.tolist()}")


def print_wrong(rows: list[dict[str, Any]], of_std: np.ndarray) -> None:
    """How often a wrong model is told, and how far off its parameters are."""
    misfit = np.array(["does_not_fit" in row["flags"] for row in rows])
    for kind, name in enumerate(WRONGS):
        part = np.array([row["set"] % len(WRONGS) == kind for row in rows])
        away = np.abs(of_std[part]).max(axis=1)
        print(
            f"{name}: does_not_fit in {100 * misfit[part].mean():.1f} % of {part.sum()}; largest |error| / std ", end=""
        )
        quiet = np.abs(of_std[part & ~misfit]).max(axis=1, initial=0.0)
        print(f"median {np.median(away):.1f}, of those not flagged {np.max(quiet, initial=0.0):.1f}")


def print_errors(title: str, ratio: np.ndarray, of_std: np.ndarray, held: np.ndarray) -> None:
    print(f"{title} ({len(ratio)})")
    print(f"  {'':<24}{''.join(f'{name:>9}' for name in NAMES)}")
    for name, values in (
        ("rms of error / bound", np.sqrt(np.mean(ratio**2, axis=0))),
        ("95 % of |error| / bound", np.percentile(np.abs(ratio), 95, axis=0)),
        ("rms of error / std", np.sqrt(np.mean(of_std**2, axis=0))),
        ("90 % intervals hold (%)", 100 * held.mean(axis=0)),
    ):
        print(f"  {name:<24}{''.join(f'{value:>9.3f}' for value in values)}")


def print_costs() -> None:
    """What lines, lag and window cost for each material."""
    for name, material in MATERIALS.items():
        generator = np.random.default_rng(1)
        scans = simulated_scans(
            material.as_array(), noise=NOISE, lag_s=LAG_S, lines=True, generator=generator, reach_k=REACH_K
        )  # fmt: skip
        found = engine.fit(scans)
        print(f"{name}: dh {found.std[1] / found.parameters[1]:.2%}, x {found.std[2]:.4f}, beta {found.std[3]:.4f}")
        for cost in costs(found):
            print(f"  {cost.name:<24}{''.join(f'{value:>9.2f}' for value in cost.ratio)}  of the standard deviations")


if __name__ == "__main__":
    main()
