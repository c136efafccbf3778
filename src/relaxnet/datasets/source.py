"""Where samples come from: by index from a dataset, or drawn without end."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
Float32 = NDArray[np.float32]
Inputs = dict[str, Float32]
"""Arrays by the name of the input, of any rank; the first axis of each is the samples."""
Shapes = Mapping[str, tuple[int, ...]]
"""Shape of one sample of each input."""


class Source(Protocol):
    """Samples by index; a study implements it."""

    @property
    def input_shapes(self) -> Shapes:
        """Shape of one sample, for each input."""

    @property
    def targets(self) -> NDArray[np.float64]:
        """Values of the targets in their own units, shape (n, width)."""

    @property
    def layout(self) -> Mapping[str, Any]:
        """How the inputs are laid out (a grid, say), as JSON values: what it takes to make the same inputs again."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What holds for all samples (rates, units ...), as JSON values: a model is for data of the same facts only."""

    def inputs(self, index: Index) -> Inputs:
        """Inputs of the samples ``index``; called from several threads."""


@runtime_checkable
class Grouped(Protocol):
    """A source whose samples belong to groups that no split divides; a study may implement it."""

    @property
    def groups(self) -> Index:
        """Number of each sample's group, shape (n,); copies of one thing, say, have the same."""


class Part:
    """Samples ``index`` of a source, as a source of their own."""

    def __init__(self, source: Source, index: Index) -> None:
        self._source, self._index = source, index
        self.input_shapes, self.layout, self.facts = source.input_shapes, source.layout, source.facts
        self.targets = source.targets[index]

    def inputs(self, index: Index) -> Inputs:
        """Inputs of the samples ``index`` of this part."""
        return self._source.inputs(self._index[index])


class Stream(Protocol):
    """Samples without end; a study may implement it."""

    def draw(self, generator: np.random.Generator, count: int) -> tuple[Inputs, NDArray[np.float64]]:
        """New inputs and their targets in their own units, shape (count, width)."""


Augment = Callable[[Inputs, np.random.Generator], Inputs]
"""Makes the inputs that are trained on from those of a source or a stream, of the same shapes; called from several
threads."""


def in_blocks(
    function: Callable[[Inputs], NDArray[np.floating]], source: Source, index: Index, block: int = 1024
) -> NDArray[np.float64]:
    """Apply ``function`` to the inputs of ``index``, a block at a time: never all inputs in memory at once."""
    parts = [function(source.inputs(index[start : start + block])) for start in range(0, len(index), block)]
    return np.concatenate(parts).astype(np.float64)
