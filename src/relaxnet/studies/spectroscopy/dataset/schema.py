"""The Parquet schema of a dataset of molecules: one row a molecule."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

from relaxnet.core.errors import DataFileError
from relaxnet.parquet.shards import table_bytes
from relaxnet.parquet.stamp import Stamp

from ..physics.constants import LEVELS, MAX_ATOMS
from .molecules import Molecules

DRAW_KEY = b"relaxnet.molecules.draw"


@dataclass(frozen=True)
class Metadata:
    """What every shard says about the dataset: how many ``molecules`` were drawn, and from what ``source``, plainly."""

    molecules: int
    source: dict[str, Any]


STAMP = Stamp("relaxnet.molecules", 1, "a dataset of molecules", Metadata)


@dataclass(frozen=True)
class Dropped:
    """A molecule that is not in the dataset: its ``number`` in the draw, what the source calls it, and why."""

    number: int
    name: str
    smiles: str
    reason: str


@dataclass(frozen=True)
class Draw:
    """What a shard says about itself: a ``digest`` of the molecules that were drawn for it, and which were dropped."""

    digest: str
    dropped: tuple[Dropped, ...]

    def encode(self) -> dict[bytes, bytes]:
        """As key-value metadata of a Parquet file."""
        return {DRAW_KEY: json.dumps(asdict(self), sort_keys=True).encode()}

    @classmethod
    def decode(cls, metadata: Mapping[bytes, bytes] | None, name: str) -> Self:
        """Read back; `DataFileError` with the ``name`` of the file if that cannot be done."""
        try:
            values = json.loads((metadata or {})[DRAW_KEY])
            return cls(values["digest"], tuple(Dropped(**one) for one in values["dropped"]))
        except (ValueError, KeyError, TypeError):
            raise DataFileError(f"{name}: the metadata of the dataset are damaged") from None


def arrow_schema() -> pa.Schema:
    """The Arrow schema of a shard, without its metadata."""
    fields = [
        ("molecule", pa.int32()),
        ("name", pa.string()),
        ("smiles", pa.string()),
        ("identity", pa.string()),
        ("homo_ev", pa.float64()),
        ("numbers", _list(pa.int8(), MAX_ATOMS)),
        ("positions_angstrom", _list(pa.float64(), 3 * MAX_ATOMS)),
        ("levels_ev", _list(pa.float64(), LEVELS)),
    ]
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in fields])


def shard_bytes(metadata: Metadata, molecules: Molecules, draw: Draw) -> bytes:
    """A Parquet file of the molecules of one draw that were not dropped."""
    columns: dict[str, Any] = {
        "molecule": molecules.number,
        "name": molecules.name.tolist(),
        "smiles": molecules.smiles.tolist(),
        "identity": molecules.identity.tolist(),
        "homo_ev": molecules.homo_ev,
        "numbers": molecules.numbers,
        "positions_angstrom": molecules.positions_angstrom,
        "levels_ev": molecules.levels_ev,
    }
    schema = arrow_schema().with_metadata(STAMP.encode(metadata) | draw.encode())
    return table_bytes(
        pa.Table.from_arrays([_array(columns[field.name], field.type) for field in schema], schema=schema)
    )


def table_molecules(table: pa.Table) -> Molecules:
    """The molecules of a table with the columns of `arrow_schema`."""
    return Molecules(
        table["molecule"].to_numpy().astype(np.int64),
        np.array(table["name"].to_pylist(), dtype=np.str_),
        np.array(table["smiles"].to_pylist(), dtype=np.str_),
        _values(table, "numbers").reshape(-1, MAX_ATOMS),
        _values(table, "positions_angstrom").reshape(-1, MAX_ATOMS, 3),
        _values(table, "levels_ev").reshape(-1, LEVELS),
        table["homo_ev"].to_numpy(),
        np.array(table["identity"].to_pylist(), dtype=np.str_),
    )


def _list(kind: pa.DataType, size: int) -> pa.DataType:
    return pa.list_(pa.field("element", kind, nullable=False), size)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_fixed_size_list(kind):
        return pa.array(values, kind)
    flat = pa.array(np.ascontiguousarray(values).ravel(), kind.value_type)
    return pa.FixedSizeListArray.from_arrays(flat, type=kind)


def _values(table: pa.Table, name: str) -> Any:
    return table[name].combine_chunks().flatten().to_numpy()
