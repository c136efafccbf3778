"""Draw the cells of a dataset: images, phases and morphologies, no cell twice."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..microstructures.morphologies import MORPHOLOGIES
from .config import PhasesConfig, SimulateConfig
from .digits import stored
from .grouping import fingerprints

_ATTEMPTS = 100


@dataclass(frozen=True, eq=False)
class Drawn:
    """Cells that are not homogenised yet: ``images`` (n, size, size), ``phases`` (n, 4), ``morphology`` (n,)."""

    images: NDArray[np.uint8]
    phases: NDArray[np.float64]
    morphology: NDArray[np.str_]


def draw(config: SimulateConfig) -> Drawn:
    """Draw all cells; each from a seed of its own, so that a larger dataset begins with the smaller one.

    An image that is a copy of an earlier one, moved, mirrored or turned, is drawn again.

    Raises
    ------
    InvalidInputError
        If there are not as many different cells of the morphologies as are asked for.
    """
    names = [name for name in MORPHOLOGIES if name in config.morphologies]  # not in the order of the params
    weights = np.array([config.morphologies[name] for name in names])  # type: ignore[index]
    images, phases, morphology, seen = [], [], [], set[bytes]()
    for number in range(config.cells):
        for attempt in range(_ATTEMPTS):
            generator = np.random.default_rng([config.seed, number, attempt])
            name = names[int(generator.choice(len(names), p=weights / weights.sum()))]
            fraction = generator.uniform(*config.volume_fraction)
            image = MORPHOLOGIES[name](generator, config.size, fraction)
            (found,) = fingerprints(image[None])
            if found not in seen:
                break
        else:
            allowed = f"fewer: after {number} cells the morphologies {', '.join(names)} give only copies of them"
            raise InvalidInputError("simulate.cells", config.cells, allowed)
        seen.add(found)
        images.append(image)
        phases.append(_phases(config.phases, generator))
        morphology.append(name)
    return Drawn(np.stack(images), stored(phases), np.array(morphology))


def _phases(config: PhasesConfig, generator: np.random.Generator) -> tuple[float, float, float, float]:
    contrast = float(np.exp(generator.uniform(*np.log(config.contrasts))))
    return config.e_soft_gpa, config.nu_soft, config.e_soft_gpa * contrast, config.nu_stiff
