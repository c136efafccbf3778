"""What a validation found: expectations with what was observed, counts, distributions."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from relaxnet.core.errors import ValidationFailedError

BINS_PER_DECADE = 8


@dataclass(frozen=True)
class FailingRow:
    """A row that breaks an expectation.

    Attributes
    ----------
    row : int or str
        Number of the sample, or name of the column.
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
        Number, pair of minimum and maximum, or a word.
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
class Histogram:
    """Distribution of one number over the samples, on a logarithmic axis.

    Attributes
    ----------
    title, axis : str
        ``axis`` with the unit.
    limit : float
        Value to mark.
    limit_words : str
        What it is: "allowed up to".
    decades : pair of int
        First and last exponent of ten of the axis.
    counts : tuple of int
        Of bins even in the logarithm, `BINS_PER_DECADE` of them in a decade.
    """

    title: str
    axis: str
    limit: float
    limit_words: str
    decades: tuple[int, int]
    counts: tuple[int, ...]

    @classmethod
    def of(
        cls, values: ArrayLike, decades: tuple[int, int], *, title: str, axis: str, limit: float, limit_words: str
    ) -> Histogram:
        """Count values; those outside of ``decades`` go to the outermost bins, NaN is left out."""
        array = np.asarray(values, dtype=np.float64)
        edges = np.logspace(*decades, (decades[1] - decades[0]) * BINS_PER_DECADE + 1)
        counts, _ = np.histogram(np.clip(array[~np.isnan(array)], edges[0], edges[-1]), edges)
        return cls(title, axis, limit, limit_words, decades, tuple(counts.tolist()))


@dataclass(frozen=True)
class ValidationReport:
    """Verdict on a dataset; equal data give equal reports.

    Attributes
    ----------
    subset : str
    success : bool
    sample, samples : str
        Noun for one sample and for several.
    counts : dict
        Label to number, or to text, of what describes the data; empty where the columns are not those of a dataset.
    histograms : tuple of Histogram
    results : tuple of ExpectationResult
    metadata : dict
        Of the dataset.
    files : dict
        SHA-256 of each file, by name.
    """

    subset: str
    success: bool
    sample: str
    samples: str
    counts: dict[str, Any]
    histograms: tuple[Histogram, ...]
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


def rounded(value: Any) -> Any:
    """Return a plain value of six digits at most; words stand for what JSON lacks."""
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}") if math.isfinite(value) else str(float(value))
    return int(value) if isinstance(value, np.integer) else value


def number_text(value: Any) -> str:
    """Write a number with four digits, without an exponent where it is easily read."""
    if not isinstance(value, float):
        return str(value)
    if value and not 1e-3 <= abs(value) < 1e7:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{float(f'{value:.4g}'):.8g}"
