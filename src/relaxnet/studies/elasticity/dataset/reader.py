"""Read a dataset of cells."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from relaxnet.core.errors import DataFileError, MissingFileError, first_line

from .cells import Cells
from .schema import Metadata, arrow_schema, table_cells


def read(folder: Path) -> Cells:
    """All cells of a folder of shards (``*.parquet``), in the order of their numbers.

    Raises
    ------
    DataFileError
        If files are missing, truncated, of another kind, or do not belong together.
    """
    metadata, table = read_table(folder)
    return table_cells(table, metadata.size)


def read_table(folder: Path) -> tuple[Metadata, pa.Table]:
    """Metadata and rows of a dataset as they are stored; errors as of `read`."""
    shards = sorted(Path(folder).glob("*.parquet"))
    if not shards:
        raise MissingFileError(f"{folder}: no Parquet file found")
    first, tables = None, []
    for shard in shards:
        try:
            with pq.ParquetFile(shard, page_checksum_verification=True) as file:
                metadata, table = Metadata.decode(file.schema_arrow.metadata, str(shard)), file.read()
        except (OSError, pa.ArrowException) as error:
            raise DataFileError(f"{shard}: not a Parquet file, or damaged ({first_line(error).rstrip('.')})") from None
        first = first or metadata
        if metadata != first:
            raise DataFileError(f"{shard}: belongs to another dataset than {shards[0].name}")
        if not table.schema.equals(arrow_schema(metadata)):
            raise DataFileError(f"{shard}: its columns are not those of a dataset of cells")
        tables.append(table)
    joined = pa.concat_tables(tables)
    if joined.num_rows != metadata.cells:
        raise DataFileError(f"{folder}: holds {joined.num_rows} cells: must be {metadata.cells}")
    return metadata, joined
