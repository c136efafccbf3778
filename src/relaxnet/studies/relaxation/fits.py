"""Stage *fit*: the plain least-squares fit to measured scans of the test sets, beside which the networks are judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import read_json, write_json
from relaxnet.core.processes import usable_processors

from .dataset.measured import NOISY
from .dataset.regions import BETWEEN, LATTICE
from .estimation.plain_fit import fit_many
from .heldout import FOLDER, data_name
from .physics import PARAMETER_NAMES
from .scan_source import SAMPLES, SampleSource

if TYPE_CHECKING:
    from pathlib import Path

    from relaxnet.workflow.params import ModelConfig
    from relaxnet.workflow.project import Project
    from relaxnet.workflow.study import Study

    from .params import RelaxationParams

SETS = (LATTICE + NOISY, BETWEEN + NOISY)


def write_fits(study: Study[Any], project: Project, params: RelaxationParams, subset: str) -> None:
    """Fit the first quartets of a subset's noisy test sets, lag included, into ``reports/<study>/fits/<subset>.json``.

    The file holds the mean absolute error of each parameter on each set, and how many quartets were fitted.

    Raises
    ------
    DataFileError
        If a test set is missing or damaged.
    """
    folder, count = project.data / "test" / subset, params.fit.quartets
    found: dict[str, Any] = {}
    with tqdm(total=len(SETS) * count, desc=f"{subset}: fit", unit="quartet", mininterval=2.0) as bar:
        for name in SETS:
            source = SampleSource(folder, name)
            index = study.kept(source, np.arange(len(source.targets)), params)[:count]
            samples = list(source.inputs(index)[SAMPLES])
            results = fit_many(samples, lag="fitted", workers=usable_processors(), progress=bar.update)
            error = np.abs(np.array([result.parameters for result in results]) - source.targets[index])
            mean = np.nanmean(error, axis=0)
            found[name] = {
                "quartets": len(index),
                "not_fitted": int(np.isnan(error).any(axis=1).sum()),
                "mae": dict(zip(PARAMETER_NAMES, mean.tolist(), strict=True)),
            }
    write_json(_file(project, subset), found)


def fitted_errors(project: Project, subset: str) -> Mapping[str, Mapping[str, float]]:
    """Mean absolute errors of the fits by test set and parameter; none where the stage has not run.

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
        return {name: {key: float(error) for key, error in found["mae"].items()} for name, found in values.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataFileError(f"{file}: not the errors of fits ({error!r})") from None


def fits_of(project: Project, model: ModelConfig) -> Mapping[str, Mapping[str, float]]:
    """Errors of the fits to the test sets of a model."""
    return fitted_errors(project, data_name(model).removeprefix(FOLDER))


def _file(project: Project, subset: str) -> Path:
    return project.reports / "fits" / f"{subset}.json"
