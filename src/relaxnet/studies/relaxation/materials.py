"""Real materials, by the parameters that open sources print: a test from outside the training data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.core.backend import prepare_backend
from relaxnet.core.files import atomic_path
from relaxnet.core.notices import notice
from relaxnet.training.estimator import Estimator

from .dataset.state_space import ln_a_bounds
from .estimation.scans import MeasuredScans, simulate_scans
from .external import EXTERNAL
from .physics import PARAMETER_NAMES
from .physics.published import MATERIALS
from .samples.source import laid_out
from .universal.estimator import UniversalEstimator

if TYPE_CHECKING:
    from relaxnet.workflow.project import Project
    from relaxnet.workflow.study import Study

    from .params import RelaxationParams

Float = NDArray[np.float64]
WHOLE = "G"  # subset that covers the whole plane
COLUMNS = ["material", "target", "true", "estimate", "inside_plane"]
STEP_K = 0.1  # between the points of a simulated measurement


def network_input(sample: MeasuredScans, grid_k: Float) -> NDArray[np.float32]:
    """Measured scans as network input of shape (1, points, scans).

    Outside the measured range the signal is glass (0) or liquid (1), as exact as the plateaus that a user would
    extrapolate.
    """
    columns = [np.interp(grid_k, scan.temperature_k, scan.cp_n, left=0.0, right=1.0) for scan in sample.scans]
    return np.stack(columns, axis=-1)[None].astype(np.float32)


def measured_materials(noise: float, seed: int) -> dict[str, MeasuredScans]:
    """Scans of the materials as they would be measured, with noise of their own each."""
    found = {}
    for number, (material, parameters) in enumerate(MATERIALS.items()):
        generator = np.random.default_rng([seed, number])
        sets = parameters.as_array()[None]
        (found[material],) = simulate_scans(sets, noise=noise, generator=generator, step_k=STEP_K)
    return found


def estimate_materials(
    estimate: Callable[[MeasuredScans], Float], samples: Mapping[str, MeasuredScans]
) -> pd.DataFrame:
    """Estimate the materials: columns ``material, target, true, estimate, inside_plane``.

    ``estimate`` gives the four parameters of a sample, shape (4,).  The last column tells whether the material lies in
    the training plane of (dh, ln A).
    """
    rows = []
    for material, sample in samples.items():
        parameters = MATERIALS[material]
        low, high = ln_a_bounds(np.array([parameters.dh_j_per_mol]))
        inside = bool(low[0] <= parameters.ln_a <= high[0])
        rows += [
            (material, name, getattr(parameters, name), value, inside)
            for name, value in zip(PARAMETER_NAMES, estimate(sample), strict=True)
        ]
    return pd.DataFrame(rows, columns=COLUMNS)


def write_materials(study: Study[Any], project: Project, params: RelaxationParams) -> None:
    """Stage *materials*: estimate the materials by every model of the whole plane, into ``materials.csv``.

    Without such a model the file has no rows, and the report no such table.
    """
    prepare_backend(params.compare.noise_seed)
    estimates: dict[str, Callable[[MeasuredScans], Float]] = {}
    for name, model in params.models.items():
        if model.subset == WHOLE:
            estimates[name] = partial(_by_network, Estimator.load(project.models / name))
    for name in study.further:
        if (project.models / name).is_dir():
            estimates[name] = partial(_by_universal, UniversalEstimator.load(project.models / name))
    if not estimates:
        notice(f"models = {', '.join(params.models)}: none of subset {WHOLE}, so no real material is estimated")
    samples = measured_materials(params.compare.noise, params.compare.noise_seed) if estimates else {}
    tables = [pd.DataFrame(columns=["model", *COLUMNS])]
    for name, estimate in estimates.items():
        tables.append(estimate_materials(estimate, samples).assign(model=name)[["model", *COLUMNS]])
    table = pd.concat(tables[1:] or tables)
    with atomic_path(project.evaluation / EXTERNAL.file) as part:
        table.to_csv(part, index=False, float_format="%.9g")


def _by_network(estimator: Estimator, sample: MeasuredScans) -> Float:
    return np.asarray(estimator.estimate(network_input(sample, laid_out(estimator.layout)))[0])


def _by_universal(estimator: UniversalEstimator, sample: MeasuredScans) -> Float:
    return np.asarray(estimator.estimate([sample]).parameters[0])
