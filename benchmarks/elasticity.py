"""Networks of the elasticity study at equal optimiser steps: what each learns, from how many images, begun with what.

Usage: python benchmarks/elasticity.py [--budget 8] [--folder FOLDER] [--page docs/elasticity.md]

Cells as of the profile `paper` are drawn once: 10 000 to train on, 500 to follow the training, 1500 to test; and as
many of other phases to pre-train on.  The time of a step of every network is measured, and the number of steps of all
trainings chosen by the budget, in hours.  Finished trainings are kept in a journal in the folder: the same command goes
on where it was interrupted, and writes tables and figures of what there is.  `--tables` does only that.

ImageNet's weights are used where Keras can get them; where it cannot, a line says which file it looked for.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from elastic.cells import simulate
from elastic.plan import runs, steps_within
from elastic.runs import ARCHITECTURES, BATCH, SOLVED, Run, Task
from elastic.tables import curves_figure, equal_steps, frame, put, sizes, sizes_figure, versus

from relaxnet.core.console import run_cleanly
from relaxnet.core.files import read_yaml, write_json, write_text

ROOT = Path(__file__).parents[1]
PARAMS = ROOT / "pipelines" / "elasticity" / "params.yaml"
JOURNAL, PLAN = "journal.jsonl", "plan.json"
BEGIN, END = "<!-- from benchmarks/elasticity.py -->\n", "<!-- to here -->"


def main() -> None:
    arguments = _arguments()
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    if not arguments.tables:
        simulate(folder, read_yaml(PARAMS)["profiles"]["paper"]["simulate"], arguments.cells)
        plan = read_plan(folder, 3600.0 * arguments.budget)
        for turn in runs(plan["steps"], plan["weights"]):
            work(folder, turn)
    report(folder, arguments.page)


def read_plan(folder: Path, budget_s: float) -> dict[str, Any]:
    """Steps and sources of weights; measured once, so that a continued benchmark keeps them."""
    file = folder / PLAN
    if file.exists():
        return dict(json.loads(file.read_text()))
    weights = ["none", "pretrained", *(["imagenet"] if _has_imagenet() else [])]
    speeds = {name: _seconds_a_step(name) for name in ARCHITECTURES if name not in SOLVED}
    for name, seconds in speeds.items():
        print(f"{name}: {1e3 * seconds:.0f} ms a step of {BATCH} images", flush=True)
    plan = {"steps": steps_within(budget_s, speeds, weights), "weights": weights, "seconds_a_step": speeds}
    print(f"{plan['steps']} steps for every training", flush=True)
    write_json(file, plan)
    return plan


def work(folder: Path, turn: list[Run]) -> None:
    """Do what of a round is not in the journal yet, two trainings at a time."""
    from relaxnet.core.backend import load_keras
    from relaxnet.core.executors import LocalProcesses

    done = {row["name"] for row in journal(folder)}
    missing = [Task(run, folder) for run in turn if run.name not in done]
    pool = LocalProcesses(2, environment={"TQDM_DISABLE": "1"}, initializer=partial(load_keras, 1), tasks_per_process=6,
                          kept="finished trainings are kept, run again to go on")  # fmt: skip
    with (folder / JOURNAL).open("a", encoding="utf-8") as stream:
        for task, row in pool.run(missing):
            stream.write(json.dumps({"name": task.run.name, **row}) + "\n")
            stream.flush()
            mean = sum(row["nrmse"].values()) / len(row["nrmse"])
            print(f"{task.run.name}: mean NRMSE {mean:.3f}, {row['seconds']:.0f} s", flush=True)


def journal(folder: Path) -> list[dict[str, Any]]:
    """Rows of the finished trainings; a line that a kill cut short is dropped."""
    file = folder / JOURNAL
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    rows = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    if text and not text.endswith("\n"):
        write_text(file, "".join(json.dumps(row) + "\n" for row in rows))
    return rows


def report(folder: Path, page: Path | None) -> None:
    """Print the tables; with a page, write them and the figures there."""
    rows = journal(folder)
    if not rows:
        print("no training is finished yet")
        return
    table, plan = frame(rows), json.loads((folder / PLAN).read_text())
    lines = [f"{plan['steps']} steps of {BATCH} images for every training; time on a core: "
             + ", ".join(f"{name} {1e3 * s:.0f} ms" for name, s in plan["seconds_a_step"].items()) + " a step.", "",
             *equal_steps(table), "", *sizes(table), "", *versus(table)]  # fmt: skip
    print("\n".join(lines))
    if page:
        from relaxnet.evaluation.figures import save_figure

        put(page, BEGIN, END, lines)
        for name, figure in (("elasticity-sizes", sizes_figure(table)), ("elasticity-curves", curves_figure(rows))):
            save_figure(figure, page.parent / "figures", name)


def _seconds_a_step(name: str) -> float:
    """Median time of a training step on one thread, of three after the first two."""
    from relaxnet.core.backend import load_keras

    load_keras(1)
    import keras
    import numpy as np

    from relaxnet.models.blocks.architectures import build

    architecture, options = ARCHITECTURES[name]
    network = build(architecture, options, {"image": (64, 64, 1), "phases": (4,)}, 9)
    generator = np.random.default_rng(1)
    inputs = {
        "image": (generator.random((BATCH, 64, 64, 1)) > 0.5).astype("float32"),
        "phases": np.tile(np.float32([3.0, 0.35, 70.0, 0.22]), (BATCH, 1)),
    }
    views, times = network.views(inputs), []
    network.body.compile("adam", "mse")
    for _ in range(5):
        began = time.monotonic()
        network.body.train_on_batch(views, np.zeros((BATCH, 9), dtype="float32"))
        times.append(time.monotonic() - began)
    keras.backend.clear_session()
    return float(np.median(times[2:]))


def _has_imagenet() -> bool:
    from relaxnet.core.errors import InvalidInputError
    from relaxnet.models.blocks.architectures import build

    try:
        build(ARCHITECTURES["vgg16"][0], {"weights": "imagenet"}, {"image": (64, 64, 1), "phases": (4,)}, 9)
    except InvalidInputError as error:
        print(f"without ImageNet: {error}", flush=True)
        return False
    return True


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, default=8.0, help="hours, at most (default: 8)")
    parser.add_argument("--cells", type=int, default=10_000, help="cells to train on (default: 10 000)")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "relaxnet-elasticity"))
    parser.add_argument("--page", type=Path, help="Markdown page with the marks between which the tables go")
    parser.add_argument("--tables", action="store_true", help="only write what the journal has")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
