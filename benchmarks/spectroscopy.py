"""Networks of the spectroscopy study at equal optimiser steps: broadenings, numbers of points, losses, outputs, data.

Usage: python benchmarks/spectroscopy.py [--budget 8] [--molecules 100000] [--folder FOLDER]
                                         [--page docs/spectroscopy.md]

Levels of 100 000 molecules of QM9 to train on, 1000 to follow the training and 3000 to test are made once.  The time of
a step is measured, and the number of steps of all trainings chosen by the budget, in hours on two cores.  The report's
three experiments come first, three seeds each, by its optimiser and by ours, with outputs that cannot be negative and
one network for all broadenings; then errors against the number of molecules, after more steps.  Finished trainings are
kept in a journal in the folder, `benchmarks/results/spectroscopy`: the same command goes on where it was interrupted,
on another machine too, and writes tables and figures of what there is.  `--tables` does only that.  A folder that was
begun with other molecules or other code is refused.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from budgeted import journal
from budgeted.options import options
from budgeted.pages import of_steps, report
from budgeted.plan import PLAN, Speed, kept_plan
from spectral.molecules import simulate
from spectral.plan import LONG, POINTS, rounds, speed, steps_within
from spectral.runs import BATCH, NETWORKS, Task
from spectral.tables import curves_figure, experiments, frame, one_for_all, sizes, sizes_figure

from relaxnet.core.console import run_cleanly


def main() -> None:
    arguments = options(__doc__, "spectroscopy", molecules=100_000)
    folder: Path = arguments.folder
    if not arguments.tables:
        plan = read_plan(folder, arguments.budget, arguments.molecules)
        simulate(folder, arguments.molecules)
        for turn in rounds(plan["steps"], arguments.molecules):
            journal.work(folder, {run.name: Task(run, folder) for run in turn}, _line)
    write(folder, arguments.page)


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


def write(folder: Path, page: Path | None) -> None:
    """Print the tables; with a page, write them and the figures there."""
    rows = journal.rows(folder)
    if not rows:
        print("no training is finished yet")
        return
    plan = json.loads((folder / PLAN).read_text())
    steps, speeds = plan["steps"], {name: Speed(**values) for name, values in plan["speeds"].items()}
    equal, long = frame(of_steps(rows, steps)), frame(of_steps(rows, LONG * steps))
    told = ", ".join(f"{name} {BATCH / one.step:.0f}" for name, one in speeds.items())
    lines = [f"{steps} steps of {BATCH} molecules for every training; samples a second of training on a core, "
             f"by number of points: {told}.", "", *experiments(equal), "", *one_for_all(equal), "",
             f"Accuracy at 0.5 eV against the number of training molecules, after {LONG * steps} steps:", "",
             *sizes(long)]  # fmt: skip
    report(page, "benchmarks/spectroscopy.py", lines, {
        "spectroscopy-sizes": ("Accuracy at 0.5 eV against the number of training molecules.",
                               sizes_figure(long)),
        "spectroscopy-curves": ("Loss on validation molecules over the optimiser steps, relative to its first value.",
                                curves_figure(rows, steps)),
    })  # fmt: skip


def _line(row: dict[str, Any]) -> str:
    accuracy = row["accuracy_normalised"]  # of an estimate that has no area there is none
    return f"accuracy, normalised, {'–' if accuracy is None else f'{100 * accuracy:.2f} %'}, {row['seconds']:.0f} s"


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
