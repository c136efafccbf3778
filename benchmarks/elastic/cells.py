"""The cells of the benchmark: those to train and test on, those to pre-train on, and which of them are for what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VALIDATION, TEST = 250, 1500  # cells of the test's phases, and as many of the others
_SEED = 20250706

Index = NDArray[np.int64]


def simulate(folder: Path, section: Mapping[str, Any], cells: int) -> None:
    """Draw ``cells``, and those to follow and to test trainings, and as many ``others``, none a copy of the first."""
    from relaxnet.core.config import parse
    from relaxnet.studies.elasticity.dataset.config import SimulateConfig
    from relaxnet.studies.elasticity.dataset.grouping import fingerprints
    from relaxnet.studies.elasticity.dataset.reader import read
    from relaxnet.studies.elasticity.dataset.writer import write

    taken = frozenset[bytes]()
    for name, subset, seed in (("cells", "course", 20250704), ("others", "pretraining", 20250705)):
        values = {**section[subset], "cells": cells + VALIDATION + TEST, "seed": seed, "apart_from": None}
        write(folder / name, parse(SimulateConfig, values), taken=taken)
        taken = frozenset(fingerprints(read(folder / name).images))


def parts_of(samples: int, images: int) -> tuple[Index, Index, Index]:
    """Cells to train on, a larger number of which begins with a smaller one, to follow trainings and to test them.

    They are in random order: among the last that were drawn the simplest layers are rarer, for all of them are taken.
    """
    test, validation, training = np.split(np.random.default_rng(_SEED).permutation(samples), [TEST, TEST + VALIDATION])
    return training[:images], validation, test
