"""Results of a benchmark in a folder: one line a sample, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.executors import LocalProcesses
from relaxnet.core.files import read_json, write_json
from relaxnet.core.processes import limit_threads

CHOICES_FILE, RESULTS_FILE = "choices.json", "results.jsonl"
Row = dict[str, Any]
Key = tuple[str, int]


def rows_of(folder: Path) -> list[Row]:
    """Finished samples; a line that a killed run left unfinished does not count."""
    file = folder / RESULTS_FILE
    found = []
    for line in file.read_text().splitlines() if file.exists() else []:
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def run(
    folder: Path, choices: Mapping[str, Any], keys: Sequence[Key], one: Callable[[str, int], Row],
    *, workers: int | None, label: str, warm_up: Callable[[], object],
) -> list[Row]:  # fmt: skip
    """Rows of all ``keys``, those that are missing made by ``one`` in worker processes, each after ``warm_up``.

    Raises
    ------
    InvalidInputError
        Where the folder has results of other choices.
    """
    file = folder / CHOICES_FILE
    if file.exists() and (before := read_json(file)) != dict(choices):
        raise InvalidInputError("--folder", folder, f"empty, or with results of the same choices; there are {before}")
    write_json(file, dict(choices))
    done = {(row["condition"], row["set"]) for row in rows_of(folder)}
    tasks = [partial(one, *key) for key in keys if key not in done]
    executor = LocalProcesses(workers, initializer=partial(_prepare, warm_up), kept="finished samples are kept")
    with (folder / RESULTS_FILE).open("a") as out, tqdm(total=len(keys), desc=label, unit="sample") as bar:
        if out.tell() and not (folder / RESULTS_FILE).read_bytes().endswith(b"\n"):
            out.write("\n")
        bar.update(len(keys) - len(tasks))
        for row in _rows(executor, tasks):
            out.write(json.dumps(row) + "\n")
            out.flush()
            bar.update()
    wanted = set(keys)
    rows = {(row["condition"], row["set"]): row for row in rows_of(folder)}
    return [rows[key] for key in sorted(rows) if key in wanted]


def _prepare(warm_up: Callable[[], object]) -> None:
    limit_threads(1)
    warm_up()


def _rows(executor: LocalProcesses, tasks: Sequence[partial[Row]]) -> Iterator[Row]:
    for _, row in executor.run(tasks):
        yield row
