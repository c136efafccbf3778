"""Judge the test sets of a region, each clean and as it would be measured, in one report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from relaxnet.core.text import begin_sentence
from relaxnet.datasets.validation import ExpectationResult, ValidationReport

from ..dataset.measured import MEASURED_FILE, NOISY, STEP_K, Distortion, read_measured
from ..dataset.reader import Dataset
from .dataset import validate_dataset
from .scans import judge_scans

if TYPE_CHECKING:
    from ..params import RelaxationParams


def validate_test_sets(
    data: Path, params: RelaxationParams, expected: Mapping[str, tuple[str, str | None, int, int]]
) -> ValidationReport:
    """Judge all sets of a region in one report, whose lines begin with the name of the set.

    Parameters
    ----------
    data : Path
        Folder of the sets.
    params : RelaxationParams
    expected : mapping
        Name of a set to the subset or region it must be of, the subset whose lattice it lies on (or None), the number
        of its quartets and its seed.

    Raises
    ------
    DataFileError
        If the files cannot be read.
    """
    reports = {name: _judge(data, params, name, *facts) for name, facts in expected.items()}
    reports = {name: replace(report, results=_named(name, report)) for name, report in reports.items()}
    lead = next(reversed(reports.values()))  # of quartets between the lattice points: its distributions say enough
    return replace(
        lead,
        subset=f"test sets of {data.name}",
        success=all(report.success for report in reports.values()),
        counts={
            f"{begin_sentence(name)}: {key}": value
            for name, report in reports.items()
            for key, value in report.counts.items()
        },
        results=tuple(result for report in reports.values() for result in report.results),
        metadata={
            "Noise": params.test.noise,
            "Lag (K)": params.test.lag_k,
            "Step (K)": STEP_K,
            **{key: value for key, value in lead.metadata.items() if "rate" in key},
        },
        files={f"{name}/{file}": digest for name, report in reports.items() for file, digest in report.files.items()},
    )


def _named(name: str, report: ValidationReport) -> tuple[ExpectationResult, ...]:
    return tuple(replace(result, name=f"{begin_sentence(name)}: {result.name}") for result in report.results)


def _judge(
    data: Path, params: RelaxationParams, name: str, source: str, subset: str | None, count: int, seed: int
) -> ValidationReport:
    dataset, file = Dataset(data / name), data / f"{name}{NOISY}" / MEASURED_FILE
    region = None if subset else source
    report = validate_dataset(
        dataset, params.validate_, subset=subset, region=region, expected_quartets=count, heights=False
    )
    scans = judge_scans(dataset, read_measured(file), Distortion(STEP_K, params.test.noise, params.test.lag_k, seed))
    return replace(report, success=report.success and all(r.success for r in scans), results=(*report.results, *scans))
