"""Events in DSC scans: how many `relaxnet estimate` cuts off or flags, and how many it sees where there are none.

Glasses of the whole state space (cp_n,max <= 6), one scan each on sloping lines with noise 0.003 or 0.01, written as a
file and estimated as a user would; then once more with an event of 5 to 50 % of the step, 2 to 12 K wide, anywhere in
the scan.  An event counts as seen if it is named, if the scan is flagged as not described by the model, or if it lies
outside of what was fitted.

``python benchmarks/dsc_events.py``  (300 glasses, about 15 minutes on one core; continued where it was left)
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from tqdm import tqdm

from relaxnet.core.errors import RelaxnetError
from relaxnet.studies.relaxation.dsc.options import ScanOptions
from relaxnet.studies.relaxation.from_files.run import Request, run

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "studies" / "relaxation" / "dsc"))
from scans_with_events import HEATING_RATE, clean_scans, with_event

EVENT_FLAGS = ("melting", "crystallisation", "second_transition", "hump", "event", "feature", "does_not_fit")
BINS = (0.05, 0.07, 0.1, 0.2, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=300)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--output", type=Path, help="file of results; default: in the temporary folder")
    arguments = parser.parse_args()
    name = f"dsc-events-{arguments.sets}-{arguments.seed}.jsonl"
    file = arguments.output or Path(tempfile.gettempdir()) / name
    done = len(file.read_text().splitlines()) if file.exists() else 0
    with file.open("a") as out:
        scans = enumerate(clean_scans(arguments.sets, arguments.seed))
        for number, scan in tqdm(scans, total=arguments.sets, unit="glass", disable=None):
            generator = np.random.default_rng([arguments.seed, number])
            signal, centre_k, width_k = with_event(scan, generator)
            if number < done:
                continue
            height = float(np.abs(signal - scan.signal).max())
            row = {"height": height, "clean": looked_at(scan, scan.signal), "event": looked_at(scan, signal)}
            row["event"]["cut"] = is_cut(row["event"], centre_k, width_k)
            out.write(json.dumps(row) + "\n")
            out.flush()
    report([json.loads(line) for line in file.read_text().splitlines()])


def looked_at(scan, signal) -> dict:
    """Flags of events, and the fitted range in K, of a scan that is written to a file and estimated."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scan.csv"
        lines = [f"{t - 273.15:.3f},{y:.6f}" for t, y in zip(scan.temperature_k, signal, strict=True)]
        path.write_text("Temperature [degC],Heat flow [mW/mg]\n" + "\n".join(lines) + "\n")
        options = ScanOptions(cooling_rate_k_per_min=scan.cooling_rate, heating_rate_k_per_min=HEATING_RATE)
        try:
            estimate, _ = run([path], Request(exo="down", scans=options))
        except RelaxnetError as error:
            return {"flags": [], "refused": str(error), "range_k": None}
    names = sorted({flag.name for flag in estimate.flags if any(name in flag.name for name in EVENT_FLAGS)})
    (fit,) = estimate.scans
    inside = fit.scan.temperature_k[fit.fitted]
    range_k = [float(inside[0]), float(inside[-1])] if len(inside) else None
    return {"flags": names, "refused": "", "range_k": range_k}


def is_cut(found: dict, centre_k: float, width_k: float) -> bool:
    if found["range_k"] is None:
        return False
    low_k, high_k = found["range_k"]
    return bool(centre_k + 1.5 * width_k < low_k or centre_k - 1.5 * width_k > high_k)


def report(rows: list[dict]) -> None:
    alarms = np.array([bool(row["clean"]["flags"]) for row in rows])
    refused = np.array([bool(row["clean"]["refused"]) for row in rows])
    heights = np.array([row["height"] for row in rows])
    seen = np.array([bool(row["event"]["flags"] or row["event"]["refused"] or row["event"]["cut"]) for row in rows])
    print(f"{len(rows)} glasses: events seen {100 * seen.mean():.1f} %, false alarms {100 * alarms.mean():.1f} %, "
          f"clean scans refused {100 * refused.mean():.1f} %\n")  # fmt: skip
    print("| height of the event, shares of the step | seen, % | events |\n|---|--:|--:|")
    for low, high in pairwise(BINS):
        part = (heights >= low) & (heights < high)
        if part.any():
            print(f"| {low:g} to {high:g} | {100 * seen[part].mean():.1f} | {part.sum()} |")


if __name__ == "__main__":
    main()
