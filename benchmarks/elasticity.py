"""Networks of the elasticity study at equal optimiser steps: what each learns, from how many images, begun with what.

Usage: python benchmarks/elasticity.py [--budget 8] [--folder FOLDER] [--page docs/elasticity.md]

Cells as of the profile `paper` are drawn once: 10 000 to train on, 250 to follow the training, 1500 to test; and as
many of other phases to pre-train on.  The time of a step of every network is measured, and the number of steps of all
trainings chosen by the budget, in hours on two cores; some networks are trained longer, too, on ever more images.  What
tells most comes first.  Finished trainings are kept in a journal in the folder, `benchmarks/results/elasticity`: the
same command goes on where it was interrupted, on another machine too, and writes tables and figures of what there is.
`--tables` does only that.  A folder that was begun with other cells or other code is refused.

ImageNet's weights are used where Keras can get them; where it cannot, a line says which file it looked for.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from budgeted import journal
from budgeted.options import options
from budgeted.pages import of_steps, report
from budgeted.plan import PLAN, Speed, kept_plan
from elastic import mean
from elastic.cells import simulate
from elastic.plan import LONG, SIZES, first_rounds, further_rounds, steps_within
from elastic.runs import BATCH, Run, Task, is_kept, source_run
from elastic.searches import grid, table, tpe
from elastic.speeds import has_imagenet, speed
from elastic.tables import curves_figure, equal_steps, frame, per_constant, sizes, sizes_figure, versus
from elastic.trainings import NETWORKS, TIMED

from relaxnet.core.console import run_cleanly
from relaxnet.core.files import read_yaml, write_json

ROOT = Path(__file__).parents[1]
PARAMS = ROOT / "pipelines" / "elasticity" / "params.yaml"
SEARCHES = ROOT / "pipelines" / "elasticity" / "searches" / "params.yaml"
SEARCHED = "searches.json"


def main() -> None:
    arguments = options(__doc__, "elasticity", cells=10_000)
    folder: Path = arguments.folder
    if not arguments.tables:
        plan = read_plan(folder, arguments.budget, arguments.cells)
        simulate(folder, read_yaml(PARAMS)["profiles"]["paper"]["simulate"], arguments.cells)
        means = [mean.Task(images, folder) for images in SIZES]
        journal.work(folder, {task.run.name: task for task in means}, say)
        for turn in first_rounds(plan["steps"], plan["weights"]):
            work(folder, turn)
        search(folder, plan["steps"])
        for turn in further_rounds(plan["steps"], plan["weights"]):
            work(folder, turn)
    write(folder, arguments.page)


def read_plan(folder: Path, budget_hours: float, cells: int) -> dict[str, Any]:
    """Steps and sources of weights; measured once, so that a continued benchmark keeps them.

    Raises
    ------
    DataFileError
        If the folder was begun with other cells, or with other code of the data or the trainings.
    InvalidInputError
        If the budget does not suffice.
    """

    def make() -> dict[str, Any]:
        weights = ["none", "pretrained", *(["imagenet"] if has_imagenet() else [])]
        speeds = {name: speed(name) for name in dict.fromkeys(TIMED.values())}
        for name, found in speeds.items():
            print(f"{name}: {1e3 * found.step:.0f} ms a step of {BATCH} images", flush=True)
        steps = steps_within(budget_hours, weights, speeds)
        return {"steps": steps, "weights": weights, "speeds": {name: s._asdict() for name, s in speeds.items()}}

    return kept_plan(folder, begun_with(cells), make)


def begun_with(cells: int) -> dict[str, Any]:
    """What rows of one journal must have in common."""
    import keras

    from relaxnet.core.fingerprint import code_fingerprint
    from relaxnet.studies.elasticity.dataset.writer import data_code

    trainings = code_fingerprint("elastic.runs", "elastic.trainings", NETWORKS)
    return {"cells": cells, "data_code": data_code(), "trainings": trainings, "backend": keras.backend.backend()}


def search(folder: Path, steps: int) -> None:
    """The grid, and as many networks chosen by TPE."""
    from relaxnet.workflow.search_config import SearchConfig, parse_searches

    spaces = parse_searches(SearchConfig, read_yaml(SEARCHES))

    def rows(some: Sequence[Run]) -> dict[str, dict[str, Any]]:
        work(folder, some)
        return {row["name"]: row for row in journal.rows(folder)}

    names = {"grid": [run.name for run in grid(spaces, steps)]}
    write_json(folder / SEARCHED, names)  # of an interrupted one the table has what is done
    rows(grid(spaces, steps))
    names["TPE"] = [run.name for run in tpe(spaces, steps, rows)]
    write_json(folder / SEARCHED, names)


def work(folder: Path, turn: Sequence[Run]) -> None:
    """Do what of a round is not in the journal yet, two trainings at a time."""
    done = {row["name"] for row in journal.rows(folder)}
    lost = {run.name: Task(run, folder) for run in lost_sources([run for run in turn if run.name not in done], folder)}
    journal.work(folder, lost, say, again=lost)
    journal.work(folder, {run.name: Task(run, folder) for run in turn}, say)


def say(row: dict[str, Any]) -> str:
    """Line on a finished training."""
    return f"mean NRMSE {sum(row['nrmse'].values()) / len(row['nrmse']):.3f}, {row['seconds']:.0f} s"


def lost_sources(runs: Sequence[Run], folder: Path) -> list[Run]:
    """Those that ``runs`` start from whose networks are not there: the journal may have come from another machine."""
    needed = dict.fromkeys(source_run(run) for run in runs if run.weights == "pretrained")
    return [source for source in needed if not is_kept(source, folder)]


def write(folder: Path, page: Path | None) -> None:
    """Print the tables; with a page, write them and the figures there."""
    rows = journal.rows(folder)
    if not rows:
        print("no training is finished yet")
        return
    plan = json.loads((folder / PLAN).read_text())
    steps, speeds = plan["steps"], {name: Speed(**values) for name, values in plan["speeds"].items()}
    equal, long = of_steps(rows, steps), frame(of_steps(rows, LONG * steps))
    lines = [f"{steps} steps of {BATCH} images for every training; time on a core: "
             + ", ".join(f"{name} {1e3 * one.step:.0f} ms" for name, one in speeds.items()) + " a step.", "",
             *equal_steps(frame(equal)), "",
             "NRMSE of every constant on the course's images, and R² in brackets:", "",
             *per_constant(equal, frame(equal)), "", *versus(rows, steps), "", *_searches(folder, rows), "",
             f"Mean NRMSE against the number of training images, after {LONG * steps} steps:", "",
             *sizes(long)]  # fmt: skip
    report(page, "benchmarks/elasticity.py", lines, {
        "elasticity-sizes": ("Mean NRMSE against the number of training images.", sizes_figure(long)),
        "elasticity-curves": ("Loss on validation cells over the optimiser steps.", curves_figure(rows, steps)),
    })  # fmt: skip


def _searches(folder: Path, rows: Sequence[dict[str, Any]]) -> list[str]:
    file, by_name = folder / SEARCHED, {row["name"]: row for row in rows}
    named = json.loads(file.read_text()) if file.exists() else {}
    return table(named, by_name)


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
