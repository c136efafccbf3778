"""What a model is judged by when it is to be promoted: its errors on the frozen test sets, sample by sample.

It is written where a model is evaluated, and lies among the artifacts of the model's run (folder ``judged``), so that
models can be compared wherever their store can be reached, without their data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from relaxnet.core.config import Config, NonNegative, parse
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import atomic_folder, read_json, write_json
from relaxnet.datasets.targets import Targets
from relaxnet.evaluation.paired import SampleErrors

FOLDER = "judged"
VALIDATION = "validation"  # folder of the reports on the data, within
CARD = "judged.json"


class _Set(Config):
    md5: str
    spread: dict[str, NonNegative]


class _Target(Config):
    name: str
    unit: str
    display_unit: str
    display_factor: float
    symbol: str
    digits: int


class _Card(Config):
    trained_in: str
    tests_md5: str
    targets: list[_Target] = Field(min_length=1)
    sets: dict[str, _Set] = Field(min_length=1)
    compared_on: str
    distorted: list[str]

    @model_validator(mode="after")
    def _known(self) -> _Card:
        if not {self.compared_on, *self.distorted} <= set(self.sets):
            raise ValueError(f"about the sets {', '.join(self.sets)} only")
        return self


@dataclass(frozen=True)
class Report:
    """A report on data that a model was trained or judged on."""

    success: bool
    md5: str


@dataclass(frozen=True)
class Evidence:
    """Errors of one model on its test sets.

    Attributes
    ----------
    trained_in : str
        Id of the run that trained the model.
    tests_md5 : str
        Hash of the data with the test sets, by which their validation report knows them; empty if they are the test
        part of the model's own data.
    targets : Targets
        Without their axes.
    sets : mapping
        Errors by test set.
    md5 : mapping
        Hash of each test set's files (`dvc_hash`).
    compared_on : str
        Test set on which models are compared.
    distorted : sequence of str
        Test sets with the distortions that samples have in use.
    """

    trained_in: str
    tests_md5: str
    targets: Targets
    sets: Mapping[str, SampleErrors]
    md5: Mapping[str, str]
    compared_on: str
    distorted: Sequence[str] = ()

    def write(self, folder: Path) -> None:
        """Write as ``folder``: a table a test set, and ``judged.json``."""
        card = _Card(
            trained_in=self.trained_in,
            tests_md5=self.tests_md5,
            targets=[
                _Target(**{key: value for key, value in target.items() if key in _Target.model_fields})
                for target in self.targets.to_json()
            ],
            sets={name: _Set(md5=self.md5[name], spread=dict(found.spread)) for name, found in self.sets.items()},
            compared_on=self.compared_on,
            distorted=list(self.distorted),
        )
        with atomic_folder(folder) as part:
            for name, found in self.sets.items():
                table = pd.DataFrame({"sample": found.sample, **found.errors})
                table.to_parquet(part / f"{name}.parquet", index=False)
            write_json(part / CARD, card.model_dump(mode="json"))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what `write` has written; a `DataFileError` if a file is missing or damaged."""
        try:
            card = parse(_Card, read_json(folder / CARD))
        except InvalidInputError as error:
            raise DataFileError(f"{folder / CARD}: {error}") from None
        targets = Targets.from_json([{"axis": None, **target.model_dump()} for target in card.targets])
        sets = {name: _read(folder / f"{name}.parquet", targets, found.spread) for name, found in card.sets.items()}
        md5 = {name: found.md5 for name, found in card.sets.items()}
        return cls(card.trained_in, card.tests_md5, targets, sets, md5, card.compared_on, card.distorted)


def _read(file: Path, targets: Targets, spread: Mapping[str, float]) -> SampleErrors:
    try:
        table = pd.read_parquet(file)
        errors = {name: table[name].to_numpy(dtype=np.float64) for name in targets.names}
        found = SampleErrors(table["sample"].to_numpy(dtype=np.int64), errors, {name: spread[name] for name in errors})
    except (OSError, ValueError, KeyError, TypeError) as error:  # pyarrow's are among them
        raise DataFileError(f"{file}: missing or damaged ({error})") from None
    if not len(table) or not all(np.isfinite(values).all() for values in errors.values()):
        raise DataFileError(f"{file}: errors must be finite numbers")
    return found
