"""Trainings that were begun and not finished: a repeat continues the same run in MLflow."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import read_json, sole_writer, write_json
from relaxnet.tracking.tracker import Tracker


@dataclass(frozen=True)
class Unfinished:
    """The run that a training began, kept in ``folder`` until the training has come to its end."""

    folder: Path

    @property
    def _file(self) -> Path:
        return self.folder / "run.json"

    def run_id(self, tracker: Tracker) -> str | None:
        """Run to continue; None if there is none, or the store does not have it."""
        try:
            found = read_json(self._file)["run_id"]
        except (DataFileError, TypeError, KeyError):
            return None
        return found if isinstance(found, str) and tracker.status(found) else None

    def begin(self, run_id: str) -> None:
        """Remember the run."""
        write_json(self._file, {"run_id": run_id})

    def finish(self) -> None:
        """Forget it: the training is done."""
        self._file.unlink(missing_ok=True)


@contextmanager
def unfinished(workspace: Path, name: str, identity: str) -> Iterator[Unfinished]:
    """Keep other processes from the same training of a model, and find what a dead one left.

    Raises
    ------
    DataFileError
        If another process is at it.
    """
    folder = workspace / "trainings" / name / identity
    with sole_writer(folder):
        yield Unfinished(folder)


def left_open(workspace: Path) -> list[Path]:
    """Folders of the trainings that were begun and not finished, by living processes or by dead ones."""
    return [file.parent for file in sorted((workspace / "trainings").glob("*/[!.]*/run.json"))]


def end_dead(workspace: Path, tracker: Tracker) -> None:
    """Close the runs that killed trainings left open; what a living process has is locked, and stays."""
    for folder in left_open(workspace):
        with suppress(DataFileError), sole_writer(folder):
            run_id = Unfinished(folder).run_id(tracker)
            if run_id:
                tracker.end_dead(run_id)
            else:
                Unfinished(folder).finish()
