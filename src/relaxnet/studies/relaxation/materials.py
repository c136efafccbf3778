"""Real materials, by the parameters that open sources print: a test from outside the training data."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.cli.command import main as command
from .curves import read_curves
from .dataset.state_space import ln_a_bounds
from relaxnet.core.errors import DataFileError
from .physics import GAS_CONSTANT, ZERO_CELSIUS_K, TNMParameters
from relaxnet.training.estimator import Estimator

Float = NDArray[np.float64]


def _material(dh_over_r_kk: float, ln_a: float, x: float, beta: float) -> TNMParameters:
    return TNMParameters(ln_a, dh_over_r_kk * 1e3 * GAS_CONSTANT, x, beta)


MATERIALS = {
    "As2Se3": _material(38.3, -79.21, 0.57, 0.71),
    "a-Se": _material(42.8, -133.0, 0.52, 0.65),
    "acetaminophen": _material(55.0, -183.0, 0.40, 0.75),
}


def simulate_curves(parameters: TNMParameters, path: Path) -> None:
    """Simulate a material through the command line into a tidy curve file.

    Raises
    ------
    DataFileError
        If the command fails (it prints why).
    """
    arguments = [
        "simulate",
        f"--ln-a={parameters.ln_a!r}",
        f"--dh={parameters.dh_j_per_mol!r}",
        f"--x={parameters.x!r}",
        f"--beta={parameters.beta!r}",
        f"--output={path}",
    ]
    with contextlib.redirect_stdout(None):
        status = command(arguments)
    if status != 0:
        raise DataFileError(f"relaxnet {' '.join(arguments)}: exit status {status}")


def curves_on_grid(path: Path, grid_k: Float, noise: float, generator: np.random.Generator) -> NDArray[np.float32]:
    """Read a tidy curve file as network input of shape (1, points, scans).

    Noise is added to each measured point; outside the measured range the signal is glass (0) or liquid (1), as exact
    as the plateaus that a user would extrapolate.
    """
    columns = []
    for _, (temperature_c, cp_n) in sorted(read_curves(path).items()):
        noisy = cp_n + noise * generator.standard_normal(len(cp_n))
        columns.append(np.interp(grid_k, temperature_c + ZERO_CELSIUS_K, noisy, left=0.0, right=1.0))
    return np.stack(columns, axis=-1)[None].astype(np.float32)


def estimate_materials(estimator: Estimator, folder: Path, noise: float, seed: int) -> pd.DataFrame:
    """Simulate the materials into ``folder``, add noise, estimate.

    Returns
    -------
    DataFrame
        Columns ``material, target, true, estimate, inside_plane``; the last tells whether the material lies in the
        training plane of (dh, ln A).
    """
    rows = []
    for number, (material, parameters) in enumerate(MATERIALS.items()):
        path = folder / f"{material}.csv"
        simulate_curves(parameters, path)
        generator = np.random.default_rng([seed, number])
        estimate = estimator.estimate(curves_on_grid(path, estimator.axis, noise, generator))[0]
        low, high = ln_a_bounds(np.array([parameters.dh_j_per_mol]))
        inside = bool(low[0] <= parameters.ln_a <= high[0])
        rows += [
            (material, name, getattr(parameters, name), value, inside)
            for name, value in zip(estimator.targets.names, estimate, strict=True)
        ]
    return pd.DataFrame(rows, columns=["material", "target", "true", "estimate", "inside_plane"])
