"""Read a dataset of molecules."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from relaxnet.core.errors import DataFileError
from relaxnet.parquet.shards import read_shards

from .molecules import Molecules
from .schema import STAMP, Draw, Dropped, Metadata, arrow_schema, table_molecules


@dataclass(frozen=True, eq=False)
class Dataset:
    """All that the files of a dataset hold."""

    metadata: Metadata
    molecules: Molecules
    dropped: tuple[Dropped, ...]


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
    metadata, tables = read_shards(folder, STAMP, lambda _: arrow_schema())
    dropped = tuple(one for table in tables for one in Draw.decode(table.schema.metadata, str(folder)).dropped)
    molecules = table_molecules(pa.concat_tables([table.replace_schema_metadata(None) for table in tables]))
    if len(molecules) + len(dropped) != metadata.molecules:
        found = f"{len(molecules)} molecules, and {len(dropped)} were dropped"
        raise DataFileError(f"{folder}: holds {found}: must be {metadata.molecules} in all")
    return Dataset(metadata, molecules, dropped)
