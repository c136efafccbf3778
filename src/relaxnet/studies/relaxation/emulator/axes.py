"""The axes of the emulator's table."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Axis:
    """One axis of the table: evenly spaced values of a stretched coordinate."""

    name: str
    power: float  # the coordinate is value**power
    low: float  # range of the value that is served
    high: float
    spacing: float  # of the coordinate
    # whether one node lies beyond the lower and upper end of the coordinate, so that cubics are centred there too
    beyond: tuple[bool, bool]

    def coordinates(self) -> Float:
        """Coordinates of the nodes, rising."""
        ends = sorted((self.low**self.power, self.high**self.power))
        cells = int(np.ceil((ends[1] - ends[0]) / self.spacing))
        step = (ends[1] - ends[0]) / cells
        number = np.arange(-int(self.beyond[0]), cells + 1 + int(self.beyond[1]))
        return np.asarray(ends[0] + step * number, dtype=np.float64)

    def values(self) -> Float:
        """Values at the nodes, in the order of the coordinates."""
        return np.asarray(self.coordinates() ** (1.0 / self.power))


# u_g of the whole state space lies within 24 ... 632; x and beta as in the paper
AXES = (
    Axis("transition_u", -0.5, 20.5, 660.0, 0.009, (True, False)),
    Axis("x", -1.0, 0.2, 1.0, 0.08, (False, True)),
    Axis("beta", 1.0, 0.2, 1.0, 0.0167, (True, False)),
)
