"""The study *elasticity*: networks that estimate the stiffness of a periodic two-phase cell from its image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from relaxnet.workflow.packing import Packing
from relaxnet.workflow.study import Study

from .dataset.config import SimulateConfig
from .measures import measures
from .params import ElasticityParams
from .predictor.facts import describe
from .predictor.packing import pack
from .report import REPORT
from .samples.source import open_source
from .samples.symmetries import open_stream
from .samples.targets import targets_of
from .stages import TRAINED_BY

if TYPE_CHECKING:
    from relaxnet.datasets.validation import ValidationReport

DESCRIPTION = """\
Networks that estimate the nine elastic constants, in GPa, of a periodic two-phase cell, extruded along axis 3, from an
image of its microstructure.

Tag `kind` says what a run is: `train` one of the models in `params.yaml`, with its test; `search` and `trial` a
hyper-parameter search (the grid of the course, say) and its trials; `grid` and `cell` a grid of trainings.

`net_weights` and `start` say what the weights of an ImageNet backbone were before: `none` is random. Errors are to
be read beside the spread of a constant: `test.C11.nrmse` is the root-mean-square error in standard deviations of the
test cells, `test.C11.r2` is 1 - nrmse². `validation.relative_rmse` is what search and registry go by.
"""


def simulate(subset: str, params: ElasticityParams, workspace: Path) -> Path:
    """Draw and homogenise the cells of a subset, or load a folder's; interrupted work waits in ``workspace``."""
    from relaxnet.core.errors import InvalidInputError

    from .dataset.apart import taken_before
    from .dataset.writer import data_code, write
    from .physics.kernels.compiling import announced

    if subset not in params.simulate:
        raise InvalidInputError("subset", subset, f"one of {', '.join(params.simulate)}")
    config = params.simulate[subset]
    folder = workspace / f"{subset}-{data_code()}"  # of other params no shard is kept
    count = config.cells if isinstance(config, SimulateConfig) else None
    with announced(), tqdm(total=count, desc=f"simulate {subset}", unit="cell", mininterval=2.0) as bar:
        write(folder, config, taken=taken_before(params.simulate, subset), progress=bar.update)
    return folder


def validate(subset: str, params: ElasticityParams, data: Path) -> ValidationReport:
    """Judge the cells of a subset."""
    from .expectations.cells import validate

    return validate(subset, params, data)


def data_params(params: ElasticityParams) -> Mapping[str, Any]:
    """Number of cells of each subset, or the folder that they are from."""
    return {
        f"{subset}_cells": config.cells if isinstance(config, SimulateConfig) else config.folder
        for subset, config in params.simulate.items()
    }


STUDY = Study(
    name="elasticity",
    origin=f"{__name__}:STUDY",
    params=ElasticityParams,
    simulate=simulate,
    validate=validate,
    targets=targets_of,
    source=open_source,
    report=REPORT,
    description=DESCRIPTION,
    model_description="Network that estimates nine elastic constants (GPa) of a periodic cell from its image.",
    stream=open_stream,
    measures=measures,
    data_params=data_params,
    trained_by=TRAINED_BY,
    headline=("test.C11.nrmse", "test.C12.nrmse", "test.C44.nrmse", "test.C66.nrmse"),
    files=ElasticityParams.files,
    packing=Packing(describe=describe, pack=pack),
)
