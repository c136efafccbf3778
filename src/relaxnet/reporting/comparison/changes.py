"""What changed since the previous comparison: kept beside the project, since the page itself is made anew each time."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

from relaxnet.core.config import Config, parse
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import read_json, write_json
from relaxnet.core.text import percent

from .collect import Comparison
from .tables import Cell, Table, share_columns

VERSION = 2


class Snapshot(Config):
    """Run of each model, what it was trained and tested on, and the flat numbers of a comparison."""

    runs: dict[str, str]
    tasks: dict[str, str]
    numbers: dict[str, float]

    @classmethod
    def of(cls, comparison: Comparison, numbers: dict[str, float]) -> Self:
        """What is to be kept of a comparison."""
        metrics = {name: result.metrics for name, result in comparison.models.items()}
        tasks = {
            name: f"{m.profile}, {m.subset}: {m.training.samples} for training, {m.samples.test} for the test"
            for name, m in metrics.items()
        }
        return cls(runs={name: m.run_id for name, m in metrics.items()}, tasks=tasks, numbers=numbers)


class _MemoryFile(Config):
    version: int = VERSION
    last: Snapshot | None = None
    before: Snapshot | None = None


class Changes(NamedTuple):
    """Models that came and went, were trained again or on another task, and the numbers that changed of the others."""

    new: list[str]
    gone: list[str]
    trained_again: list[str]
    other_task: list[str]
    table: Table


class Memory:
    """The last two different comparisons, in a small JSON file, made when first kept.

    A file of another version counts as none.

    Raises
    ------
    DataFileError
        If the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        content = read_json(path) if path.exists() else {}
        try:
            self._file = parse(_MemoryFile, content) if content.get("version") == VERSION else _MemoryFile()
        except (InvalidInputError, AttributeError):
            raise DataFileError(f"{path}: damaged: remove it, only what changed is lost") from None

    def previous(self, this: Snapshot) -> Snapshot | None:
        """The comparison before this one; if this one is the last again, the one before that."""
        return self._file.before if self._file.last == this else self._file.last

    def keep(self, this: Snapshot) -> None:
        """Remember this comparison as the last."""
        write_json(self.path, _MemoryFile(last=this, before=self.previous(this)).model_dump())


def changes(comparison: Comparison, this: Snapshot, previous: Snapshot) -> Changes:
    """Compare a comparison with the previous one."""
    both = [name for name in this.runs if name in previous.runs]
    same = [name for name in both if this.tasks[name] == previous.tasks.get(name)]
    rows = [row for name in same for row in _rows(comparison, name, this.numbers, previous.numbers)]
    return Changes(
        new=[name for name in this.runs if name not in both],
        gone=[name for name in previous.runs if name not in both],
        trained_again=[name for name in both if this.runs[name] != previous.runs[name]],
        other_task=[name for name in both if name not in same],
        table=Table(("Model", "metric", "before", "now", "change"), rows, ("metric", "change")),
    )


def _rows(
    comparison: Comparison, model: str, numbers: dict[str, float], old: dict[str, float]
) -> list[list[str | Cell]]:
    rows: list[list[str | Cell]] = []
    for target in comparison.targets:
        measures: dict[str, tuple[str, Callable[[float], str], bool]]
        measures = {"mae": (f"mean absolute error of {target.label}", target.error_text, False)}
        measures |= {
            f"within_{key}": (f"{target.short} within {target.amount_text(float(key))}", percent, True)
            for of, key in share_columns(comparison)
            if of is target
        }
        for measure, (text, write, more_is_better) in measures.items():
            key = f"{model}.{target.name}.{measure}"
            if key in old and write(old[key]) != write(numbers[key]):
                better = (numbers[key] > old[key]) == more_is_better
                word = Cell("better", "good") if better else Cell("worse", "bad")
                rows.append([model, text, write(old[key]), write(numbers[key]), word])
    return rows
