"""Finished trainings in a journal: the same command goes on where it was interrupted.

Journals and plans are kept in the repository, in ``benchmarks/results``: the tables of the documentation can be made
from them, and a benchmark of many hours can go on elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from relaxnet.core.files import write_text

RESULTS = Path(__file__).parents[1] / "results"
JOURNAL = "journal.jsonl"
TASKS_PER_PROCESS = 6
Task = Callable[[], dict[str, Any]]


def rows(folder: Path) -> list[dict[str, Any]]:
    """Rows of the finished trainings, the last of those done twice; a line that a kill cut short is dropped."""
    file = folder / JOURNAL
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    found = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    if text and not text.endswith("\n"):
        write_text(file, "".join(json.dumps(row) + "\n" for row in found))
    return list({row["name"]: row for row in found}.values())


def work(
    folder: Path, tasks: Mapping[str, Task], say: Callable[[dict[str, Any]], str], again: Collection[str] = ()
) -> None:
    """Do what is not in the journal yet, by name, two trainings of a thread each at a time.

    A task gives a row, in any process; ``say`` is a line on it; ``again`` names those to do although they are there.
    """
    from relaxnet.core.backend import load_keras
    from relaxnet.core.executors import LocalProcesses

    done = {row["name"] for row in rows(folder)}.difference(again)
    missing = {task: name for name, task in tasks.items() if name not in done}
    pool = LocalProcesses(2, environment={"TQDM_DISABLE": "1"}, initializer=partial(load_keras, 1),
                          tasks_per_process=TASKS_PER_PROCESS,
                          kept="finished trainings are kept, run again to go on")  # fmt: skip
    with (folder / JOURNAL).open("a", encoding="utf-8") as stream:
        for task, row in pool.run(list(missing)):
            stream.write(json.dumps({"name": missing[task], **row}) + "\n")
            stream.flush()
            print(f"{missing[task]}: {say(row)}", flush=True)
