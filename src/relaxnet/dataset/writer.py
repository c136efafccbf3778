"""Simulate quartets into Parquet shards; finished shards survive an interruption."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from .._version import __version__
from ..errors import DataFileError
from ..files import atomic_path
from ..physics import ChrProgram, Signals, describe, simulate_many
from ..physics.simulate import STORED_NODES
from .schema import INDEX_COLUMNS, PARAMETER_COLUMNS, Metadata, arrow_schema, scan_column
from .state_space import Quartets

Float = NDArray[np.float64]
SHARD_QUARTETS = 8192
ROW_GROUP_QUARTETS = 1024
BYTES_A_QUARTET = 8192  # generous; used to ask for room before starting


def write_dataset(
    folder: Path,
    parameters: Float,
    *,
    source: str,
    program: ChrProgram,
    seed: int = 0,
    index: Quartets | None = None,
    workers: int = 1,
    progress: Callable[[int], object] | None = None,
) -> list[Path]:
    """Simulate ``parameters`` into numbered shards in ``folder``.

    A shard that is there already and readable, from an earlier, interrupted call with the same arguments, is kept;
    every shard is written aside and renamed.  The bytes depend on the arguments only.

    Parameters
    ----------
    folder : Path
    parameters : ndarray, shape (n, 4)
        Columns ``ln_a, dh_j_per_mol, x, beta``.
    source, seed
        Recorded in the metadata.
    program : ChrProgram
    index : Quartets, optional
        Indices in the state space; -1 is stored where there are none.
    workers : int
        Threads.
    progress : callable, optional
        Called with the number of quartets done.

    Returns
    -------
    list of Path
        The shards.

    Raises
    ------
    DataFileError
        If the disk has too little room, or cannot be written.
    """
    metadata = Metadata(
        source=source,
        quartets=len(parameters),
        seed=seed,
        cooling_rates_k_per_min=program.cooling_rates_k_per_min,
        heating_rate_k_per_min=program.heating_rate_k_per_min,
        nodes=STORED_NODES,
        version=__version__,
    )
    shards = {
        folder / f"shard-{number:05d}.parquet": slice(start, min(start + SHARD_QUARTETS, len(parameters)))
        for number, start in enumerate(range(0, len(parameters), SHARD_QUARTETS))
    }
    for stale in set(folder.glob("shard-*.parquet")) - set(shards):
        stale.unlink()
    missing = {path: rows for path, rows in shards.items() if not _is_finished(path, metadata, rows, parameters)}
    to_do = sum(rows.stop - rows.start for rows in missing.values())
    _check_room(folder, to_do)
    if progress:
        progress(len(parameters) - to_do)
    for path, rows in missing.items():
        table = _simulate_rows(parameters, index, rows, program, metadata, workers, progress)
        with atomic_path(path) as part:
            pq.write_table(table, part, row_group_size=ROW_GROUP_QUARTETS, **_storage(table.schema))
    return list(shards)


def write_single(path: Path, parameters: Float, program: ChrProgram, **options: object) -> None:
    """Simulate a user's own table into one Parquet file; ``options`` as for `write_dataset`."""
    work = path.with_name(f".{path.name}.shards")
    try:
        shards = write_dataset(work, parameters, source="parameters", program=program, **options)  # type: ignore[arg-type]
        schema = pq.read_schema(shards[0])
        with atomic_path(path) as part, pq.ParquetWriter(part, schema, **_storage(schema)) as writer:
            for shard in shards:
                writer.write_table(pq.read_table(shard), row_group_size=ROW_GROUP_QUARTETS)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _storage(schema: pa.Schema) -> dict[str, Any]:
    """Compression and encoding: floats split into byte streams take half the room of dictionaries."""
    names = []
    for field in schema:
        if pa.types.is_floating(field.type):
            names.append(field.name)
        elif pa.types.is_fixed_size_list(field.type):
            names.append(f"{field.name}.list.element")
    encoding = dict.fromkeys(names, "BYTE_STREAM_SPLIT")
    return {"compression": "zstd", "use_dictionary": False, "column_encoding": encoding}


def _simulate_rows(
    parameters: Float,
    index: Quartets | None,
    rows: slice,
    program: ChrProgram,
    metadata: Metadata,
    workers: int,
    progress: Callable[[int], object] | None,
) -> pa.Table:
    sets = parameters[rows]
    signals = simulate_many(sets, program, dtype=np.float32, workers=workers, progress=progress)
    columns: dict[str, NDArray] = {"quartet": np.arange(rows.start, rows.stop)}
    for name in INDEX_COLUMNS:
        columns[name] = getattr(index, name)[rows] if index else np.full(len(sets), -1)
    columns |= dict(zip(PARAMETER_COLUMNS, sets.T, strict=True))
    columns |= _scalars(signals)
    schema = arrow_schema(metadata)
    arrays = [
        pa.array(columns[field.name], field.type)
        if field.name in columns
        else _list_array(getattr(signals, field.name), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _scalars(signals: Signals) -> dict[str, NDArray]:
    """Descriptors of the signals as they are stored, one array a column."""
    found = describe(signals)
    per_scan = {
        **vars(found),
        "glass_fictive_k": signals.glass_fictive_k,
        "glass_end": signals.cp_n[:, :, 0].astype(np.float64),
        "liquid_end": signals.cp_n[:, :, -1].astype(np.float64),
    }
    columns = {"cp_n_max": found.cp_n_max.max(axis=1)}
    for name, values in per_scan.items():
        columns |= {scan_column(name, scan): values[:, scan] for scan in range(values.shape[1])}
    return columns


def _list_array(values: NDArray, kind: pa.DataType) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), kind.list_size).cast(kind)


def _is_finished(path: Path, metadata: Metadata, rows: slice, parameters: Float) -> bool:
    """Whether ``path`` holds exactly these rows; by metadata alone, any table of the same size would pass."""
    try:
        file = pq.ParquetFile(path)
        if Metadata.decode(file.schema_arrow.metadata, path.name) != metadata:
            return False
        table = file.read(columns=["quartet", *PARAMETER_COLUMNS])
        stored = np.column_stack([table[name].to_numpy() for name in PARAMETER_COLUMNS])
        return table["quartet"][0].as_py() == rows.start and np.array_equal(stored, parameters[rows])
    except (OSError, pa.ArrowException, DataFileError, KeyError, IndexError):
        return False


def _check_room(folder: Path, quartets: int) -> None:
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    free, needed = shutil.disk_usage(existing).free, quartets * BYTES_A_QUARTET
    if needed > free:
        raise DataFileError(
            f"{folder}: {quartets} quartets need up to {needed / 1e6:.0f} MB, the disk has {free / 1e6:.0f} MB free"
        )
