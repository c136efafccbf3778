"""A dataset of cells as a source of samples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError
from relaxnet.datasets.source import Inputs

from ..dataset.cells import Cells
from ..dataset.reader import read

if TYPE_CHECKING:
    from relaxnet.workflow.recipe import Recipe

IMAGE, PHASES = "image", "phases"
PIXELS = "pixels"


class CellSource:
    """Cells: images (n, size, size, 1) of 0 and 1, and their phases (n, 4)."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        size = cells.images.shape[1]
        self.input_shapes: dict[str, tuple[int, ...]] = {IMAGE: (size, size, 1), PHASES: (4,)}
        self.layout: dict[str, Any] = {PIXELS: size}

    @property
    def targets(self) -> NDArray[np.float64]:
        """The nine constants in GPa, shape (n, 9)."""
        return self.cells.stiffness_gpa

    @property
    def groups(self) -> NDArray[np.int64]:
        """Copies of one cell have one number, shape (n,)."""
        return self.cells.group

    @property
    def facts(self) -> dict[str, Any]:
        """Number of pixels along a side."""
        return dict(self.layout)

    def inputs(self, index: NDArray[np.int64]) -> Inputs:
        """Images and phases of the cells ``index``."""
        images, phases = self.cells.images[index], self.cells.phases[index]
        return {IMAGE: images[..., None].astype(np.float32), PHASES: phases.astype(np.float32)}


def open_source(data: Path, recipe: Recipe, layout: Mapping[str, Any] | None) -> CellSource:  # noqa: ARG001
    """Dataset as samples.

    Raises
    ------
    DataFileError
        If its images are of another size than a stored model reads.
    """
    source = CellSource(read(data))
    if layout is not None and dict(layout) != source.layout:
        raise DataFileError(f"{data}: images of {source.layout[PIXELS]} pixels: must be of {layout.get(PIXELS)}")
    return source
