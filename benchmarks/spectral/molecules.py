"""The molecules of the benchmark, and which of them are for what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

VALIDATION, TEST = 1000, 3000
_SEED = 20190531

Index = NDArray[np.int64]


def simulate(folder: Path, molecules: int) -> None:
    """Levels of ``molecules`` of QM9 to train on, and of those to follow and to test trainings, in one data set."""
    from tqdm import tqdm

    from relaxnet.core.config import parse
    from relaxnet.studies.spectroscopy.dataset.config import SimulateConfig
    from relaxnet.studies.spectroscopy.dataset.writer import write

    count = int(1.02 * (molecules + VALIDATION + TEST))  # some are dropped, conformers of others left out
    with tqdm(total=count, desc="simulate", unit="molecule", mininterval=10.0) as bar:
        write(folder / "molecules", parse(SimulateConfig, {"molecules": count, "seed": _SEED}), progress=bar.update)


def parts_of(group: NDArray[np.int64], molecules: int) -> tuple[Index, Index, Index]:
    """Molecules to train on, a larger number of which begins with a smaller one, to follow trainings and to test them.

    No molecule of the latter two is in the first part in another conformation or as a copy.
    """
    order = np.random.default_rng(_SEED).permutation(len(group))
    test, validation, rest = np.split(order, [TEST, TEST + VALIDATION])
    held = np.union1d(group[test], group[validation])
    return rest[~np.isin(group[rest], held)][:molecules], validation, test
