"""Real materials, by the parameters that open sources print: a test from outside the training data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.core.backend import prepare_backend
from relaxnet.core.files import atomic_path
from relaxnet.core.notices import notice
from relaxnet.training.estimator import Estimator
from relaxnet.workflow.project import Project

from .dataset.state_space import ln_a_bounds
from .estimation.scans import simulate_scans
from .external import EXTERNAL
from .physics import TNMParameters
from .physics.published import MATERIALS
from .samples.source import laid_out

if TYPE_CHECKING:
    from .params import RelaxationParams

Float = NDArray[np.float64]
WHOLE = "G"  # subset that covers the whole plane
COLUMNS = ["material", "target", "true", "estimate", "inside_plane"]
STEP_K = 0.1  # between the points of a simulated measurement


def network_input(
    parameters: TNMParameters, grid_k: Float, noise: float, generator: np.random.Generator
) -> NDArray[np.float32]:
    """Scans as they would be measured, as network input of shape (1, points, scans).

    Outside the measured range the signal is glass (0) or liquid (1), as exact as the plateaus that a user would
    extrapolate.
    """
    (sample,) = simulate_scans(parameters.as_array()[None], noise=noise, generator=generator, step_k=STEP_K)
    columns = [np.interp(grid_k, scan.temperature_k, scan.cp_n, left=0.0, right=1.0) for scan in sample.scans]
    return np.stack(columns, axis=-1)[None].astype(np.float32)


def estimate_materials(estimator: Estimator, noise: float, seed: int) -> pd.DataFrame:
    """Simulate the materials, add noise, estimate: columns ``material, target, true, estimate, inside_plane``.

    The last tells whether the material lies in the training plane of (dh, ln A).
    """
    rows = []
    grid_k = laid_out(estimator.layout)
    for number, (material, parameters) in enumerate(MATERIALS.items()):
        generator = np.random.default_rng([seed, number])
        estimate = estimator.estimate(network_input(parameters, grid_k, noise, generator))[0]
        low, high = ln_a_bounds(np.array([parameters.dh_j_per_mol]))
        inside = bool(low[0] <= parameters.ln_a <= high[0])
        rows += [
            (material, name, getattr(parameters, name), value, inside)
            for name, value in zip(estimator.targets.names, estimate, strict=True)
        ]
    return pd.DataFrame(rows, columns=COLUMNS)


def write_materials(_study: object, project: Project, params: RelaxationParams) -> None:
    """Stage *materials*: estimate the materials by every model of the whole plane, into ``materials.csv``.

    Without such a model the file has no rows, and the report no such table.
    """
    names = [name for name, model in params.models.items() if model.subset == WHOLE]
    if not names:
        notice(f"models = {', '.join(params.models)}: none of subset {WHOLE}, so no real material is estimated")
    prepare_backend(params.compare.noise_seed)
    tables = [pd.DataFrame(columns=["model", *COLUMNS])]
    for name in names:
        estimator = Estimator.load(project.models / name)
        found = estimate_materials(estimator, params.compare.noise, params.compare.noise_seed)
        tables.append(found.assign(model=name)[["model", *COLUMNS]])
    table = pd.concat(tables[1:] or tables)
    with atomic_path(project.evaluation / EXTERNAL.file) as part:
        table.to_csv(part, index=False, float_format="%.9g")
