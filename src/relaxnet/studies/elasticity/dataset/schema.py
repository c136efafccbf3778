"""The Parquet schema of a dataset of cells: one row a cell."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from relaxnet.parquet.shards import table_bytes
from relaxnet.parquet.stamp import Stamp

from ..physics.constants import CONSTANTS, PHASE_COLUMNS
from .cells import Cells

STIFFNESS_COLUMNS = tuple(f"{name.lower()}_gpa" for name in CONSTANTS)


@dataclass(frozen=True)
class Metadata:
    """What every shard says about itself.

    Number of ``cells`` of the whole dataset, their ``size`` in pixels, and in plain values the config they come from.
    """

    cells: int
    size: int
    source: dict[str, Any]


STAMP = Stamp("relaxnet.cells", 1, "a dataset of cells", Metadata)


def arrow_schema(metadata: Metadata) -> pa.Schema:
    """The Arrow schema of a shard; images are packed, eight pixels a byte."""
    fields = [
        ("cell", pa.int32()),
        ("group", pa.int32()),
        ("morphology", pa.string()),
        ("volume_fraction", pa.float64()),
        *((name, pa.float64()) for name in (*PHASE_COLUMNS, *STIFFNESS_COLUMNS)),
        ("image", pa.binary(metadata.size**2 // 8)),
    ]
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in fields], metadata=STAMP.encode(metadata))


def shard_bytes(metadata: Metadata, first: int, cells: Cells) -> bytes:
    """A Parquet file, with checksums, of the rows from cell number ``first`` on."""
    schema = arrow_schema(metadata)
    packed = np.packbits(cells.images.reshape(len(cells), -1), axis=1)
    columns: dict[str, Any] = {
        "cell": np.arange(first, first + len(cells)),
        "group": cells.group,
        "morphology": cells.morphology.tolist(),
        "volume_fraction": cells.fraction,
        **dict(zip(PHASE_COLUMNS, cells.phases.T, strict=True)),
        **dict(zip(STIFFNESS_COLUMNS, cells.stiffness_gpa.T, strict=True)),
        "image": [row.tobytes() for row in packed],
    }
    arrays = [pa.array(columns[field.name], field.type) for field in schema]
    return table_bytes(pa.Table.from_arrays(arrays, schema=schema))


def table_cells(table: pa.Table, size: int) -> Cells:
    """The cells of a table with the columns of `arrow_schema`."""
    packed = np.frombuffer(b"".join(table["image"].to_pylist()), dtype=np.uint8).reshape(table.num_rows, -1)
    return Cells(
        np.unpackbits(packed, axis=1).reshape(-1, size, size),
        np.column_stack([table[name].to_numpy() for name in STIFFNESS_COLUMNS]),
        np.column_stack([table[name].to_numpy() for name in PHASE_COLUMNS]),
        np.array(table["morphology"].to_pylist(), dtype=np.str_),
        table["group"].to_numpy().astype(np.int64),
    )
