"""Read a dataset of cells."""

from pathlib import Path

import pyarrow as pa

from relaxnet.core.errors import DataFileError
from relaxnet.parquet.shards import read_shards

from .cells import Cells
from .schema import STAMP, Metadata, arrow_schema, table_cells


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
    metadata, tables = read_shards(folder, STAMP, arrow_schema)
    joined = pa.concat_tables(tables)
    if joined.num_rows != metadata.cells:
        raise DataFileError(f"{folder}: holds {joined.num_rows} cells: must be {metadata.cells}")
    return metadata, joined
