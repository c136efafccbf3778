"""Training cells translated, turned and mirrored, with constants to match: exact, since a periodic cell has no edge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from relaxnet.datasets.source import Inputs, Source

from ..physics.constants import TURNED
from .source import IMAGE

if TYPE_CHECKING:
    from relaxnet.workflow.recipe import Recipe

    from ..params import CellTrainConfig, SymmetryConfig

Float = NDArray[np.float64]

_TURNED = np.array(TURNED)


class SymmetricCopies:
    """Samples of a source, each in one of its symmetric forms, drawn anew every time; all once before any twice."""

    def __init__(self, source: Source, config: SymmetryConfig) -> None:
        self._source, self._config = source, config

    def draw(self, generator: np.random.Generator, count: int) -> tuple[Inputs, Float]:
        """Inputs and constants in GPa of ``count`` samples."""
        samples = len(self._source.targets)
        index = np.concatenate([generator.permutation(samples) for _ in range(-(-count // samples))])[:count]
        inputs, targets = self._source.inputs(index), self._source.targets[index].copy()
        images = inputs[IMAGE].copy()
        size = images.shape[1]
        moves = generator.integers(0, size, (count, 2)) * self._config.translations
        turns = generator.integers(0, 4, count) * self._config.turns
        mirrored = generator.integers(0, 2, count) * self._config.mirrors
        for row, image in enumerate(images):
            image = np.rot90(np.roll(image, moves[row], axis=(0, 1)), turns[row])
            images[row] = image[:, ::-1] if mirrored[row] else image
        odd = turns % 2 == 1
        targets[odd] = targets[odd][:, _TURNED]
        return {**inputs, IMAGE: images}, targets


def open_stream(recipe: Recipe, training: Source, _workspace: Path) -> SymmetricCopies | None:
    """Stream of a recipe that asks for any symmetry."""
    config = cast("CellTrainConfig", recipe.config).symmetries
    return SymmetricCopies(training, config) if any(config.model_dump().values()) else None
