"""The table that validation looks at: one row of plain numbers a cell."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.datasets.split import SplitConfig, split

from ..dataset.cells import Cells
from ..dataset.grouping import fingerprints, groups
from ..physics.bounds import matrices, voigt_reuss
from ..physics.constants import PHASE_COLUMNS, TURNED
from ..physics.hashin_shtrikman import bound_margins
from ..physics.homogenise import homogenise
from ..physics.phases import lame, physical

Float = NDArray[np.float64]

_SAMPLE_SEED = 20250702
_ANY_PHASES = (1.0, 0.3, 2.0, 0.3)  # in place of those that no solid has, whose stiffness cannot be judged
_TIGHT = 1e-6  # so that the difference tells the error of the stored constants


def cell_table(cells: Cells, stored: pd.DataFrame, parts: SplitConfig, *, turned_sample: int) -> pd.DataFrame:
    """Compute the numbers that validation judges.

    ``stored`` has the columns ``cell`` and ``volume_fraction`` of the files; the columns of the result are NaN where a
    check does not apply.  ``turned_sample`` cells are turned by a quarter and homogenised again.
    """
    stable = np.all(
        [physical(name, column) for name, column in zip(PHASE_COLUMNS, cells.phases.T, strict=True)], axis=0
    )
    given, cells = cells.phases, replace(cells, phases=np.where(stable[:, None], cells.phases, _ANY_PHASES))
    fraction = cells.fraction
    finite = stable & np.isfinite(cells.stiffness_gpa).all(axis=1)
    stiffness = matrices(np.where(finite[:, None], cells.stiffness_gpa, 1.0))
    reuss, voigt = voigt_reuss(fraction, cells.phases)
    lower, upper = bound_margins(cells.images, stiffness, cells.phases)
    eigenvalues = np.linalg.eigvalsh(stiffness)
    columns: dict[str, NDArray] = {
        "numbering_gap": stored["cell"].to_numpy() - np.arange(len(cells)),
        "fraction_error": np.abs(stored["volume_fraction"].to_numpy() - fraction),
        "volume_fraction": fraction,
        "pixels_of_the_rarer_phase": _rarer(cells.images),
        "non_finite_values": (~np.isfinite(cells.stiffness_gpa)).sum(axis=1),
        "least_eigenvalue": eigenvalues[:, 0] / eigenvalues[:, -1],
        "reuss_margin": _least(stiffness - reuss, voigt),
        "voigt_margin": _least(voigt - stiffness, voigt),
        "lower_margin": lower.min(axis=1),
        "upper_margin": upper.min(axis=1),
        "hill_error": _hill_error(cells, voigt),
        "turned_error": _turned_error(cells, turned_sample),
        "unphysical_phases": (~stable).astype(int),
        "contrast": cells.phases[:, 2] / cells.phases[:, 0],
        "image": _digests(cells),
        "group_error": (cells.group != groups(cells.images)).astype(int),
        "parts_of_group": _parts_of_group(cells.group, parts),
    }
    for name in ("least_eigenvalue", "reuss_margin", "voigt_margin", "lower_margin", "upper_margin"):
        columns[name] = np.where(finite, columns[name], -np.inf)
    columns["hill_error"] = np.where(finite, columns["hill_error"], np.inf)
    table = pd.DataFrame({"cell": stored["cell"].to_numpy(), "morphology": cells.morphology, **columns})
    return table.assign(**dict(zip(PHASE_COLUMNS, given.T, strict=True)))


def share_deviation(morphology: NDArray[np.str_], shares: Mapping[str, float]) -> float:
    """How far the shares of the morphologies are from those asked for, in binomial standard deviations; the largest.

    Examples
    --------
    >>> round(share_deviation(np.array(["voronoi"] * 40 + ["laminate"] * 60), {"voronoi": 0.5, "laminate": 0.5}), 6)
    2.0
    """
    n = len(morphology)
    return max(
        abs(int((morphology == name).sum()) - n * share) / max(math.sqrt(n * share * (1 - share)), 1e-9)
        for name, share in shares.items()
    )


def copies_of(cells: Cells, others: Iterable[Cells]) -> NDArray[np.int64]:
    """1 where a cell is a translated, mirrored or turned copy of one of the others, else 0; shape (n,)."""
    taken = {found for other in others for found in fingerprints(other.images)}
    return np.array([found in taken for found in fingerprints(cells.images)], dtype=np.int64)


def _rarer(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    stiff = images.sum(axis=(1, 2), dtype=np.int64)
    return np.asarray(np.minimum(stiff, images[0].size - stiff))


def _least(difference: Float, scale: Float) -> Float:
    """Least eigenvalue of a difference of stiffness, relative to ``scale``."""
    root = np.linalg.inv(np.linalg.cholesky(scale))
    return np.asarray(np.linalg.eigvalsh(root @ difference @ root.swapaxes(1, 2))[:, 0])


def _hill_error(cells: Cells, voigt: Float) -> Float:
    """How far the constants are from Hill's relations between two-phase composites' constants, relative to C33.

    The strains that equal strains 11 and 22 cause in the plane are those of a strain 33, times the ratio of the jumps
    of the plane bulk modulus and of lambda (Hill 1964, doi:10.1016/0022-5096(64)90019-5).
    """
    lam, mu = lame(cells.phases)
    of_lam, of_bulk = np.diff(lam)[:, 0], np.diff(lam + mu)[:, 0]
    off = matrices(cells.stiffness_gpa) - voigt
    equal = off[:, :3, 0] + off[:, :3, 1]  # stresses under equal strains 11 and 22
    errors = 2 * of_bulk[:, None] * off[:, :3, 2] - of_lam[:, None] * equal
    scale = (np.abs(of_lam) + 2 * np.abs(of_bulk)) * cells.stiffness_gpa[:, 2]
    return np.asarray(np.abs(errors).max(axis=1) / np.where(scale > 0, scale, 1.0))


def _turned_error(cells: Cells, count: int) -> Float:
    """Relative difference, of a sample, from the homogenised constants of the cell turned by a quarter."""
    generator = np.random.default_rng(_SAMPLE_SEED)
    rows = np.sort(generator.choice(len(cells), min(count, len(cells)), replace=False))
    turned = homogenise(np.rot90(cells.images[rows], axes=(1, 2)), cells.phases[rows], tolerance=_TIGHT)
    errors = np.full(len(cells), np.nan)
    difference = np.abs(turned[:, list(TURNED)] - cells.stiffness_gpa[rows]).max(axis=1)
    errors[rows] = np.nan_to_num(difference / np.abs(turned).max(axis=1), nan=np.inf)
    return errors


def _digests(cells: Cells) -> NDArray:
    """What tells one image with its phases from another."""
    rows = zip(cells.images, cells.phases, strict=True)
    return np.array([hashlib.sha256(image.tobytes() + phases.tobytes()).hexdigest()[:16] for image, phases in rows])


def _parts_of_group(group: NDArray[np.int64], config: SplitConfig) -> NDArray[np.int64]:
    """In how many of the parts training, validation and test each cell's group is."""
    parts = split(len(group), config, group)
    present = np.stack([np.isin(group, group[rows]) for rows in (parts.train, parts.validation, parts.test)])
    return np.asarray(present.sum(axis=0))
