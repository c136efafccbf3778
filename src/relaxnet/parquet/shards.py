"""The files of a dataset, ``shard-0000.parquet`` and so on, with checksums."""

import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from relaxnet.core.errors import DataFileError, MissingFileError, first_line

from .stamp import Facts, Stamp


def table_bytes(table: pa.Table) -> bytes:
    """A Parquet file of a table, with the metadata of its schema, and checksums."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", use_dictionary=False, write_page_checksum=True)
    return sink.getvalue()


def shard_files(folder: Path, count: int) -> list[Path]:
    """Files of ``count`` shards; shards beyond them, of another dataset or of a killed write, are removed."""
    shards = [folder / f"shard-{number:04d}.parquet" for number in range(count)]
    for stale in set(folder.glob("shard-*")) - set(shards):
        stale.unlink()
    return shards


def finished(shard: Path, stamp: Stamp[Facts], facts: Facts) -> pa.Table | None:
    """Rows of a shard of a dataset of just these facts, or None where there is none, or a damaged one."""
    try:
        found, table = read_shard(shard, stamp)
    except DataFileError:
        return None
    return table if found == facts else None


def read_shard(shard: Path, stamp: Stamp[Facts]) -> tuple[Facts, pa.Table]:
    """What a file says about its dataset, and its rows; `DataFileError` if it is damaged, or of another kind."""
    try:
        with pq.ParquetFile(shard, page_checksum_verification=True) as file:
            return stamp.decode(file.schema_arrow.metadata, str(shard)), file.read()
    except (OSError, pa.ArrowException) as error:
        raise DataFileError(f"{shard}: not a Parquet file, or damaged ({first_line(error).rstrip('.')})") from None


def read_shards(
    folder: Path, stamp: Stamp[Facts], schema: Callable[[Facts], pa.Schema]
) -> tuple[Facts, list[pa.Table]]:
    """The facts of a dataset and the rows of each of its files (``*.parquet``), in the order of their names.

    Raises
    ------
    DataFileError
        If there is no file; if one is damaged, of another dataset than the first, or has other columns than ``schema``
        says for the facts.
    """
    shards = sorted(Path(folder).glob("*.parquet"))
    if not shards:
        raise MissingFileError(f"{folder}: no Parquet file found")
    first, tables = None, []
    for shard in shards:
        facts, table = read_shard(shard, stamp)
        first = first or facts
        if facts != first:
            raise DataFileError(f"{shard}: belongs to another dataset than {shards[0].name}")
        if not table.schema.equals(schema(facts)):
            raise DataFileError(f"{shard}: its columns are not those of {stamp.what}")
        tables.append(table)
    return facts, tables
