"""What a validation found: as an object, as JSON, and as a page for people."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd

from relaxnet.core.errors import ValidationFailedError
from relaxnet.core.files import write_json, write_text
from relaxnet.studies.relaxation.params import ValidateConfig
from relaxnet.reporting._histogram import figure, log_histogram

_TEMPLATE = "validation.html.jinja"
_SMALLEST_AREA_ERROR_K = 1e-7


@dataclass(frozen=True)
class FailingRow:
    """A row that breaks an expectation.

    Attributes
    ----------
    row : int or str
        Number of the quartet, or name of the column.
    values : dict
        The columns that the expectation looks at.
    """

    row: Any
    values: dict[str, Any]


@dataclass(frozen=True)
class ExpectationResult:
    """One expectation and what became of it.

    Attributes
    ----------
    name : str
        In plain words.
    expectation, kwargs
        Type and arguments in Great Expectations.
    allowed : str
    observed : object
        Number, pair of smallest and largest number, or a word.
    unit : str
    success : bool
    failing_count : int
        Rows that break it.
    failing_rows : tuple of FailingRow
        The first of them.
    """

    name: str
    expectation: str
    kwargs: dict[str, Any]
    allowed: str
    observed: Any
    unit: str
    success: bool
    failing_count: int
    failing_rows: tuple[FailingRow, ...]

    @property
    def observed_text(self) -> str:
        """The observed value with its unit."""
        values = self.observed if isinstance(self.observed, list) else [self.observed]
        text = " to ".join(number_text(value) for value in values)
        return f"{text} {self.unit}".strip() if not isinstance(self.observed, str) else text

    @property
    def rows_text(self) -> str:
        """The first failing rows in one line."""
        rows = [
            f"{row.row} ({', '.join(f'{name} {number_text(value)}' for name, value in row.values.items())})"
            for row in self.failing_rows
        ]
        return ", ".join(rows) + (", ..." if self.failing_count > len(rows) else "")


@dataclass(frozen=True)
class ValidationReport:
    """Verdict on a dataset; equal data give equal reports.

    Attributes
    ----------
    subset : str
    success : bool
    statistics : dict
        Counts and distributions.
    results : tuple of ExpectationResult
    metadata : dict
        Of the dataset.
    files : dict
        SHA-256 of each file, by name.
    """

    subset: str
    success: bool
    statistics: dict[str, Any]
    results: tuple[ExpectationResult, ...]
    metadata: dict[str, Any]
    files: dict[str, str]

    @property
    def failures(self) -> tuple[ExpectationResult, ...]:
        """The broken expectations."""
        return tuple(result for result in self.results if not result.success)

    @property
    def ordered(self) -> tuple[ExpectationResult, ...]:
        """All expectations, broken ones first."""
        return tuple(sorted(self.results, key=lambda result: result.success))

    def to_json_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without times, random names or paths: equal data give equal bytes."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain


def summary(results: list[ExpectationResult], table: pd.DataFrame | None, config: ValidateConfig) -> dict[str, Any]:
    """Count, and bin the distributions that the page draws."""
    passed = sum(result.success for result in results)
    statistics: dict[str, Any] = {
        "expectations": len(results),
        "met": passed,
        "broken": len(results) - passed,
    }
    if table is None:
        return statistics
    heights, area_k = table["cp_n_max"], table["area_error_k"]
    top = max(1, math.ceil(math.log10(max(1.0, float(heights[np.isfinite(heights)].max())))))
    return statistics | {
        "quartets": len(table),
        "sampled_quartets": int(table["repeat_error"].notna().sum()),
        "steeper_than_usual": int((heights > config.usual_cp_n_max).sum()),
        "cp_n_max": _spread(heights),
        "area_error_k": _spread(area_k),
        "cp_n_max_histogram": log_histogram(heights, (0, top), config.usual_cp_n_max),
        "area_error_k_histogram": log_histogram(
            area_k, (round(math.log10(_SMALLEST_AREA_ERROR_K)), 1), config.area_tolerance_k
        ),
    }


def write_report(report: ValidationReport, json_path: Path, html_path: Path) -> None:
    """Write both forms, each atomically.

    Raises
    ------
    DataFileError
        Where they cannot be written.
    """
    write_json(json_path, report.to_json_dict())
    write_text(html_path, render_html(report))


def ensure_valid(report: ValidationReport) -> None:
    """Raise unless every expectation is met; call it when the report is on disk.

    Raises
    ------
    ValidationFailedError
        One line: subset, first broken expectation, observed value, allowed values, first rows.
    """
    if report.success:
        return
    first, others = report.failures[0], len(report.failures) - 1
    rows = f"; failing rows: {first.failing_count}, first: {first.rows_text}" if first.failing_rows else ""
    more = f" (and {others} more expectations)" if others else ""
    raise ValidationFailedError(
        f"{report.subset}: {first.name}: observed {first.observed_text}: must be {first.allowed}{rows}{more}"
    )


def render_html(report: ValidationReport) -> str:
    """Render a self-contained page: verdict, broken expectations with rows, figures, all expectations."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["number"] = number_text
    numbers, figures = report.statistics, []
    if "quartets" in numbers:
        figures = [
            figure(numbers["cp_n_max_histogram"], "Peak heights", "cp_n,max (no unit)", "usual up to"),
            figure(
                numbers["area_error_k_histogram"],
                "Equal-area errors",
                "|T_f from the area − T_f frozen in| in K",
                "allowed up to",
            ),
        ]
    return environment.get_template(_TEMPLATE).render(report=report, figures=figures)


def rounded(value: Any) -> Any:
    """Return a plain value of six digits at most; words stand for what JSON lacks."""
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}") if math.isfinite(value) else str(float(value))
    return int(value) if isinstance(value, np.integer) else value


def _spread(values: pd.Series) -> dict[str, Any]:
    quantiles = {"smallest": 0.0, "median": 0.5, "p99": 0.99, "largest": 1.0}
    return {name: rounded(values.quantile(share, interpolation="nearest")) for name, share in quantiles.items()}


def number_text(value: Any) -> str:
    """Write a number with four digits, without an exponent where it is easily read."""
    if not isinstance(value, float):
        return str(value)
    if value and not 1e-3 <= abs(value) < 1e7:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{float(f'{value:.4g}'):.8g}"
