"""What a validation found: expectations with what was observed, counts, distributions."""

import json
import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import ValidationFailedError

BINS_PER_DECADE = 8


@dataclass(frozen=True)
class FailingRow:
    """A row that breaks an expectation: number of the sample or name of the column; the columns looked at."""

    row: Any
    values: dict[str, Any]


@dataclass(frozen=True)
class ExpectationResult:
    """One expectation and what became of it.

    ``name`` is in plain words; ``expectation`` and ``kwargs`` are its type and arguments in Great Expectations.
    ``observed`` is a number, a pair of minimum and maximum, or a word; ``failing_count`` rows break it, the first of
    which are ``failing_rows``.
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

    ``axis`` is a label with the unit, ``limit`` a value to mark and ``limit_words`` what it is ("allowed up to");
    ``decades`` are the first and last exponent of ten, each cut into `BINS_PER_DECADE` even bins of the ``counts``.
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
    ) -> Self:
        """Count values; those outside of ``decades`` go to the outermost bins, NaN is left out."""
        array, empty = np.asarray(values, dtype=np.float64), cls(title, axis, limit, limit_words, decades, ())
        edges = empty.edges
        counts, _ = np.histogram(np.clip(array[~np.isnan(array)], edges[0], edges[-1]), edges)
        return replace(empty, counts=tuple(counts.tolist()))

    @property
    def edges(self) -> NDArray[np.float64]:
        """Edges of the bins."""
        low, high = self.decades
        return np.logspace(low, high, (high - low) * BINS_PER_DECADE + 1)

    @property
    def limit_text(self) -> str:
        """The limit with its words."""
        return f"{self.limit_words} {self.limit:g}"


@dataclass(frozen=True)
class ValidationReport:
    """Verdict on a dataset; equal data give equal reports.

    ``sample`` and ``samples`` are the nouns for one and for several; ``counts`` maps labels to numbers or texts that
    describe the data, empty where the columns are not those of a dataset; ``files`` maps names to SHA-256 sums.
    ``data_md5`` is the hash by which DVC knows the data, for those that lie in a project.
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
    data_md5: str = ""

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
