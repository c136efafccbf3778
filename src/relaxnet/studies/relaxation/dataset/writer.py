"""Simulate quartets into Parquet shards; finished shards survive whatever ends the run."""

import hashlib
import shutil
from collections.abc import Callable
from contextlib import closing
from glob import escape
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError, first_line
from relaxnet.core.executors import Executor, LocalThreads
from relaxnet.core.files import atomic_path, sole_writer

from ..physics import ChrProgram, Signals
from ..physics.simulate import STORED_NODES
from .schema import PARAMETER_COLUMNS, Metadata
from .shards import Shard, cut, shard_code, signals_table, write_rows
from .state_space import Quartets

Float = NDArray[np.float64]
# Asked for before starting.  Measured in shards of all six subsets: 655 to 712.
BYTES_A_SCAN = 900  # generous: 4.8 kB a quartet of six scans were measured
LARGE_BYTES = 5e8


def write_dataset(
    folder: Path, parameters: Float, *, source: str, program: ChrProgram, seed: int = 0, index: Quartets | None = None,
    executor: Executor | None = None, reserve_bytes: float = 0.0, progress: Callable[[int], object] | None = None,
    notice: Callable[[str], object] | None = None,
) -> list[Path]:  # fmt: skip
    """Simulate ``parameters`` into numbered shards in ``folder``.

    A shard that is there already, from an earlier, interrupted call with the same arguments, is kept if its checksums
    are right; every shard is written aside and renamed.  The bytes depend on neither the executor nor interruptions.

    ``parameters`` (n, 4) has the columns ``ln_a, dh_j_per_mol, x, beta``; ``source`` and ``seed`` are recorded in the
    metadata, and ``index``, the place in the state space, in each row (-1 where there is none).  The default executor
    is this process.  ``reserve_bytes`` of the disk must be left for other things.  ``progress`` is called with the
    number of quartets done, ``notice`` with a line about what is worth knowing.

    Raises
    ------
    DataFileError
        If the disk has too little room, or cannot be written.
    ExecutionError
        If workers cannot be reached, or die.
    """
    progress, notice = progress or _ignore, notice or _ignore
    metadata = Metadata.of(source, len(parameters), program, seed=seed, nodes=STORED_NODES)
    shards = {folder / shard.name: shard for shard in cut(parameters, index, metadata)}
    with sole_writer(folder):
        for stale in set(folder.glob("shard-*")) - set(shards):  # of another dataset, or of a killed write
            stale.unlink()
        missing = [shard for path, shard in shards.items() if not _is_finished(path, shard, notice)]
        to_do = sum(map(len, missing))
        needed_bytes = to_do * metadata.scans * BYTES_A_SCAN
        _check_room(folder, to_do, needed_bytes + reserve_bytes)
        if needed_bytes > LARGE_BYTES:
            notice(f"{to_do} quartets to simulate, about {_size(needed_bytes)} in {len(missing)} shards")
        progress(len(parameters) - to_do)
        if len(missing) > 1:
            missing[0].head()()  # compiles the kernels once, before every worker would
        finished = len(shards) - len(missing)
        try:
            with closing((executor or LocalThreads(1)).run(missing)) as results:
                for shard, content in results:
                    with atomic_path(folder / shard.name) as part:
                        part.write_bytes(content)
                    finished += 1
                    progress(len(shard))
        except KeyboardInterrupt:
            kept = f"{finished} of {len(shards)} shards are finished and kept, run again to go on"
            raise KeyboardInterrupt(kept) from None
    return list(shards)


def write_signals(path: Path, parameters: Float, signals: Signals, *, source: str, program: ChrProgram) -> None:
    """Write signals that are there already (emulated ones, say) as a dataset in one file."""
    metadata = Metadata.of(source, len(parameters), program, nodes=signals.cp_n.shape[2])
    table = signals_table(metadata, 0, parameters, None, signals)
    with atomic_path(path) as part:
        write_rows(part, table.schema, [table])


def write_single(
    path: Path, parameters: Float, program: ChrProgram, *, executor: Executor | None = None,
    progress: Callable[[int], object] | None = None, notice: Callable[[str], object] | None = None,
) -> None:  # fmt: skip
    """Simulate a user's own table into one Parquet file; arguments as for `write_dataset`.

    Finished shards of an interrupted call wait beside ``path`` in a hidden folder for one with the same arguments.
    """
    inputs = hashlib.sha256(np.ascontiguousarray(parameters).tobytes() + f"{program} {shard_code()}".encode())
    work = path.with_name(f".{path.name}.{inputs.hexdigest()[:12]}.shards")
    if path.is_dir():
        raise DataFileError(f"{path}: is a folder")
    reserve_bytes = len(parameters) * len(program.cooling_rates_k_per_min) * BYTES_A_SCAN
    shards = write_dataset(
        work, parameters, source="parameters", program=program, executor=executor, reserve_bytes=reserve_bytes,
        progress=progress, notice=notice,
    )  # fmt: skip
    with atomic_path(path) as part:
        write_rows(part, pq.read_schema(shards[0]), map(pq.read_table, shards))
    for leftover in path.parent.glob(f".{escape(path.name)}.*.shards"):
        shutil.rmtree(leftover, ignore_errors=True)
    for lock in path.parent.glob(f".{escape(path.name)}.*.shards.lock"):  # of runs that were killed
        lock.unlink(missing_ok=True)


def _ignore(value: object) -> None:
    pass


def _is_finished(path: Path, shard: Shard, notice: Callable[[str], object]) -> bool:
    """Whether ``path`` holds exactly these rows, undamaged."""
    if not path.exists():
        return False
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        if Metadata.decode(file.schema_arrow.metadata, path.name) != shard.metadata:
            return False
        table = file.read()
        stored = np.column_stack([table[name].to_numpy() for name in PARAMETER_COLUMNS])
        return table["quartet"][0].as_py() == shard.first and np.array_equal(stored, shard.parameters)
    except (OSError, pa.ArrowException, DataFileError, KeyError, IndexError) as error:
        notice(f"{path}: damaged ({first_line(error)}), simulated again")
        return False


def _check_room(target: Path, quartets: int, needed_bytes: float) -> None:
    existing = next(parent for parent in (target.absolute(), *target.absolute().parents) if parent.is_dir())
    free_bytes = shutil.disk_usage(existing).free
    if needed_bytes > free_bytes:
        needed, free = _size(needed_bytes), _size(free_bytes)
        raise DataFileError(f"{target}: {quartets} quartets need up to {needed}, the disk has {free} free")


def _size(count_bytes: float) -> str:
    return f"{count_bytes / 1e9:.2f} GB" if count_bytes >= 1e9 else f"{count_bytes / 1e6:.2f} MB"
