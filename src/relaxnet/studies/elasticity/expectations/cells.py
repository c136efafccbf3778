"""What a dataset of cells must fulfil, judged by Great Expectations."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from relaxnet.core.errors import DataFileError, ValidationFailedError
from relaxnet.core.text import begin_sentence
from relaxnet.datasets.judge import Check, between, judge
from relaxnet.datasets.validation import Histogram, ValidationReport

from ..dataset.cells import Cells
from ..dataset.config import SimulateConfig, subsets_before
from ..dataset.digits import stored
from ..dataset.drawing import morphology_shares
from ..dataset.reader import read, read_table
from ..dataset.schema import table_cells
from .table import cell_table, copies_of, share_deviation

if TYPE_CHECKING:
    from ..params import ElasticityParams

_ROUNDING = 2e-9  # of quotients of numbers with ten digits
_SHARE_DEVIATIONS = 5.0  # by chance in less than one of 10 000 datasets, small ones included
_ERROR_DECADES = (-12, 0)  # of the histogram


def validate(subset: str, params: ElasticityParams, data: Path) -> ValidationReport:
    """Judge the cells of a subset: numbers, phases and images as asked for, bounds, symmetry, copies.

    The subsets that it is apart from lie beside ``data``.

    Raises
    ------
    DataFileError
        If the files cannot be read.
    ValidationFailedError
        If those of another subset, of which this one must hold no copy, cannot be read.
    """
    config, asked = params.validate_, params.simulate[subset]
    metadata, rows = read_table(data)
    cells = table_cells(rows, metadata.size)
    columns = rows.select(["cell", "volume_fraction"]).to_pandas()
    table = cell_table(cells, columns, params.split, turned_sample=config.turned_sample)
    checks = [*_form_checks(), *_stiffness_checks(config.tolerance), *_copy_checks()]
    if isinstance(asked, SimulateConfig):  # and not a folder from elsewhere
        table["share_deviation"] = share_deviation(cells.morphology, morphology_shares(asked))
        checks += _asked_checks(asked)
    others = subsets_before(params.simulate, subset)
    if others:
        table["copy_elsewhere"] = copies_of(cells, [_other(subset, data.parent / other) for other in others])
        checks.append(between(f"No cell is a copy of one in {', '.join(others)}", "copy_elsewhere", 0, 0))
    results = judge(table, checks, "cell")
    return ValidationReport(
        subset=subset,
        success=all(result.success for result in results),
        sample="cell",
        samples="cells",
        counts=_counts(table),
        histograms=_histograms(table, config.tolerance),
        results=tuple(results),
        metadata={"Cells": metadata.cells, "Size (pixels)": metadata.size, "Seed": metadata.source.get("seed", "–")},
        files={file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(data.glob("*.parquet"))},
    )


def _other(subset: str, data: Path) -> Cells:
    try:
        return read(data)
    except DataFileError as error:
        raise ValidationFailedError(f"{subset} must hold no copy of a cell of subset {data.name}: {error}") from None


def _form_checks() -> list[Check]:
    return [
        between("Cells are numbered from 0 without gaps", "numbering_gap", 0, 0),
        between("Images have two phases: pixels of the rarer one", "pixels_of_the_rarer_phase", 1, None),
        between("Stored volume fractions are those of the images", "fraction_error", None, _ROUNDING),
        between("Phases are stable solids: Young's moduli above 0, Poisson's ratios between -1 and 0.5",
                "unphysical_phases", 0, 0),
    ]  # fmt: skip


def _asked_checks(asked: SimulateConfig) -> list[Check]:
    """Of drawn cells: they are those that the params ask for."""
    (low, high), names, phases = asked.volume_fraction, sorted(asked.morphologies), asked.phases
    layer = 1 / asked.size  # to which laminates and checkerboards meet their fraction
    low_contrast, high_contrast = phases.contrasts[0] * (1 - _ROUNDING), phases.contrasts[1] * (1 + _ROUNDING)
    e_soft, nu_soft, nu_stiff = stored([phases.e_soft_gpa, phases.nu_soft, phases.nu_stiff]).tolist()
    return [
        Check("All cells are there", str(asked.cells), "ExpectTableRowCountToEqual", {"value": asked.cells}, "rows"),
        Check("Morphologies are those asked for", ", ".join(names), "ExpectColumnValuesToBeInSet",
              {"column": "morphology", "value_set": names}, "count", "of others"),
        between("Shares of the morphologies are as asked for: largest deviation, in its standard deviations",
                "share_deviation", None, _SHARE_DEVIATIONS),
        between("Volume fractions are as asked for", "volume_fraction", low - layer, high + layer),
        between("Contrasts are as asked for", "contrast", low_contrast, high_contrast),
        between("Young's modulus of the soft phase is as asked for", "e_soft_gpa", e_soft, e_soft, "GPa"),
        between("Poisson's ratio of the soft phase is as asked for", "nu_soft", nu_soft, nu_soft),
        between("Poisson's ratio of the stiff phase is as asked for", "nu_stiff", nu_stiff, nu_stiff),
        Check("No image occurs twice with the same phases", "different images", "ExpectColumnValuesToBeUnique",
              {"column": "image"}, "count", "repeated"),
    ]  # fmt: skip


def _stiffness_checks(tolerance: float) -> list[Check]:
    return [
        between("No constant is missing or infinite", "non_finite_values", 0, 0),
        between("Stiffness is positive definite: least eigenvalue over the largest", "least_eigenvalue", 0, None,
                 strict_min=True),
        between("Stiffness is above Reuss's: least eigenvalue of the difference, relative to Voigt's",
                 "reuss_margin", -tolerance, None),
        between("Stiffness is below Voigt's: least eigenvalue of the difference, relative to Voigt's",
                 "voigt_margin", -tolerance, None),
        between("Traces are above the lower Hashin-Shtrikman bounds (relative)", "lower_margin", -tolerance, None),
        between("Traces are below the upper Hashin-Shtrikman bounds (relative)", "upper_margin", -tolerance, None),
        between("Hill's relations between the constants hold (relative to C33)", "hill_error", None, tolerance),
        between("A quarter turn swaps 1 and 2, 4 and 5 (sample, homogenised again)", "turned_error", None, tolerance),
    ]  # fmt: skip


def _copy_checks() -> list[Check]:
    return [
        between("Translated, mirrored and turned copies are known as such", "group_error", 0, 0),
        between("Copies stay in one part: training, validation or test", "parts_of_group", 1, 1),
    ]  # fmt: skip


def _counts(table: pd.DataFrame) -> dict[str, Any]:
    counts = {begin_sentence(str(name)): int(count) for name, count in table["morphology"].value_counts().items()}
    return {
        "Cells": len(table),
        **dict(sorted(counts.items())),
        "Turned and homogenised again": int(table["turned_error"].notna().sum()),
        "With ordered phases, judged by Hashin-Shtrikman bounds": int(table["lower_margin"].notna().sum()),
    }


def _histograms(table: pd.DataFrame, tolerance: float) -> tuple[Histogram, ...]:
    errors = Histogram.of(
        table["turned_error"], _ERROR_DECADES, title="Errors of cells turned and homogenised again",
        axis="largest difference, relative to the largest constant (–)", limit=tolerance, limit_words="allowed up to",
    )  # fmt: skip
    return (errors,)
