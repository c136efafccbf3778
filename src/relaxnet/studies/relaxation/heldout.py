"""The test sets and the tuning set of a model: where they are, and how they are opened."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relaxnet.workflow.heldout import HeldOut, HeldOutData

from .dataset.measured import MEASURED_FILE, NOISY
from .dataset.reader import Dataset
from .dataset.regions import BETWEEN, LATTICE, PLANE, TUNING, region_of
from .samples.measured import MeasuredSource
from .samples.source import SignalSource, laid_out

if TYPE_CHECKING:
    from relaxnet.workflow.params import ModelConfig

FOLDER = "test/"


def question_of(model: ModelConfig) -> str:
    """Region whose parameters a model estimates."""
    return region_of(model.subset)


def data_name(model: ModelConfig) -> str:
    """Name of the data with a model's sets: those of its subset, for the whole plane those of G, which covers it."""
    return f"{FOLDER}{'G' if question_of(model) == PLANE else model.subset}"


def test_sets(folder: Path) -> Mapping[str, HeldOut]:
    """Sets that a model is judged on: of its subset's lattice and between its points, each clean and measured."""
    return {name: held_out(folder, name) for name in (LATTICE, BETWEEN, LATTICE + NOISY, BETWEEN + NOISY)}


def tuning_set(folder: Path) -> HeldOut:
    """Set that a model is chosen by: measured scans between the lattice points."""
    return held_out(folder, TUNING + NOISY)


def held_out(folder: Path, name: str) -> HeldOut:
    """One of the sets in a folder."""
    return HeldOut(folder / name, partial(_open, folder, name))


def _open(folder: Path, name: str, layout: Mapping[str, Any]) -> SignalSource:
    """Samples of a set on the temperature grid of a layout; a `DataFileError` if it is missing or damaged."""
    dataset, grid_k = Dataset(folder / name.removesuffix(NOISY)), laid_out(layout)
    if name.endswith(NOISY):
        return MeasuredSource(dataset, folder / name / MEASURED_FILE, grid_k)
    return SignalSource(dataset, grid_k)


TESTS = HeldOutData(
    data_name, test_sets, tuning_set, headline=(LATTICE, BETWEEN + NOISY), distorted=(LATTICE + NOISY, BETWEEN + NOISY)
)
