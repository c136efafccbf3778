"""The Parquet schema of a relaxation dataset: one row per quartet."""

import json
from dataclasses import asdict, dataclass
from typing import Self

import pyarrow as pa

from relaxnet.core.errors import DataFileError

from ..physics import ChrProgram

FORMAT_KEY = b"relaxnet.dataset"
FORMAT_VERSION = 2

INDEX_COLUMNS = ("i", "j", "x_index", "beta_index")
PARAMETER_COLUMNS = ("ln_a", "dh_j_per_mol", "x", "beta")
# One column per scan, numbered in the order of the program's cooling rates.
SCAN_COLUMNS = (
    "cp_n_max", "peak_temperature_k", "half_width_k", "half_rise_k", "area_fictive_k", "glass_fictive_k",
    "glass_end", "liquid_end",
)  # fmt: skip
# Nodes of all scans: how far u = dh/(R T) lies below `transition_u`, and cp_n.  Counted from the transition, single
# precision places even the steepest rise, which spans a ten-thousandth of u.
SIGNAL_COLUMNS = ("below_transition_u", "cp_n")


@dataclass(frozen=True)
class Metadata:
    """What every shard says about itself: nothing that differs between machines or versions which make equal data."""

    source: str  # name of the subset, or "parameters" for a user's own table
    quartets: int  # rows of the whole dataset
    seed: int
    cooling_rates_k_per_min: tuple[float, ...]
    heating_rate_k_per_min: float
    nodes: int  # for storage, of a scan

    @classmethod
    def of(cls, source: str, quartets: int, program: ChrProgram, *, seed: int = 0, nodes: int) -> Self:
        """Metadata of a dataset of that program."""
        rates = program.cooling_rates_k_per_min, program.heating_rate_k_per_min
        return cls(source, quartets, seed, *rates, nodes)

    @property
    def program(self) -> ChrProgram:
        """The temperature program of the scans."""
        return ChrProgram(self.cooling_rates_k_per_min, self.heating_rate_k_per_min)

    @property
    def scans(self) -> int:
        """Number of scans of a quartet."""
        return len(self.cooling_rates_k_per_min)

    def encode(self) -> dict[bytes, bytes]:
        """As key-value metadata of a Parquet file."""
        return {FORMAT_KEY: json.dumps({"format": FORMAT_VERSION, **asdict(self)}).encode()}

    @classmethod
    def decode(cls, metadata: dict[bytes, bytes] | None, name: str) -> Self:
        """Read back; for a file that relaxnet did not write so, raise `DataFileError` with the ``name`` of the file."""
        text = (metadata or {}).get(FORMAT_KEY)
        if text is None:
            raise DataFileError(f"{name}: a Parquet file, but not a relaxnet dataset (key '{FORMAT_KEY.decode()}')")
        try:
            values = json.loads(text)
            found = values.pop("format")
            values.pop("version", None)  # of relaxnet; older ones wrote it
        except (ValueError, AttributeError, KeyError):
            raise DataFileError(f"{name}: the metadata of the dataset are damaged") from None
        if found != FORMAT_VERSION:
            raise DataFileError(f"{name}: dataset format {found}: must be {FORMAT_VERSION}")
        values["cooling_rates_k_per_min"] = tuple(values["cooling_rates_k_per_min"])
        return cls(**values)


def scan_column(name: str, scan: int) -> str:
    """Name of the column that holds ``name`` for one scan."""
    return f"{name}_{scan}"


def scalar_columns(scans: int) -> list[str]:
    """All columns with one number a quartet."""
    per_scan = [scan_column(name, scan) for name in SCAN_COLUMNS for scan in range(scans)]
    return ["quartet", *INDEX_COLUMNS, *PARAMETER_COLUMNS, "transition_u", "cp_n_max", *per_scan]


def arrow_schema(metadata: Metadata) -> pa.Schema:
    """The Arrow schema of a shard."""
    width = metadata.scans * metadata.nodes
    integers = ("quartet", *INDEX_COLUMNS)
    scalars = [
        pa.field(name, pa.int32() if name in integers else pa.float64(), nullable=False)
        for name in scalar_columns(metadata.scans)
    ]
    signals = [pa.field(name, pa.list_(pa.float32(), width), nullable=False) for name in SIGNAL_COLUMNS]
    return pa.schema(scalars + signals, metadata=metadata.encode())
