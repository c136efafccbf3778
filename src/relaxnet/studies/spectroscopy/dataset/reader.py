"""Read a dataset of molecules."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from relaxnet.core.errors import DataFileError, MissingFileError, first_line

from .molecules import Molecules
from .schema import Dropped, Metadata, arrow_schema, decode_dropped, table_molecules


@dataclass(frozen=True, eq=False)
class Dataset:
    """All that the files of a dataset hold."""

    metadata: Metadata
    molecules: Molecules
    dropped: list[Dropped]


def read(folder: Path) -> Molecules:
    """All molecules of a folder of shards (``*.parquet``), in the order of the draw.

    Raises
    ------
    DataFileError
        If files are missing, truncated, of another kind, or do not belong together.
    """
    return read_dataset(folder).molecules


def read_dataset(folder: Path) -> Dataset:
    """Metadata, molecules and what was dropped; errors as of `read`."""
    shards = sorted(Path(folder).glob("*.parquet"))
    if not shards:
        raise MissingFileError(f"{folder}: no Parquet file found")
    read = [_read(shard) for shard in shards]
    metadata = read[0][0]
    for shard, (other, _, _) in zip(shards, read, strict=True):
        if other != metadata:
            raise DataFileError(f"{shard}: belongs to another dataset than {shards[0].name}")
    table = pa.concat_tables([table for _, table, _ in read])
    dropped = [one for _, _, some in read for one in some]
    if table.num_rows + len(dropped) != metadata.molecules:
        found = f"{table.num_rows} molecules, and {len(dropped)} were dropped"
        raise DataFileError(f"{folder}: holds {found}: must be {metadata.molecules} in all")
    return Dataset(metadata, table_molecules(table), dropped)


def _read(shard: Path) -> tuple[Metadata, pa.Table, list[Dropped]]:
    try:
        with pq.ParquetFile(shard, page_checksum_verification=True) as file:
            told = file.schema_arrow.metadata
            metadata, table = Metadata.decode(told, str(shard)), file.read()
    except (OSError, pa.ArrowException) as error:
        raise DataFileError(f"{shard}: not a Parquet file, or damaged ({first_line(error).rstrip('.')})") from None
    if not table.schema.equals(arrow_schema()):
        raise DataFileError(f"{shard}: its columns are not those of a dataset of molecules")
    return metadata, table.replace_schema_metadata(None), decode_dropped(told, str(shard))
