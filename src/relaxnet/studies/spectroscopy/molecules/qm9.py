"""QM9 as the package qm9pack brings it: 130 831 molecules relaxed by DFT, in three CSV files.

Ramakrishnan et al. 2014, doi:10.1038/sdata.2014.22.  Only its files are read: the package itself is not imported.
"""

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from relaxnet.core.errors import DataFileError, InvalidInputError, first_line, require_extra

from ..physics.constants import EV_PER_HARTREE
from .molecule import ELEMENTS, Molecule

PARTS = ("qm9_part1.csv", "qm9_part2.csv", "qm9_part3.csv")
_COLUMNS = ("XYZ_file", "SMILES", "InChi", "Elements", "XYZ_Ang", "HOMO_au")
_NUMBER = r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TRIPLE = rf"\[{_NUMBER},{_NUMBER},{_NUMBER}\]"


class Qm9:
    """The rows of QM9: cheap to open by rows, as coordinates are only read of those that are asked for.

    Parameters
    ----------
    folder : Path, optional
        With the CSV files; by default that of qm9pack.

    Raises
    ------
    MissingExtraError
        If qm9pack is not installed.
    DataFileError
        If a file is missing, or lacks a column.
    """

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or qm9pack_folder()
        self._table = pa.concat_tables([_read(folder / part) for part in PARTS]).combine_chunks()

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def inchi(self, rows: NDArray[np.int64]) -> list[str]:
        """The InChI (of connections, without stereochemistry) of some rows."""
        return [str(value) for value in self._table["InChi"].take(pa.array(rows)).to_pylist()]

    def molecules(self, rows: NDArray[np.int64]) -> list[Molecule]:
        """The molecules of some rows, in their order.

        Raises
        ------
        InvalidInputError
            Naming the file's molecule whose elements, coordinates or HOMO are not as they must be.
        """
        chosen = self._table.take(pa.array(rows))
        return [_molecule(row) for row in chosen.to_pylist()]


def require_qm9pack() -> None:
    """Raise `MissingExtraError` unless qm9pack is installed."""
    require_extra("the molecules of QM9 (package qm9pack)", "spectroscopy", "qm9pack")


def qm9pack_folder() -> Path:
    """Folder of the package's CSV files; `MissingExtraError` if it is not installed."""
    require_qm9pack()
    spec = find_spec("qm9pack")
    (place,) = (spec and spec.submodule_search_locations) or [""]
    return Path(place, "data")


def _read(file: Path) -> pa.Table:
    options = csv.ConvertOptions(include_columns=list(_COLUMNS), column_types=dict.fromkeys(_COLUMNS, pa.string()))
    try:
        return csv.read_csv(file, convert_options=options)
    except (OSError, pa.ArrowException, KeyError) as error:
        raise DataFileError(f"{file}: not a file of QM9 ({first_line(error)})") from None


def _molecule(row: dict[str, str]) -> Molecule:
    name = row["XYZ_file"].removesuffix(".xyz")
    symbols = re.findall(r"'(\w+)'", row["Elements"])
    for symbol in symbols:
        if symbol not in ELEMENTS:
            raise InvalidInputError(f"{name}, element", symbol, f"one of {', '.join(ELEMENTS)}")
    # lists with numbers like `0.` are not JSON; nothing that is read is ever evaluated
    if not re.fullmatch(rf"\[{_TRIPLE}(?:,{_TRIPLE})*\]", row["XYZ_Ang"]):
        raise InvalidInputError(f"{name}, XYZ_Ang", row["XYZ_Ang"], "a list of triples of numbers")
    if not re.fullmatch(_NUMBER, row["HOMO_au"]):
        raise InvalidInputError(f"{name}, HOMO_au", row["HOMO_au"], "a number")
    numbers = np.array([ELEMENTS[symbol] for symbol in symbols], dtype=np.int8)
    values = [float(word) for word in re.sub(r"[\[\]]", "", row["XYZ_Ang"]).split(",")]
    homo_ev = float(row["HOMO_au"]) * EV_PER_HARTREE
    return Molecule(numbers, np.array(values).reshape(-1, 3), name, row["SMILES"], homo_ev)
