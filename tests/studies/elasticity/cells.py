"""Small sets of homogenised cells for tests, and networks built for them."""

import numpy as np

from relaxnet.models.blocks.architectures import build
from relaxnet.studies.elasticity.dataset.cells import Cells
from relaxnet.studies.elasticity.microstructures.morphologies import MORPHOLOGIES
from relaxnet.studies.elasticity.physics.homogenise import homogenise
from relaxnet.studies.elasticity.samples.source import CellSource

NETWORKS = "relaxnet.studies.elasticity.networks"
PHASES = np.array([[3.0, 0.35, 70.0, 0.22], [2.0, 0.45, 4.0, 0.1], [1.0, 0.2, 90.0, 0.2]])
SMALL = {"filters": (4, 8), "dense": 16}


def made(size=32, each=2):
    """Cells of every morphology with changing phases."""
    generator = np.random.default_rng(5)
    names = [name for name in MORPHOLOGIES for _ in range(each)]
    images = np.stack([MORPHOLOGIES[name](generator, size, generator.uniform(0.25, 0.75)) for name in names])
    phases = PHASES[np.arange(len(names)) % len(PHASES)]
    group = np.arange(len(names))
    return Cells(images, homogenise(images, phases), phases, np.array(names), group)


def source(**options):
    return CellSource(made(**options))


def network(name, options, size=32):
    return build(f"{NETWORKS}.{name}", options, {"image": (size, size, 1), "phases": (4,)}, 9)
