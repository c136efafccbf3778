"""What a dataset must fulfil, judged by Great Expectations."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from relaxnet.core.text import begin_sentence
from relaxnet.datasets.judge import Check, between, judge
from relaxnet.datasets.validation import Histogram, ValidationReport, rounded

from ..dataset.reader import Dataset
from ..dataset.schema import INDEX_COLUMNS, PARAMETER_COLUMNS
from ..dataset.state_space import DH_J_PER_MOL, LN_A_LIMITS, SHAPE_VALUES, SUBSETS
from ..physics.parameters import RANGES
from .places import place_checks, place_columns
from .quartets import column_table, quartet_table

if TYPE_CHECKING:
    from ..params import ValidateConfig

MIN_CP_N = -0.5  # q- = 20, q+ = 10 K/min, x = beta = 1 reaches -0.28: sub-Tg relaxation on heating
REPEAT_TOLERANCE = 5e-4  # stored nodes against a new simulation, relative to max(1, cp_n_max)
WINDOW_TOLERANCE = 1.1e-3  # the state space ends where the widest signal is within 1e-3 of the liquid
_ROUNDING = 1e-9
_AREA_DECADES = (-7, 1)  # of the histogram


def validate_dataset(
    dataset: Dataset, config: ValidateConfig, *, expected_quartets: int, subset: str | None = None,
    region: str | None = None, heights: bool = True, repeat_tolerance: float = REPEAT_TOLERANCE,
    progress: Callable[[int], object] | None = None,
) -> ValidationReport:  # fmt: skip
    """Judge a dataset; where its columns are wrong, nothing else is judged.

    Parameters
    ----------
    subset : str, optional
        The subset on whose lattice it must lie; by default it lies on none.
    region : str, optional
        For the latter, the region of the state space between whose lattice points it must lie.
    heights : bool
        Whether most peaks must have a usual height; a small sample may happen to have steeper ones.
    repeat_tolerance : float
        Of cp_n against a new simulation, relative to ``max(1, cp_n_max)``.
    progress : callable, optional
        Called with the number of quartets finished since the last call.

    Raises
    ------
    DataFileError
        If the files cannot be read.
    """
    files = sorted(dataset.path.glob("*.parquet")) if dataset.path.is_dir() else [dataset.path]
    source = dataset.metadata.source
    types = "The columns are those of a dataset, with their types", "names and types of the format"
    form = _stored_as_expected(*types, "count")
    results = judge(column_table(dataset, files), form, "column")
    asked = subset or region or source
    origin = _stored_as_expected("The file names the subset that was asked for", asked, "stored")
    sources = pd.DataFrame({"column": ["source"], "stored": [source], "expected": [asked]})
    results += judge(sources, origin, "column")
    table = None
    if results[0].success:
        sample = config.scaling_sample
        table = quartet_table(dataset, on_state_space=bool(subset or region), scaling_sample=sample, progress=progress)
        checks = _quartet_checks(
            dataset, config, subset, bool(region), expected_quartets, repeat_tolerance, heights, table
        )
        if region:
            table = table.assign(**place_columns(table, region))
            checks += [between(*entries) for entries in place_checks(region)]
        results += judge(table, checks, "quartet")
    return ValidationReport(
        subset=asked,
        success=all(result.success for result in results),
        sample="quartet",
        samples="quartets",
        counts=_counts(table, config) if table is not None else {},
        histograms=_histograms(table, config) if table is not None else (),
        results=tuple(results),
        metadata=_about(asdict(dataset.metadata)),
        files={file.name: _sha256(file) for file in files},
    )


def _stored_as_expected(name: str, allowed: str, observe: str) -> list[Check]:
    kwargs = {"column_A": "stored", "column_B": "expected", "ignore_row_if": "neither"}
    return [Check(name, allowed, "ExpectColumnPairValuesToBeEqual", kwargs, observe, "differ")]


def _quartet_checks(
    dataset: Dataset, config: ValidateConfig, subset: str | None, off_lattice: bool, expected_quartets: int,
    repeat_tolerance: float, heights: bool, table: pd.DataFrame,
) -> list[Check]:  # fmt: skip
    metadata, usual = dataset.metadata, config.usual_cp_n_max
    length = metadata.scans * metadata.nodes
    checks = [
        Check("Number of quartets", f"{expected_quartets}", "ExpectTableRowCountToEqual",
              {"value": expected_quartets}, "rows"),
        between("Quartets are numbered from 0 without gaps", "numbering_gap", 0, 0),
        between("Every quartet holds all nodes of all scans", "signal_length", length, length, "values"),
        between("No number is missing or infinite", "non_finite_values", 0, 0, "values"),
        Check("No quartet occurs twice", "different parameters", "ExpectCompoundColumnsToBeUnique",
              {"column_list": list(INDEX_COLUMNS if subset else PARAMETER_COLUMNS)}, "count", "repeated"),
        *_parameter_checks(subset),
        between("Temperatures rise from node to node", "min_node_gap_k", 0, None, "K", strict_min=True),
        between("Glass end: cp_n is 0", "glass_end_error", None, config.end_tolerance),
        between("Liquid end: cp_n is 1", "liquid_end_error", None, config.end_tolerance),
        between("Equal areas: fictive temperature from the area under the curve and as frozen in agree",
                 "area_error_k", None, config.area_tolerance_k, "K"),
        between("Peak height is at least that of the liquid", "cp_n_max", 1.0 - _ROUNDING, None),
        between("Stored peak heights are those of the signals", "height_error", None, 1e-6),
        between("Stored peak temperatures, widths and areas are those of the signals", "descriptor_error_k",
                 None, 1e-3, "K"),
        between("A new simulation gives the stored signal (sample)", "repeat_error", None, repeat_tolerance),
        between("In other units of temperature and time the signal is the same (sample)", "scaling_error",
                 None, repeat_tolerance),
    ]  # fmt: skip
    if metadata.scans > 1:
        checks += [
            between("Faster cooling freezes in a higher fictive temperature", "min_fictive_rise_k",
                     0, None, "K", strict_min=True),
            between("Faster cooling gives no higher peak", "max_height_rise", None, 1e-3),
        ]  # fmt: skip
    if subset or off_lattice:
        checks += [
            between("Signals are glass at -250 °C and liquid at 1600 °C", "window_error",
                     None, WINDOW_TOLERANCE),
            between("Signals stay above the deepest undershoot of the model", "min_cp_n", MIN_CP_N, None),
        ]  # fmt: skip
    if (subset or off_lattice) and heights:
        checks.append(
            between(
                "Most peaks have a usual height", "cp_n_max", None, usual, rows="quartets", mostly=config.usual_share
            )
        )
    return [check for check in checks if check.kwargs.get("column", "quartet") in table]


def _parameter_checks(subset: str | None) -> list[Check]:
    if subset is None:
        return [between(f"{name} is physical", name, *RANGES[name]) for name in PARAMETER_COLUMNS]
    last, words = len(SHAPE_VALUES) - 1, ("dh", "ln A", "x", "beta")
    allowed = [*(values.tolist() for values in SUBSETS[subset]), *([list(range(last + 1))] * 2)]
    checks = [
        Check(f"Index of {word} ({name}) belongs to the subset", f"{min(values)} to {max(values)}"
              + (f", {len(values)} values" if len(values) <= max(values) - min(values) else ""),
              "ExpectColumnValuesToBeInSet", {"column": name, "value_set": values},
              "range")
        for word, name, values in zip(words, INDEX_COLUMNS, allowed, strict=True)
    ]  # fmt: skip
    shape = (SHAPE_VALUES[0] - _ROUNDING, SHAPE_VALUES[-1] + _ROUNDING)
    return [
        *checks,
        between("ln A lies in the state space", "ln_a", LN_A_LIMITS[0] - 1e-6, LN_A_LIMITS[1] + 1e-6),
        between("dh lies in the state space", "dh_j_per_mol", DH_J_PER_MOL[0], DH_J_PER_MOL[-1], "J/mol"),
        between("x lies in the state space", "x", *shape),
        between("beta lies in the state space", "beta", *shape),
        between("Parameters are those of the state space at the stored indices", "grid_error", None, _ROUNDING),
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _counts(table: pd.DataFrame, config: ValidateConfig) -> dict[str, Any]:
    """Numbers of quartets and their peak heights."""
    heights = table["cp_n_max"]
    steep = int((heights > config.usual_cp_n_max).sum())
    middle, largest = (rounded(heights.quantile(share, interpolation="nearest")) for share in (0.5, 1.0))
    return {
        "Quartets": len(table),
        "Median peak height": middle,
        "Maximum peak height": largest,
        "Steeper than usual": f"{steep} ({100 * steep / len(table):.1f} %)",
        "Simulated again": int(table["repeat_error"].notna().sum()),
    }


def _histograms(table: pd.DataFrame, config: ValidateConfig) -> tuple[Histogram, ...]:
    """Peak heights, and errors of the equal-area construction."""
    heights = table["cp_n_max"]
    top = max(1, math.ceil(math.log10(max(1.0, float(heights[np.isfinite(heights)].max())))))
    return (
        Histogram.of(heights, (0, top), title="Peak heights", axis="cp_n,max (–)",
                     limit=config.usual_cp_n_max, limit_words="usual up to"),
        Histogram.of(table["area_error_k"], _AREA_DECADES, title="Equal-area errors",
                     axis="|T_f from the area − T_f frozen in| (K)", limit=config.area_tolerance_k,
                     limit_words="allowed up to"),
    )  # fmt: skip


def _about(metadata: dict[str, Any]) -> dict[str, Any]:
    """Metadata of a dataset with labels for people."""
    parts = {name: name.partition("_k_per_min") for name in metadata}
    return {
        begin_sentence(quantity.replace("_", " ")) + (" (K/min)" if unit else ""): metadata[name]
        for name, (quantity, unit, _) in parts.items()
    }
