"""What a dataset of molecules must fulfil, judged by Great Expectations."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from relaxnet.core.text import begin_sentence
from relaxnet.datasets.judge import Check, between, judge
from relaxnet.datasets.validation import Histogram, ValidationReport, number_text

from ..dataset.config import SimulateConfig, ValidateConfig
from ..dataset.reader import Dataset, read_dataset
from ..physics.constants import LEVELS, MAX_ATOMS
from ..physics.coulomb import LEAST_DISTANCE_ANGSTROM
from ..physics.spectra import WINDOW_EV
from .table import homo_rank_correlation, molecule_table

if TYPE_CHECKING:
    from ..params import SpectroscopyParams

SAMPLE = 2000  # molecules whose bonds are looked at again
_SINGLE = 1e-6  # relative, of numbers in single precision
_AREA_DECADES = (-9, 0)  # of the histogram


def validate(subset: str, params: SpectroscopyParams, data: Path) -> ValidationReport:
    """Judge the molecules of a subset: counts, geometries, Coulomb matrices, levels, spectra, copies, agreement.

    Raises
    ------
    DataFileError
        If the files cannot be read.
    """
    config, asked = params.validate_, params.simulate[subset]
    dataset = read_dataset(data)
    molecules = dataset.molecules
    table = molecule_table(molecules, config, params.split, sample=SAMPLE)
    stated, correlation = homo_rank_correlation(molecules)
    checks = [*_draw_checks(asked), *_geometry_checks(), *_level_checks(), *_spectrum_checks(config), *_copy_checks()]
    table["drawn"] = dataset.metadata.molecules
    if stated >= config.homo_molecules:
        # NaN would not be judged
        table["homo_rank_correlation"] = np.nan_to_num(correlation, nan=-1.0)
        checks.append(
            between("Rank correlation of the highest level with the HOMO that the source states",
                    "homo_rank_correlation", config.homo_rank_correlation, 1.0)
        )  # fmt: skip
    results = judge(table, checks, "molecule")
    return ValidationReport(
        subset=subset,
        success=all(result.success for result in results),
        sample="molecule",
        samples="molecules",
        counts=_counts(dataset, table, stated, correlation),
        histograms=_histograms(table, config),
        results=tuple(results),
        metadata={"Molecules drawn": dataset.metadata.molecules, "Seed": dataset.metadata.source.get("seed", "–")},
        files={file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(data.glob("*.parquet"))},
    )


def _draw_checks(asked: SimulateConfig) -> list[Check]:
    checks = [
        between("Molecules are in the order of the draw: least step of their numbers", "number_step", 1, None),
        Check("No molecule of the source occurs twice", "different names", "ExpectColumnValuesToBeUnique",
              {"column": "name"}, "count", "repeated"),
    ]  # fmt: skip
    if asked.molecules is not None:
        checks.append(between("As many were drawn as are asked for", "drawn", asked.molecules, asked.molecules))
    return checks


def _geometry_checks() -> list[Check]:
    return [
        between("Number of atoms", "atoms", 1, MAX_ATOMS),
        between("Atoms are of the elements H, C, N, O and F: others", "unknown_atoms", 0, 0),
        between("Atoms come first, and then none", "atoms_after_gaps", 0, 0),
        between("Positions of no atom are 0", "position_of_no_atom", 0, 0, "Å"),
        between("Least distance of two atoms", "nearest_angstrom", LEAST_DISTANCE_ANGSTROM, None, "Å"),
        between("Coulomb matrices are symmetric: largest difference", "asymmetry", 0, 0, "hartree"),
        between("Coulomb matrices are 0 past the atoms", "padding", 0, 0, "hartree"),
        between("Diagonals of the Coulomb matrices are those of the atoms (relative)", "diagonal_error", None, _SINGLE),
    ]


def _level_checks() -> list[Check]:
    low, high = WINDOW_EV
    return [
        between("No level is missing or infinite", "non_finite_levels", 0, 0),
        between("Levels ascend: least step", "least_level_step_ev", 0, None, "eV"),
        between("Lowest levels are within the window of the spectra", "lowest_level_ev", low, None, "eV"),
        between("Highest levels are within the window of the spectra", "highest_level_ev", None, high, "eV"),
    ]


def _spectrum_checks(config: ValidateConfig) -> list[Check]:
    least, most = LEVELS * (1 - config.area_tolerance), LEVELS * (1 + config.area_tolerance)
    shown = f"sigma {config.sigma_ev:g} eV, {config.points} points"
    return [between(f"Areas of the spectra ({shown}) are their {LEVELS} levels", "area", least, most)]


def _copy_checks() -> list[Check]:
    return [
        between("Bonds are those of the identity (sample)", "identity_error", 0, 0),
        between("Copies of one geometry are of one identity", "identities_of_geometry", 1, 1),
        between("Molecules of one identity stay in one part: training, validation or test", "parts_of_identity", 1, 1),
    ]


def _counts(dataset: Dataset, table: pd.DataFrame, stated: int, correlation: float) -> dict[str, Any]:
    reasons = Counter(one.reason for one in dataset.dropped)
    counts: dict[str, Any] = {
        "Molecules": len(table),
        **{f"Dropped: {reason}": count for reason, count in sorted(reasons.items())},
        "Different identities": len(np.unique(dataset.molecules.group)),
        "With the geometry of an earlier one": int(table["geometry"].duplicated().sum()),
        "Whose source states a HOMO": stated,
    }
    if np.isfinite(correlation):
        counts["Rank correlation of the highest level with it"] = number_text(float(f"{correlation:.4g}"))
    return {begin_sentence(name): value for name, value in counts.items()}


def _histograms(table: pd.DataFrame, config: ValidateConfig) -> tuple[Histogram, ...]:
    areas = Histogram.of(
        np.abs(table["area"] / LEVELS - 1), _AREA_DECADES, title="Areas of the spectra",
        axis=f"difference from {LEVELS} levels, relative (–)", limit=config.area_tolerance, limit_words="allowed up to",
    )  # fmt: skip
    return (areas,)
