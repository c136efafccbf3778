"""Read a dataset: scalars as a table, signals on any temperature grid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError, MissingFileError, first_line

from ..physics import GAS_CONSTANT, Signals
from .schema import PARAMETER_COLUMNS, SIGNAL_COLUMNS, Metadata, arrow_schema, scalar_columns, scan_column

if TYPE_CHECKING:
    import pandas as pd

Float = NDArray[np.float64]


class Dataset:
    """A relaxation dataset, in one Parquet file or a folder of shards (``*.parquet``).

    Raises
    ------
    DataFileError
        If files are missing, truncated, of another origin, or do not belong together.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._shards = sorted(self.path.glob("*.parquet")) if self.path.is_dir() else [self.path]
        if not self._shards or not self._shards[0].exists():
            raise DataFileError(f"{self.path}: no Parquet file found")
        self._footers: list[pq.FileMetaData] = []
        for number, shard in enumerate(self._shards):
            file = _open(shard)
            metadata = Metadata.decode(file.schema_arrow.metadata, str(shard))
            if number == 0:
                self.metadata, expected = metadata, arrow_schema(metadata)
            if metadata != self.metadata:
                raise DataFileError(f"{shard}: belongs to another dataset than {self._shards[0].name}")
            if file.schema_arrow.names != expected.names:
                raise DataFileError(f"{shard}: its columns are not those of a relaxnet dataset")
            self._footers.append(file.metadata)  # the file itself is open only while it is read: there may be thousands
            file.close()
        rows = sum(footer.num_rows for footer in self._footers)
        if rows != self.metadata.quartets:
            raise DataFileError(f"{self.path}: holds {rows} quartets: must be {self.metadata.quartets}")

    def __len__(self) -> int:
        return self.metadata.quartets

    def scalars(self) -> pd.DataFrame:
        """All columns with one number a quartet."""
        import pandas as pd  # not before it is needed: workers start sooner

        return pd.concat(self.iter_scalars(), ignore_index=True)

    def iter_scalars(self) -> Iterator[pd.DataFrame]:
        """The scalar table, streamed by row group."""
        for table in self._row_groups(scalar_columns(self.metadata.scans)):
            yield table.to_pandas()

    def parameters(self) -> Float:
        """Columns ``ln_a, dh_j_per_mol, x, beta``, shape (n, 4)."""
        table = pa.concat_tables(self._row_groups(list(PARAMETER_COLUMNS)))
        return np.column_stack([table[name].to_numpy() for name in PARAMETER_COLUMNS])

    def iter_signals(self) -> Iterator[Signals]:
        """The signals on their nodes, streamed by row group."""
        shape = (-1, self.metadata.scans, self.metadata.nodes)
        fictive = [scan_column("glass_fictive_k", scan) for scan in range(self.metadata.scans)]
        for table in self._row_groups(["dh_j_per_mol", "transition_u", *SIGNAL_COLUMNS, *fictive]):
            below_u, cp_n = (
                table[name].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(shape)
                for name in SIGNAL_COLUMNS
            )
            yield Signals(
                table["transition_u"].to_numpy()[:, None, None] - below_u,
                cp_n,
                table["dh_j_per_mol"].to_numpy() / GAS_CONSTANT,
                np.column_stack([table[name].to_numpy() for name in fictive]),
            )

    def signals(self) -> Signals:
        """All signals on their nodes, in memory."""
        parts = list(self.iter_signals())
        names = ("u", "cp_n", "u_scale_k", "glass_fictive_k")
        return Signals(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def temperature_span_k(self) -> tuple[float, float]:
        """Lowest and highest temperature at which any signal is neither glass nor liquid within 1e-3."""
        low, high = np.inf, -np.inf
        for part in self.iter_signals():
            temperature = part.temperature_k
            moving = (np.abs(part.cp_n) > 1e-3) & (np.abs(part.cp_n - 1.0) > 1e-3)
            low = min(low, float(temperature[moving].min()))
            high = max(high, float(temperature[moving].max()))
        return low, high

    def _row_groups(self, columns: list[str]) -> Iterator[pa.Table]:
        for shard, footer in zip(self._shards, self._footers, strict=True):
            with _open(shard, footer) as file:
                for group in range(file.num_row_groups):
                    try:
                        table = file.read_row_group(group, columns=columns)
                    except (OSError, pa.ArrowException) as error:
                        reason = first_line(error).rstrip(".")
                        raise DataFileError(f"{shard}: damaged ({reason})") from None
                    yield table


def _open(path: Path, footer: pq.FileMetaData | None = None) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, metadata=footer, page_checksum_verification=True)
    except FileNotFoundError:
        raise MissingFileError(f"{path}: no such file") from None
    except (OSError, pa.ArrowException) as error:
        reason = first_line(error).rstrip(".")
        raise DataFileError(f"{path}: not a Parquet file, or truncated ({reason})") from None
