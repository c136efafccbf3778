"""Test sets: frozen quartets of each region of the state space, on which all of its models are judged.

`LATTICE` holds the quartets of the subset's test part, `BETWEEN` continuous ones of the same region; `TUNING` is made
like the latter from another seed, for searches and the choice of a model.  Each is stored clean and, under the name
with `NOISY` at its end, as measured scans with noise and lag.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from relaxnet.datasets.split import split

from .dataset.measured import MEASURED_FILE, NOISY, STEP_K, Distortion, write_measured
from .dataset.reader import Dataset
from .dataset.regions import BETWEEN, LATTICE, PLANE, TUNING, draw, region_of
from .dataset.state_space import Quartets, select
from .measuring import measured
from .physics import chr_program

if TYPE_CHECKING:
    from relaxnet.datasets.validation import ValidationReport

    from .params import RelaxationParams


@dataclass(frozen=True)
class PlannedSet:
    """What one of a region's sets is made of; ``index`` is the place of lattice points in the state space."""

    name: str
    source: str
    seed: int
    parameters: NDArray[np.float64]
    index: Quartets | None = None


def planned(params: RelaxationParams, subset: str) -> list[PlannedSet]:
    """The sets of a subset, and of the region that it covers.

    Raises
    ------
    InvalidInputError
        For an unknown subset, or one too small to be split.
    """
    config, simulated = params.test, params.simulate
    quartets = select(subset, simulated.count, simulated.seed)
    unseen = quartets.take(split(len(quartets), params.split).test)
    sets = [PlannedSet(LATTICE, subset, simulated.seed, unseen.parameters(), unseen)]
    region = region_of(subset)
    counts = (config.between_plane, config.tuning_plane) if region == PLANE else (config.between, config.tuning)
    for name, count, seed in zip((BETWEEN, TUNING), counts, (config.seed, config.tuning_seed), strict=True):
        generator = np.random.default_rng([seed, *region.encode()])
        sets.append(PlannedSet(name, region, seed, draw(region, generator, count)))
    return sets


def simulate_test_sets(subset: str, params: RelaxationParams, workspace: Path) -> Path:
    """Make the sets of a subset, in a folder with one for each set; finished work waits in ``workspace``."""
    output = workspace / f"test-{subset}"
    shutil.rmtree(output, ignore_errors=True)
    for entry in planned(params, subset):
        for name, folder in _make(entry, subset, params, workspace).items():
            (output / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(folder, output / name)
    return output


def judge_test_sets(subset: str, params: RelaxationParams, data: Path) -> ValidationReport:
    """Judge the sets of a subset; errors as for `validate_test_sets`."""
    from .expectations.testsets import validate_test_sets

    expected = {
        entry.name: (entry.source, entry.source if entry.index else None, len(entry.parameters), entry.seed)
        for entry in planned(params, subset)
    }
    return validate_test_sets(data, params, expected)


def _make(entry: PlannedSet, subset: str, params: RelaxationParams, workspace: Path) -> Mapping[str, Path]:
    """Folders of a set, clean and measured; finished shards of an interrupted run are in ``workspace``."""
    from relaxnet.core.executors import make_executor

    from .dataset import shard_code, write_dataset
    from .physics.kernels.compiling import announced

    config = params.simulate
    executor = make_executor(config.executor, workers=config.workers, dask_address=config.dask_address)
    clean = workspace / f"test-{subset}-{entry.name}-{shard_code()}"
    label = f"simulate {subset}, {entry.name}"
    with announced(), tqdm(total=len(entry.parameters), desc=label, unit="quartet", mininterval=2.0) as bar:
        write_dataset(
            clean, entry.parameters, source=entry.source, program=chr_program(), seed=entry.seed, index=entry.index,
            executor=executor, progress=bar.update, notice=partial(bar.write, file=sys.stderr),
        )  # fmt: skip
    noisy = workspace / f"test-{subset}-{entry.name}{NOISY}"
    distortion = Distortion(STEP_K, params.test.noise, params.test.lag_k, entry.seed)
    generator = np.random.default_rng([entry.seed, *f"{entry.source} {entry.name} noise".encode()])
    write_measured(noisy / MEASURED_FILE, measured(Dataset(clean), distortion, generator))
    return {entry.name: clean, f"{entry.name}{NOISY}": noisy}
