"""The study *relaxation*: networks that estimate the TNM parameters from six heating scans."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from relaxnet.workflow.packing import Packing
from relaxnet.workflow.study import Study

from .dataset.regions import PLANE
from .fits import fits_of
from .heldout import FOLDER, TESTS, question_of
from .measures import measures, usual
from .params import RelaxationParams
from .predictor.facts import describe
from .predictor.packing import pack
from .report import REPORT
from .samples.augment import open_augment
from .samples.source import open_source
from .samples.stream import open_stream
from .samples.targets import TARGETS, targets_of

if TYPE_CHECKING:
    from relaxnet.datasets.validation import ValidationReport

DESCRIPTION = """\
Networks that estimate ln A, dh, x and beta of the TNM model from six heating scans.

Tag `kind` says what a run is:

| kind | what |
|---|---|
| `train` | one of the models in `params.yaml`, with its test (`dvc repro`) |
| `search`, `trial` | a hyper-parameter search and its trials |
| `final` | the training of what a search found, with its test (`make searches`) |
| `grid`, `cell` | a grid of trainings, such as the study of architectures, and its trainings (`make architectures`) |

Filter with `tags.kind = 'train'`, group by `architecture`, `subset` or `w_ln_a` (the weight of ln A in the loss, the
paper's w_log(A)), or select runs and *Compare*: the parameters are flat, so that parallel coordinates can take any
of them. `validation.relative_rmse` (below 1: better than the training mean) is what search and registry go by; it is
taken on measured scans of a tuning set. `test.<target>.within_<threshold>` are the paper's figures, on unseen quartets
of a model's own data; `test.between_noisy.<target>...` those on measured scans of any quartets of the region.
"""

# errors on the foremost test sets
HEADLINE = tuple(f"test.{name}.{target}.mae" for name in TESTS.headline for target in TARGETS.names)


def simulate(subset: str, params: RelaxationParams, workspace: Path) -> Path:
    """Simulate the quartets of a subset, or its test sets; an interrupted run's shards are kept in ``workspace``."""
    if subset.startswith(FOLDER):
        from .testsets import simulate_test_sets

        return simulate_test_sets(subset.removeprefix(FOLDER), params, workspace)
    from relaxnet.core.executors import make_executor

    from .dataset import shard_code, write_dataset
    from .dataset.sampling import training_sample
    from .physics import chr_program
    from .physics.kernels.compiling import announced

    config = params.simulate
    executor = make_executor(config.executor, workers=config.workers, dask_address=config.dask_address)
    sample = training_sample(subset, config.sampling, config.count, config.seed)
    count = len(sample.parameters)
    folder = workspace / f"{subset}-{config.sampling}-{count}-{config.seed}-{shard_code()}"
    with announced(), tqdm(total=count, desc=f"simulate {subset}", unit="quartet", mininterval=2.0) as bar:
        write_dataset(
            folder, sample.parameters, source=sample.source, program=chr_program(), seed=config.seed,
            index=sample.index, executor=executor, progress=bar.update, notice=partial(bar.write, file=sys.stderr),
        )  # fmt: skip
    return folder


def validate(subset: str, params: RelaxationParams, data: Path) -> ValidationReport:
    """Judge the dataset of a subset, or its test sets."""
    if subset.startswith(FOLDER):
        from .testsets import judge_test_sets

        return judge_test_sets(subset.removeprefix(FOLDER), params, data)
    from .dataset import Dataset, subset_size
    from .dataset.regions import region_of
    from .expectations.dataset import validate_dataset

    expected = params.simulate.count or subset_size(subset)
    on_lattice = params.simulate.sampling == "lattice"
    return validate_dataset(
        Dataset(data), params.validate_, expected_quartets=expected,
        subset=subset if on_lattice else None, region=None if on_lattice else region_of(subset),
    )  # fmt: skip


def data_params(params: RelaxationParams) -> Mapping[str, Any]:
    """Number of quartets, where they lie, and their seed."""
    config = params.simulate
    return {"quartets": config.quartets_per_subset, "sampling": config.sampling, "data_seed": config.seed}


STUDY = Study(
    name="relaxation",
    origin=f"{__name__}:STUDY",
    params=RelaxationParams,
    simulate=simulate,
    validate=validate,
    targets=targets_of,
    source=open_source,
    report=REPORT,
    description=DESCRIPTION,
    model_description="Network that estimates ln A, dh (J/mol), x and beta from six heating scans.",
    stream=open_stream,
    augment=open_augment,
    evaluated=usual,
    measures=measures,
    data_params=data_params,
    tests=TESTS,
    question=question_of,
    fits=fits_of,
    further={"universal": PLANE},
    headline=HEADLINE,
    packing=Packing(describe=describe, pack=pack),
)
