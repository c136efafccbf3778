"""Training quartets without end: drawn anew for every epoch, emulated instead of stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from relaxnet.core.errors import DataFileError
from relaxnet.core.fingerprint import code_fingerprint
from relaxnet.core.processes import usable_processors
from relaxnet.datasets.source import Inputs, Source

from ..dataset.regions import draw
from ..emulator import Emulator
from .source import INPUT, laid_out

if TYPE_CHECKING:
    from relaxnet.workflow.recipe import Recipe

    from ..params import SignalTrainConfig

Float = NDArray[np.float64]


class EmulatedStream:
    """Quartets drawn from the region that a subset covers, on the rising grid ``grid_k`` (points,) of an input.

    All four parameters are continuous, so that a validation or test quartet, which lies on the grid of the state
    space, is never drawn.
    """

    def __init__(self, emulator: Emulator, subset: str, grid_k: Float) -> None:
        self._emulator, self._subset, self._grid_k = emulator, subset, grid_k
        self._workers = usable_processors()

    def draw(self, generator: np.random.Generator, count: int) -> tuple[Inputs, Float]:
        """Inputs, shape (count, points, scans), and targets, shape (count, 4), of quartets never seen before."""
        sets = draw(self._subset, generator, count)
        values = self._emulator.signals(sets, workers=self._workers).on_grid(
            self._grid_k, np.float32, workers=self._workers
        )
        return {INPUT: np.ascontiguousarray(values.transpose(0, 2, 1))}, sets


def open_stream(recipe: Recipe, source: Source, workspace: Path) -> EmulatedStream | None:
    """Stream of a recipe that asks for one, on the grid of its stored samples."""
    if not cast("SignalTrainConfig", recipe.config).stream:
        return None
    return EmulatedStream(kept_emulator(workspace), recipe.model.subset, laid_out(source.layout))


def kept_emulator(workspace: Path) -> Emulator:
    """The emulator that the study keeps in its workspace; built where there is none for the code as it is."""
    folder = workspace / "emulator" / code_fingerprint("relaxnet.studies.relaxation.emulator.emulator")
    try:
        return Emulator.load(folder)
    except DataFileError:
        with tqdm(desc="emulator", unit="quartet", total=Emulator.entries(), mininterval=2.0) as bar:
            emulator = Emulator.build(workers=usable_processors(), progress=bar.update)
        emulator.save(folder)
        return emulator
