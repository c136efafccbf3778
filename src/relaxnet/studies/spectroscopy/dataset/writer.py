"""Molecules with their levels into Parquet shards; finished shards survive whatever ends the run."""

import hashlib
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa

from relaxnet.core.errors import DataFileError
from relaxnet.core.executors import LocalProcesses
from relaxnet.core.files import atomic_path, sole_writer, write_json
from relaxnet.core.fingerprint import code_fingerprint
from relaxnet.parquet.shards import finished, shard_files

from ..molecules.qm9 import require_qm9pack
from ..physics.blas import prefer_mkl
from ..physics.levels import REASONS, require_tblite
from .config import SimulateConfig
from .making import Shard
from .reader import read_dataset
from .schema import STAMP, Draw, Metadata
from .source import drawn_rows, open_molecules

SHARD_MOLECULES = 512
DROPPED_FILE = "dropped.json"


def require_packages(config: SimulateConfig) -> None:
    """Raise `MissingExtraError` unless what a config needs is installed."""
    if config.folder is None:
        require_qm9pack()
    if config.levels == "gfn2-xtb":
        require_tblite()


def data_code(config: SimulateConfig) -> str:
    """Fingerprint of all code that the bytes of a dataset depend on, in twelve hexadecimal digits.

    MKL is none of it: levels are rounded to what it and tblite's own library agree on.

    Raises
    ------
    MissingExtraError
        If packages that the config needs are not installed.
    """
    require_packages(config)
    packages = {"qm9pack": config.folder is None, "tblite": config.levels == "gfn2-xtb"}
    parts = [code_fingerprint(__name__), np.__version__, pa.__version__]
    parts += [version(name) for name, used in packages.items() if used]
    return hashlib.sha256("-".join(parts).encode()).hexdigest()[:12]


def write(
    folder: Path, config: SimulateConfig, *, root: Path = Path(), progress: Callable[[int], object] | None = None
) -> list[Path]:
    """Write the molecules of ``config`` into numbered shards in ``folder``, and which were dropped and why.

    A shard that is there already, from an earlier, interrupted call with the same molecules, is kept; every shard is
    written aside and renamed.  The bytes depend on neither interruptions nor the number of processes.  ``progress`` is
    called with the number of molecules done.

    Raises
    ------
    MissingExtraError
        If a package that is needed is not installed.
    InvalidInputError
        If there are not as many molecules as are asked for, or a file is not as it must be.
    DataFileError
        If a source cannot be read, the disk cannot be written, or no molecule has 16 levels.
    ExecutionError
        If a process dies.
    """
    require_packages(config)
    source = open_molecules(config, root)
    rows = drawn_rows(config, len(source))
    metadata = Metadata(len(rows), config.model_dump(mode="json", exclude={"workers"}))
    with sole_writer(folder):
        starts = range(0, len(rows), SHARD_MOLECULES)
        files = shard_files(folder, len(starts))
        missing: dict[Shard, Path] = {}
        for file, first in zip(files, starts, strict=True):
            shard = Shard(metadata, first, source.molecules(rows[first : first + SHARD_MOLECULES]))
            if not _is_finished(file, shard):
                missing[shard] = file
            elif progress:
                progress(len(shard))
        if config.levels == "gfn2-xtb":
            # tblite's own threads would only wait for those of other processes
            pool = LocalProcesses(config.workers, {"OMP_NUM_THREADS": "1"}, initializer=prefer_mkl)
        else:
            pool = LocalProcesses(1)
        with closing(pool.run(list(missing))) as results:
            for shard, content in results:
                with atomic_path(missing[shard]) as part:
                    part.write_bytes(content)
                if progress:
                    progress(len(shard))
        _write_dropped(folder)
    return files


def _is_finished(file: Path, shard: Shard) -> bool:
    """Whether a file holds exactly these molecules, undamaged."""
    table = finished(file, STAMP, shard.metadata)
    try:
        return table is not None and Draw.decode(table.schema.metadata, file.name).digest == shard.digest
    except DataFileError:
        return False


def _write_dropped(folder: Path) -> None:
    """List what was dropped, beside the shards: they say the same, but people read this."""
    dataset = read_dataset(folder)
    counts = Counter(one.reason for one in dataset.dropped)
    if not len(dataset.molecules):
        found = ", ".join(f"{reason} {count}" for reason, count in counts.items())
        raise DataFileError(f"{folder}: no molecule has levels that can be used: {found}")
    content = {
        "drawn": dataset.metadata.molecules,
        "kept": len(dataset.molecules),
        "dropped": {reason: counts[reason] for reason in REASONS},
        "molecules": [asdict(one) for one in dataset.dropped],
    }
    write_json(folder / DROPPED_FILE, content)
