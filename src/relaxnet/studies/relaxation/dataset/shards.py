"""One shard of a dataset as a pure function: parameter sets in, the bytes of a Parquet file out."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from relaxnet.core.errors import ExecutionError
from relaxnet.core.fingerprint import code_fingerprint

from ..physics import Signals, describe, simulate_many, transition_u
from .schema import INDEX_COLUMNS, PARAMETER_COLUMNS, Metadata, arrow_schema, scan_column
from .state_space import Quartets

Float = NDArray[np.float64]
# Small enough that 2000 quartets keep two processors busy, large enough that a whole subset is some 200 files.
SHARD_QUARTETS = 1024


@dataclass(frozen=True, eq=False)
class Shard:
    """Rows of a dataset from quartet ``first`` on, to be simulated by calling it, here or on any machine."""

    metadata: Metadata
    number: int
    first: int
    parameters: Float  # columns ln_a, dh_j_per_mol, x, beta, shape (n, 4)
    index: Quartets | None
    code: str  # `shard_code` where the shard was planned

    def __len__(self) -> int:
        return len(self.parameters)

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"shard-{self.number:05d}.parquet"

    def head(self) -> Self:
        """Its first quartet alone."""
        return replace(self, parameters=self.parameters[:1], index=self.index and self.index.take(slice(1)))

    def __call__(self) -> bytes:
        """Simulate; the bytes depend on the attributes only.

        Raises `ExecutionError` where other code is installed than where the shard was planned.
        """
        if self.code != shard_code():
            raise ExecutionError("a worker has another version of relaxnet, NumPy, numba or PyArrow installed")
        signals = simulate_many(self.parameters, self.metadata.program, dtype=np.float32)
        table = signals_table(self.metadata, self.first, self.parameters, self.index, signals)
        sink = io.BytesIO()
        write_rows(sink, table.schema, [table])
        return sink.getvalue()


def write_rows(where: object, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write tables into a Parquet file, with checksums: as byte streams floats take half the room of dictionaries."""
    floats = [field for field in schema if not pa.types.is_integer(field.type)]
    names = [field.name + ".list.element" * pa.types.is_fixed_size_list(field.type) for field in floats]
    with pq.ParquetWriter(
        where, schema, compression="zstd", use_dictionary=False, write_page_checksum=True,
        column_encoding=dict.fromkeys(names, "BYTE_STREAM_SPLIT"),
    ) as file:  # fmt: skip
        for table in tables:
            file.write_table(table, row_group_size=SHARD_QUARTETS)


def signals_table(
    metadata: Metadata, first: int, parameters: Float, index: Quartets | None, signals: Signals
) -> pa.Table:
    """The rows of a dataset from quartet number ``first`` on, as they are stored."""
    columns: dict[str, NDArray] = {"quartet": np.arange(first, first + len(parameters))}
    for name in INDEX_COLUMNS:
        columns[name] = getattr(index, name) if index else np.full(len(parameters), -1)
    columns |= dict(zip(PARAMETER_COLUMNS, parameters.T, strict=True))
    transition = transition_u(parameters, metadata.program)
    nodes = {"below_transition_u": (transition[:, None, None] - signals.u).astype(np.float32), "cp_n": signals.cp_n}
    # descriptors of the signals as they will be read, not as they were before rounding
    columns |= _scalars(replace(signals, u=transition[:, None, None] - nodes["below_transition_u"]))
    columns["transition_u"] = transition
    schema = arrow_schema(metadata)
    arrays = [
        _list_array(nodes[field.name], field.type) if field.name in nodes else pa.array(columns[field.name], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def cut(parameters: Float, index: Quartets | None, metadata: Metadata) -> Iterator[Shard]:
    """Cut a dataset into shards."""
    for number, first in enumerate(range(0, len(parameters), SHARD_QUARTETS)):
        rows = slice(first, first + SHARD_QUARTETS)
        yield Shard(metadata, number, first, parameters[rows], index.take(rows) if index else None, shard_code())


@lru_cache(maxsize=1)
def shard_code() -> str:
    """Fingerprint of all code that the bytes of a shard depend on."""
    import numba

    return "-".join([code_fingerprint(__name__), *(library.__version__ for library in (np, numba, pa))])


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
