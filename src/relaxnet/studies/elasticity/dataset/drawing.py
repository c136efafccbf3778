"""Draw the cells of a dataset: images, phases and morphologies, no cell twice."""

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..microstructures.morphologies import MORPHOLOGIES
from ..microstructures.ranks import Image
from .config import PhasesConfig, SimulateConfig
from .digits import stored
from .grouping import fingerprints

_ATTEMPTS = 100

Phases = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Cells that are not homogenised yet: ``images`` (n, size, size), ``phases`` (n, 4), ``morphology`` (n,)."""

    images: NDArray[np.uint8]
    phases: NDArray[np.float64]
    morphology: NDArray[np.str_]


def draw(config: SimulateConfig, taken: Set[bytes] = frozenset()) -> Drawn:
    """Draw all cells; each from a seed of its own, so that a larger dataset begins with the smaller one.

    An image that is a copy of an earlier one, translated, mirrored or turned, is drawn again, with the morphology and
    the volume fraction of the first attempt: else those with few different images would become rarer with the number.
    So is a copy of an image with one of the fingerprints ``taken``, see `fingerprints`.

    Raises
    ------
    InvalidInputError
        If there are not as many different cells of the morphologies as are asked for.
    """
    shares, cells, seen = morphology_shares(config), list[tuple[Image, Phases, str]](), set(taken)
    for number in range(config.cells):
        generator = np.random.default_rng([config.seed, number])
        name = str(generator.choice(list(shares), p=list(shares.values())))
        phases, fraction = _phases(config.phases, generator), generator.uniform(*config.volume_fraction)
        for _ in range(_ATTEMPTS):
            image = MORPHOLOGIES[name](generator, config.size, fraction)
            (found,) = fingerprints(image[None])
            if found not in seen:
                break
        else:
            allowed = f"fewer: after {number} cells there are only copies of them in morphology {name}"
            raise InvalidInputError("simulate.cells", config.cells, allowed)
        seen.add(found)
        cells.append((image, phases, name))
    images, phases_of_all, morphology = zip(*cells, strict=True)
    return Drawn(np.stack(images), stored(phases_of_all), np.array(morphology))


def morphology_shares(config: SimulateConfig) -> dict[str, float]:
    """Probability of each morphology, in an order of its own: that of the params must not matter."""
    weights = dict[str, float](sorted(config.morphologies.items()))
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def _phases(config: PhasesConfig, generator: np.random.Generator) -> Phases:
    contrast = float(np.exp(generator.uniform(*np.log(config.contrasts))))
    return config.e_soft_gpa, config.nu_soft, config.e_soft_gpa * contrast, config.nu_stiff
