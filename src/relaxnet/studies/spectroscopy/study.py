"""The study *spectroscopy*: networks that estimate the spectrum of a molecule's occupied levels from its geometry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from relaxnet.workflow.packing import Packing
from relaxnet.workflow.study import Study

from .measures import measures
from .params import SpectroscopyParams, question
from .predictor.facts import describe
from .predictor.packing import pack
from .report import REPORT
from .samples.augment import open_augment
from .samples.source import open_source
from .samples.targets import targets_of

if TYPE_CHECKING:
    from relaxnet.datasets.validation import ValidationReport

DESCRIPTION = """\
Networks that estimate the photoemission spectrum of a small organic molecule, in states per eV, from the Coulomb matrix
of its geometry: the 16 highest occupied levels, each a Gaussian.

Tag `kind` says what a run is: `train` one of the models in `params.yaml`, with its test; `search` and `trial` a
hyper-parameter search and its trials; `grid` and `cell` a grid of trainings.

Errors of spectra of different broadenings (`sigma_ev`) or numbers of points (`points`) are errors of different things;
the best of each is registered for itself. `test.accuracy` is the report's measure: 1 - √∫(T - P)² dE / ∫P dE, as a mean
over the test molecules; `test.negative_share` is the share of points with a negative intensity.
`validation.relative_rmse` is what search and registry go by.
"""


def simulate(subset: str, params: SpectroscopyParams, workspace: Path) -> Path:
    """Read the molecules of a subset and compute their levels; interrupted work waits in ``workspace``."""
    from relaxnet.core.errors import InvalidInputError

    from .dataset.writer import data_code, write

    if subset not in params.simulate:
        raise InvalidInputError("subset", subset, f"one of {', '.join(params.simulate)}")
    config = params.simulate[subset]
    folder = workspace / f"{subset}-{data_code(config)}"  # of other params no shard is kept
    with tqdm(total=config.molecules, desc=f"simulate {subset}", unit="molecule", mininterval=2.0) as bar:
        write(folder, config, progress=bar.update)
    return folder


def validate(subset: str, params: SpectroscopyParams, data: Path) -> ValidationReport:
    """Judge the molecules of a subset."""
    from .expectations.molecules import validate

    return validate(subset, params, data)


def data_params(params: SpectroscopyParams) -> Mapping[str, Any]:
    """Number of molecules of each subset, and where they are from."""
    return {
        f"{subset}_{key}": value
        for subset, config in params.simulate.items()
        for key, value in (("source", config.folder or "qm9pack"), ("molecules", config.molecules or "all"))
    }


def files(params: SpectroscopyParams) -> list[str]:
    """Folders of molecules that are named there."""
    return sorted({config.folder for config in params.simulate.values() if config.folder})


STUDY = Study(
    name="spectroscopy",
    origin=f"{__name__}:STUDY",
    params=SpectroscopyParams,
    simulate=simulate,
    validate=validate,
    targets=targets_of,
    source=open_source,
    report=REPORT,
    description=DESCRIPTION,
    model_description="Network that estimates the spectrum of the 16 highest levels (1/eV) of a molecule.",
    augment=open_augment,
    measures=measures,
    question=question,
    data_params=data_params,
    headline=("test.accuracy", "test.negative_share", "test.spectrum.mae"),
    files=files,
    packing=Packing(describe=describe, pack=pack),
)
