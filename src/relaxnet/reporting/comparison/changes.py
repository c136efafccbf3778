"""What changed since the previous comparison: kept beside the project, since the page itself is made anew each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from relaxnet.core.config import Config, parse
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import read_json, write_json
from relaxnet.core.text import percent

from .collect import Comparison
from .tables import share_columns

VERSION = 2


class Snapshot(Config):
    """Run of each model, what it was trained and tested on, and the flat numbers of a comparison."""

    runs: dict[str, str]
    tasks: dict[str, str]
    numbers: dict[str, float]


class _MemoryFile(Config):
    version: int
    last: Snapshot
    before: Snapshot | None


class ChangeRow(NamedTuple):
    """One number of one model that changed."""

    model: str
    measure: str
    before: str
    now: str
    better: bool


@dataclass(frozen=True)
class Changes:
    """Models that came and went, were trained again or on another task, and the numbers that changed of the others."""

    new: list[str]
    gone: list[str]
    trained_again: list[str]
    other_task: list[str]
    rows: list[ChangeRow]


class Memory:
    """The last two different comparisons, in a small JSON file.

    Parameters
    ----------
    path : Path
        Made when first kept.  A file of another version counts as none.

    Raises
    ------
    DataFileError
        If the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        content = read_json(path) if path.exists() else {}
        try:
            file = parse(_MemoryFile, content) if content.get("version") == VERSION else None
        except (InvalidInputError, AttributeError):
            raise DataFileError(f"{path}: damaged: remove it, only what changed is lost") from None
        self._last: Snapshot | None = file.last if file else None
        self._before: Snapshot | None = file.before if file else None

    def previous(self, comparison: Comparison, numbers: dict[str, float]) -> Snapshot | None:
        """Numbers and runs of the comparison before this one; if this one is the last again, of the one before that."""
        return self._before if self._last == _snapshot(comparison, numbers) else self._last

    def keep(self, comparison: Comparison, numbers: dict[str, float]) -> None:
        """Remember this comparison as the last."""
        last, before = _snapshot(comparison, numbers), self.previous(comparison, numbers)
        write_json(self.path, _MemoryFile(version=VERSION, last=last, before=before).model_dump())


def changes(comparison: Comparison, numbers: dict[str, float], previous: Snapshot) -> Changes:
    """Compare a comparison with the previous one."""
    runs, old = previous.runs, previous.numbers
    tasks = _snapshot(comparison, numbers).tasks
    same = [name for name in comparison.models if name in runs and tasks[name] == previous.tasks.get(name)]
    rows = [row for name in same for row in _rows(comparison, name, numbers, old)]
    again = [name for name, r in comparison.models.items() if name in runs and runs[name] != r.metrics.run_id]
    new = [name for name in comparison.models if name not in runs]
    gone = [name for name in runs if name not in comparison.models]
    other = [name for name in comparison.models if name in runs and name not in same]
    return Changes(new, gone, again, other, rows)


def _rows(comparison: Comparison, model: str, numbers: dict[str, float], old: dict[str, float]) -> list[ChangeRow]:
    rows = []
    for target in comparison.targets:
        measures: list[tuple[str, str, Callable[[float], str], bool]]
        measures = [("mae", f"mean absolute error of {target.label}", target.error_text, False)]
        measures += [
            (f"within_{key}", f"{of.short} within {of.amount_text(float(key))}", percent, True)
            for of, key in share_columns(comparison)
            if of is target
        ]
        for measure, text, write, more_is_better in measures:
            key = f"{model}.{target.name}.{measure}"
            if key in old and old[key] != numbers[key]:
                before, now = write(old[key]), write(numbers[key])
                better = (numbers[key] > old[key]) == more_is_better
                if before != now:
                    rows.append(ChangeRow(model, text, before, now, better))
    return rows


def _snapshot(comparison: Comparison, numbers: dict[str, float]) -> Snapshot:
    runs = {name: result.metrics.run_id for name, result in comparison.models.items()}
    tasks = {
        name: f"{m.profile}, {m.subset}: {m.training.samples} for training, {m.samples.test} for the test"
        for name, m in ((name, result.metrics) for name, result in comparison.models.items())
    }
    return Snapshot(runs=runs, tasks=tasks, numbers=numbers)
