"""Cells in memory."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Cells:
    """Two-phase cells with their stiffness.

    ``images`` (n, size, size) are 1 in the stiff phase; ``stiffness_gpa`` (n, 9) are the constants in the order of
    `CONSTANTS`, ``phases`` (n, 4) those of `PHASE_COLUMNS`; ``morphology`` (n,) is text.  Cells that are translated,
    mirrored or turned copies of one have the same number in ``group`` (n,).
    """

    images: NDArray[np.uint8]
    stiffness_gpa: NDArray[np.float64]
    phases: NDArray[np.float64]
    morphology: NDArray[np.str_]
    group: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def fraction(self) -> NDArray[np.float64]:
        """Volume fraction of the stiff phase, shape (n,)."""
        return np.asarray(self.images.mean(axis=(1, 2)))

    def take(self, rows: slice | NDArray[np.int64]) -> Self:
        """Some of the cells."""
        return type(self)(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))
