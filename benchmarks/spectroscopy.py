"""Networks of the spectroscopy study at equal optimiser steps: broadenings, numbers of points, losses, outputs, data.

Usage: python benchmarks/spectroscopy.py [--budget 8] [--molecules 100000] [--folder FOLDER]
                                         [--page docs/spectroscopy.md]

Levels of 100 000 molecules of QM9 to train on, 1000 to follow the training and 3000 to test are made once.  The time of
a step is measured, and the number of steps of all trainings chosen by the budget, in hours on two cores.  The report's
three experiments come first, three seeds each, by its optimiser and by ours; then outputs that cannot be negative, one
network for all broadenings, errors against the number of molecules.  Finished trainings are kept in a journal in the
folder, `benchmarks/results/spectroscopy`: the same command goes on where it was interrupted, on another machine too,
and writes tables and figures of what there is.  `--tables` does only that.  A folder that was begun with other
molecules or other code is refused.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from budgeted import journal
from budgeted.pages import put
from budgeted.plan import PLAN, Speed, kept_plan
from spectral.molecules import simulate
from spectral.plan import POINTS, rounds, speed, steps_within
from spectral.runs import BATCH, NETWORKS, Task
from spectral.tables import curves_figure, experiments, frame, one_for_all, sizes, sizes_figure

from relaxnet.core.console import run_cleanly

FIGURES = {
    "spectroscopy-sizes": "What the accuracy lacks to 100 %, against the number of training molecules.",
    "spectroscopy-curves": "Loss on validation molecules over the optimiser steps, relative to its first value.",
}


def main() -> None:
    arguments = _arguments()
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    if not arguments.tables:
        plan = read_plan(folder, arguments.budget, arguments.molecules)
        simulate(folder, arguments.molecules)
        for turn in rounds(plan["steps"], arguments.molecules):
            journal.work(folder, {run.name: Task(run, folder) for run in turn}, _line)
    report(folder, arguments.page)


def read_plan(folder: Path, budget_hours: float, molecules: int) -> dict[str, Any]:
    """Steps and speeds; measured once, so that a continued benchmark keeps them.

    Raises
    ------
    DataFileError
        If the folder was begun with other molecules, or with other code of the data or the trainings.
    InvalidInputError
        If the budget does not suffice.
    """

    def make() -> dict[str, Any]:
        speeds = {name: speed(name) for name in (*map(str, POINTS), "levels")}
        for name, found in speeds.items():
            print(f"{name}: {BATCH / found.step:.0f} samples a second of training on a core", flush=True)
        steps = steps_within(budget_hours, molecules, speeds)
        return {"steps": steps, "speeds": {name: found._asdict() for name, found in speeds.items()}}

    return kept_plan(folder, begun_with(molecules), make)


def begun_with(molecules: int) -> dict[str, Any]:
    """What rows of one journal must have in common."""
    import keras

    from relaxnet.core.fingerprint import code_fingerprint

    code = code_fingerprint("spectral.runs", NETWORKS, "relaxnet.studies.spectroscopy.dataset.writer")
    return {"molecules": molecules, "code": code, "backend": keras.backend.backend()}


def report(folder: Path, page: Path | None) -> None:
    """Print the tables; with a page, write them and the figures there."""
    rows = journal.rows(folder)
    if not rows:
        print("no training is finished yet")
        return
    found, plan = frame(rows), json.loads((folder / PLAN).read_text())
    speeds = {name: Speed(**values) for name, values in plan["speeds"].items()}
    told = ", ".join(f"{name} {BATCH / one.step:.0f}" for name, one in speeds.items())
    lines = [f"{plan['steps']} steps of {BATCH} molecules for every training; samples a second of training on a core, "
             f"by number of points: {told}.", "", *experiments(found), "", *one_for_all(found), "", *sizes(found), "",
             *(f"![{words}](figures/{name}.png)\n" for name, words in FIGURES.items())]  # fmt: skip
    print("\n".join(lines))
    if page:
        from relaxnet.evaluation.figures import save_figure

        put(page, "benchmarks/spectroscopy.py", lines)
        for name, figure in zip(FIGURES, (sizes_figure(found), curves_figure(rows)), strict=True):
            save_figure(figure, page.parent / "figures", name)


def _line(row: dict[str, Any]) -> str:
    return f"accuracy, normalised, {100 * row['accuracy_normalised']:.2f} %, {row['seconds']:.0f} s"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, default=8.0, help="hours, at most (default: 8)")
    parser.add_argument("--molecules", type=int, default=100_000, help="molecules to train on (default: 100 000)")
    parser.add_argument("--folder", type=Path, default=journal.RESULTS / "spectroscopy")
    parser.add_argument("--page", type=Path, help="Markdown page with the marks between which the tables go")
    parser.add_argument("--tables", action="store_true", help="only write what the journal has")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
