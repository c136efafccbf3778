"""The Parquet schema of a dataset of molecules: one row a molecule."""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from relaxnet.core.errors import DataFileError

from ..physics.constants import LEVELS, MAX_ATOMS
from .molecules import Molecules

FORMAT_KEY, FORMAT_VERSION = b"relaxnet.molecules", 1
DROPPED_KEY = b"relaxnet.molecules.dropped"


@dataclass(frozen=True)
class Metadata:
    """What every shard says about the dataset: how many ``molecules`` were drawn, and from what ``source``, plainly."""

    molecules: int
    source: dict[str, Any]

    def encode(self) -> bytes:
        """As a value of a Parquet file's metadata."""
        return json.dumps({"format": FORMAT_VERSION, **asdict(self)}, sort_keys=True).encode()

    @classmethod
    def decode(cls, metadata: Mapping[bytes, bytes] | None, name: str) -> Self:
        """Read back; for a file that is no dataset of molecules, raise `DataFileError` with its ``name``."""
        text = (metadata or {}).get(FORMAT_KEY)
        if text is None:
            raise DataFileError(f"{name}: a Parquet file, but not a dataset of molecules (key '{FORMAT_KEY.decode()}')")
        try:
            values = json.loads(text)
            found = values.pop("format")
            if found != FORMAT_VERSION:
                raise DataFileError(f"{name}: dataset format {found}: must be {FORMAT_VERSION}")
            return cls(**values)
        except (ValueError, AttributeError, KeyError, TypeError):
            raise DataFileError(f"{name}: the metadata of the dataset are damaged") from None


@dataclass(frozen=True)
class Dropped:
    """A molecule that is not in the dataset: its place in the draw, what the source calls it, and why."""

    number: int
    name: str
    smiles: str
    reason: str


def decode_dropped(metadata: Mapping[bytes, bytes] | None, name: str) -> list[Dropped]:
    """What a shard says that was dropped; `DataFileError` with its ``name`` if that cannot be read."""
    try:
        return [Dropped(**values) for values in json.loads((metadata or {})[DROPPED_KEY])]
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


def shard_bytes(metadata: Metadata, molecules: Molecules, dropped: list[Dropped]) -> bytes:
    """A Parquet file, with checksums, of some of the molecules and of what was dropped from among them."""
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
    told = {FORMAT_KEY: metadata.encode(), DROPPED_KEY: json.dumps([asdict(one) for one in dropped]).encode()}
    schema = arrow_schema()
    arrays = [_array(columns[field.name], field.type) for field in schema]
    sink = io.BytesIO()
    pq.write_table(
        pa.Table.from_arrays(arrays, schema=schema.with_metadata(told)), sink,
        compression="zstd", use_dictionary=False, write_page_checksum=True,
    )  # fmt: skip
    return sink.getvalue()


def table_molecules(table: pa.Table) -> Molecules:
    """The molecules of a table with the columns of `arrow_schema`."""
    return Molecules(
        table["molecule"].to_numpy().astype(np.int64),
        *(np.array(table[name].to_pylist(), dtype=np.str_) for name in ("name", "smiles")),
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
