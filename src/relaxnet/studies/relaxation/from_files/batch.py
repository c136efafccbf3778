"""Many samples, a file each: rows that survive an interruption, and one table at the end."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from relaxnet._version import __version__
from relaxnet.core.errors import DataFileError, RelaxnetError, first_line
from relaxnet.core.executors import LocalProcesses
from relaxnet.core.files import atomic_path

from ..dsc.programs import measured_files
from ..dsc.result import Estimate
from ..physics import PARAMETER_NAMES, ZERO_CELSIUS_K
from .run import Request, run

KEPT = "finished samples are kept, run again to go on"

_OF_PARAMETER = ("", "_std", "_low_90", "_high_90")
COLUMNS = (
    "file", *(f"{name}{end}" for name in PARAMETER_NAMES for end in _OF_PARAMETER), "tg_c", "fragility_m",
    "fragility_m_std", "lag_s", "lag_s_std", "residual_rms", "chi2", "scans", "method", "flags", "error",
)  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One sample: a file, and what is asked for."""

    path: Path
    request: Request
    key: str

    def __call__(self) -> Row:
        """The row of the sample; what is wrong with its file is in the row."""
        try:
            estimate, _ = run([self.path], self.request)
        except RelaxnetError as error:
            reason = str(error)
        except Exception as error:  # a fault of ours in one of a thousand files must not cost the others
            if _is_interrupt(error):
                raise KeyboardInterrupt from error
            reason = f"{self.path}: {type(error).__name__} in relaxnet ({first_line(error)}): please report it"
        else:
            return row_of(self.path, estimate)
        return dict.fromkeys(COLUMNS, "") | {"file": str(self.path), "error": reason}


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an error: in compiled code it comes out as another one."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def run_batch(
    paths: Sequence[Path], request: Request, table: Path, *, workers: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> int:  # fmt: skip
    """Estimate the parameters of many samples, a file each, and write one CSV table, a row each.

    Finished rows are kept beside the table, in a file that ends in ``.rows``, until the table is written; a run that
    was interrupted goes on from there, unless files or options have changed.

    Parameters
    ----------
    table : Path
        Its columns are `COLUMNS`: empty where a number is not known; ``flags`` holds the names of the flags.
    workers : int, optional
        Processes; default: as many as processors.
    progress : callable, optional
        Called with the number of samples finished since the last call.

    Returns
    -------
    int
        How many samples could not be estimated.  Their rows have an ``error``.

    Raises
    ------
    DataFileError
        If the table cannot be written.
    """
    options = _fingerprint(request)
    tasks = [Task(path, request, _key(path, options)) for path in paths]
    kept_rows = table.with_name(f"{table.name}.rows")
    done = _read_rows(kept_rows)
    todo = [task for task in tasks if task.key not in done]
    if progress and len(todo) < len(tasks):
        progress(len(tasks) - len(todo))
    try:
        kept_rows.parent.mkdir(parents=True, exist_ok=True)
        with kept_rows.open("a", encoding="utf-8") as stream:
            if stream.tell():
                stream.write("\n")  # the last line may have been cut short
            for task, row in LocalProcesses(workers, kept=KEPT).run(todo):
                done[task.key] = row
                stream.write(json.dumps({"key": task.key, "row": row}) + "\n")
                stream.flush()
                if progress:
                    progress(1)
    except OSError as error:
        raise DataFileError(f"{kept_rows}: cannot be written ({error.strerror or error})") from error
    rows = [done[task.key] for task in tasks]
    _write(table, rows)
    with suppress(OSError):
        kept_rows.unlink()
    return sum(bool(row["error"]) for row in rows)


def row_of(path: Path, estimate: Estimate) -> Row:
    """Row of an estimate; numbers that are not known are empty."""
    ends = (estimate.parameters, estimate.std, estimate.interval_90[:, 0], estimate.interval_90[:, 1])
    row: Row = {"file": str(path)}
    for k, name in enumerate(PARAMETER_NAMES):
        row |= {f"{name}{end}": _number(values[k]) for end, values in zip(_OF_PARAMETER, ends, strict=True)}
    half_steps = [fit.tg_half_step_k for fit in estimate.scans]
    tg_c = sum(half_steps) / len(half_steps) - ZERO_CELSIUS_K if half_steps else math.nan
    return row | {
        "tg_c": _number(tg_c),
        "fragility_m": _number(estimate.fragility),
        "fragility_m_std": _number(estimate.fragility_std),
        "lag_s": _number(estimate.lag_s),
        "lag_s_std": _number(estimate.lag_std_s),
        "residual_rms": _number(estimate.residual_rms),
        "chi2": _number(estimate.chi2),
        "scans": len(estimate.scans),
        "method": estimate.method,
        "flags": ";".join(dict.fromkeys(flag.name for flag in estimate.flags)),
        "error": "",
    }


def _number(value: float) -> str:
    return f"{value:.10g}" if math.isfinite(value) else ""


def _fingerprint(request: Request) -> str:
    """What a row depends on beside the file: the options, the content of program files, the version."""
    contents = []
    if program := request.scans.program:
        for file in (program, *measured_files(program)):
            with suppress(OSError):
                contents.append(sha256(file.read_bytes()).hexdigest())
    return " ".join([__version__, repr(request), *contents])


def _key(path: Path, options: str) -> str:
    digest = sha256(f"{path}\0{options}\0".encode())
    with suppress(OSError), path.open("rb") as stream:  # of one that cannot be read the row tells
        for block in iter(partial(stream.read, 1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _read_rows(path: Path) -> dict[str, Row]:
    """Rows that an interrupted run has left; its last line may have been cut short."""
    return {entry["key"]: entry["row"] for entry in _entries(path)}


def _entries(path: Path) -> Iterator[Mapping[str, Any]]:
    with suppress(OSError):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, dict) and isinstance(entry.get("row"), dict) and set(entry["row"]) == set(COLUMNS):
                    yield entry


def _write(table: Path, rows: Sequence[Row]) -> None:
    with atomic_path(table) as part, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
