"""Scans as an instrument would give them: points at even temperature steps, with noise and lag, in one Parquet file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError, MissingFileError, first_line
from relaxnet.core.files import atomic_path

from ..physics import ChrProgram
from .schema import PARAMETER_COLUMNS

Float = NDArray[np.float64]

NOISY, MEASURED_FILE = "_noisy", "scans.parquet"
"""End of the name of a dataset's measured scans, and their file there."""
STEP_K = 1.0  # between the points of a measured scan
FORMAT_KEY, FORMAT_VERSION = b"relaxnet.measured", 1
SCHEMA = pa.schema(
    [
        pa.field("quartet", pa.int32(), nullable=False),
        *(pa.field(name, pa.float64(), nullable=False) for name in PARAMETER_COLUMNS),
        pa.field("first_temperature_k", pa.float64(), nullable=False),
        pa.field("points", pa.int32(), nullable=False),
        pa.field("cp_n", pa.list_(pa.field("element", pa.float32(), nullable=False)), nullable=False),
    ]
)
"""One row a quartet: its number, its parameters, and its scans one after the other."""


@dataclass(frozen=True)
class Distortion:
    """What a measurement adds to a signal: ``noise`` (standard deviation of cp_n) and ``lag_k`` of the sample."""

    step_k: float
    noise: float
    lag_k: float
    seed: int


@dataclass(frozen=True, eq=False)
class Measured:
    """Measured scans of many quartets.

    ``parameters`` (n, 4) has the columns ``ln_a, dh_j_per_mol, x, beta``; ``first_k`` (n,) is the lowest temperature
    of each quartet; ``cp_n`` has for each an array (scans, points) at steps of ``distortion.step_k`` from there.
    """

    program: ChrProgram
    distortion: Distortion
    parameters: Float
    first_k: Float
    cp_n: Sequence[NDArray[np.float32]]

    def __len__(self) -> int:
        return len(self.first_k)

    def temperature_k(self, quartet: int) -> Float:
        """Temperatures of the points of one quartet, shape (points,)."""
        return np.asarray(self.first_k[quartet] + self.distortion.step_k * np.arange(self.cp_n[quartet].shape[1]))

    def on_grid(self, grid_k: Float, index: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scans of the quartets ``index`` on a rising grid, shape (len(index), scans, len(grid_k)).

        Outside of the measured points a signal is glass, exactly 0, or liquid, exactly 1.
        """
        scans = self.cp_n[0].shape[0]
        values = np.empty((len(index), scans, len(grid_k)), dtype=np.float32)
        for row, quartet in enumerate(index):
            measured_k = self.temperature_k(int(quartet))
            for scan, cp_n in enumerate(self.cp_n[quartet]):
                values[row, scan] = np.interp(grid_k, measured_k, cp_n, left=0.0, right=1.0)
        return values


def write_measured(path: Path, measured: Measured) -> None:
    """Write measured scans, numbered from 0, with checksums."""
    points = [values.shape[1] for values in measured.cp_n]
    flat = [values.ravel() for values in measured.cp_n]
    offsets = np.concatenate([[0], np.cumsum([len(values) for values in flat])]).astype(np.int32)
    columns = [
        pa.array(np.arange(len(measured)), pa.int32()),
        *(pa.array(values, pa.float64()) for values in measured.parameters.T),
        pa.array(measured.first_k, pa.float64()),
        pa.array(points, pa.int32()),
        pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.concatenate(flat), pa.float32())).cast(SCHEMA[-1].type),
    ]
    content = {"format": FORMAT_VERSION, "program": asdict(measured.program), **asdict(measured.distortion)}
    schema = SCHEMA.with_metadata({FORMAT_KEY: json.dumps(content).encode()})
    with atomic_path(path) as part:
        pq.write_table(
            pa.Table.from_arrays(columns, schema=schema), part, compression="zstd", use_dictionary=False,
            write_page_checksum=True,
        )  # fmt: skip


def read_measured(path: Path) -> Measured:
    """Read measured scans.

    Raises
    ------
    DataFileError
        If the file is missing, damaged or of another kind.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            metadata, table = file.schema_arrow.metadata or {}, file.read()
        content = json.loads(metadata.get(FORMAT_KEY, b"null"))
        if not isinstance(content, dict) or content.pop("format", None) != FORMAT_VERSION:
            raise DataFileError(f"{path}: a Parquet file, but not of measured scans (key '{FORMAT_KEY.decode()}')")
        if not table.schema.equals(SCHEMA):
            raise DataFileError(f"{path}: its columns are not those of measured scans")
        program = content.pop("program")
        program = ChrProgram(tuple(program["cooling_rates_k_per_min"]), program["heating_rate_k_per_min"])
        return Measured(
            program,
            Distortion(**content),
            np.column_stack([table[name].to_numpy() for name in PARAMETER_COLUMNS]),
            table["first_temperature_k"].to_numpy(),
            _scans(table, len(program.cooling_rates_k_per_min)),
        )
    except FileNotFoundError:
        raise MissingFileError(f"{path}: no such file") from None
    except (OSError, pa.ArrowException, ValueError, TypeError, KeyError) as error:
        raise DataFileError(f"{path}: not a file of measured scans, or damaged ({first_line(error)})") from None


def _scans(table: pa.Table, scans: int) -> list[NDArray[np.float32]]:
    lists = table["cp_n"].combine_chunks()
    ends = np.cumsum(scans * table["points"].to_numpy())
    if not len(ends) or not np.array_equal(lists.value_lengths().to_numpy(), np.diff(ends, prepend=0)):
        raise ValueError(f"its quartets must hold {scans} scans of as many points as they say")
    return [values.reshape(scans, -1) for values in np.split(lists.flatten().to_numpy(), ends[:-1])]
