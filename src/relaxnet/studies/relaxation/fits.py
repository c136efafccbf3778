"""Stage *fit*: the plain least-squares fit to measured scans of the test sets, beside which the networks are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import read_json, write_json
from relaxnet.core.processes import usable_processors
from relaxnet.reporting.records import FitRecord
from relaxnet.workflow.records import as_json
from relaxnet.workflow.validate import ensure_validated

from .dataset.measured import NOISY
from .dataset.regions import BETWEEN
from .estimation.plain_fit import fit_many
from .heldout import FOLDER, data_name
from .physics import PARAMETER_NAMES
from .scan_source import SAMPLES, SampleSource

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from relaxnet.workflow.params import ModelConfig
    from relaxnet.workflow.project import Project
    from relaxnet.workflow.study import Study

    from .estimation.plain_fit import FitResult
    from .params import RelaxationParams

FITTED = BETWEEN + NOISY


def write_fits(study: Study[Any], project: Project, params: RelaxationParams, subset: str) -> None:
    """Fit the first quartets of a subset's test set *between with noise* into ``reports/<study>/fits/<subset>.json``.

    The lag is fitted too.  The file holds a `FitRecord` for the set.

    Raises
    ------
    DataFileError
        If the test set is missing or damaged.
    ValidationFailedError
        If the test sets did not pass their validation.
    """
    ensure_validated(project, f"{FOLDER}{subset}")
    source = SampleSource(project.data / FOLDER / subset, FITTED)
    index = study.kept(source, np.arange(len(source.targets)), params)[: params.fit.quartets]
    with tqdm(total=len(index), desc=f"{subset}: fit", unit="quartet", mininterval=2.0) as bar:
        samples = list(source.inputs(index)[SAMPLES])
        results = fit_many(samples, lag="fitted", workers=usable_processors(), progress=bar.update)
    write_json(_file(project, subset), {FITTED: as_json(record(results, source.targets[index]))})


def record(results: Sequence[FitResult], truth: NDArray[np.float64]) -> FitRecord:
    """Errors of fits to samples whose parameters (N, 4) are known; one that failed has parameters that are NaN."""
    errors = np.array([fit.parameters for fit in results]).reshape(truth.shape) - truth
    succeeded = np.isfinite(errors).all(axis=1)
    mean = np.abs(errors[succeeded]).mean(axis=0).tolist() if succeeded.any() else []
    return FitRecord(
        fitted=len(errors), failed=int((~succeeded).sum()), mae=dict(zip(PARAMETER_NAMES, mean, strict=bool(mean)))
    )


def fits_to(project: Project, subset: str) -> Mapping[str, FitRecord]:
    """The fits to the test sets of a subset, by set; none where the stage has not run.

    Raises
    ------
    DataFileError
        If the file is damaged.
    """
    file = _file(project, subset)
    if not file.exists():
        return {}
    values = read_json(file)
    try:
        return {name: parse(FitRecord, found, name) for name, found in values.items()}
    except (AttributeError, InvalidInputError) as error:
        raise DataFileError(f"{file}: not the errors of fits ({error})") from None


def fits_of(project: Project, model: ModelConfig) -> Mapping[str, FitRecord]:
    """The fits to the test sets of a model."""
    return fits_to(project, data_name(model).removeprefix(FOLDER))


def _file(project: Project, subset: str) -> Path:
    return project.reports / "fits" / f"{subset}.json"
