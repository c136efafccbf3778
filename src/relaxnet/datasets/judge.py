"""Great Expectations at work: checks in, results out; nothing is sent or kept anywhere."""

import warnings
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import pandas as pd

from relaxnet.core.environment import environment

from .validation import ExpectationResult, FailingRow, number_text, rounded

SHOWN_ROWS = 5

_numbers = count(1)  # of the tables judged: each needs a name of its own


@dataclass(frozen=True)
class Check:
    """One expectation with the words for people: ``kind`` is a class of Great Expectations, ``kwargs`` its arguments.

    ``observe`` says what to show of the column: ``max``, ``min``, ``range``, ``share`` of good rows, ``count`` of bad
    rows; ``rows`` of the table; or what is ``stored``.
    """

    name: str
    allowed: str
    kind: str
    kwargs: dict[str, Any]
    observe: str
    unit: str = ""


def between(
    name: str, column: str, low: float | None, high: float | None, unit: str = "", *, rows: str = "rows", **more: Any
) -> Check:
    """Check that the values of a column are within limits, of which one may be None; ``more`` are further arguments.

    Examples
    --------
    >>> check = between("Lengths are positive", "length", 0, None, "mm", strict_min=True)
    >>> check.allowed, check.observe
    ('above 0 mm', 'min')
    """
    ends = {key: float(end) for key, end in (("min_value", low), ("max_value", high)) if end is not None}
    first, last = (number_text(rounded(end)) if end is not None else "" for end in (low, high))
    if high is None:
        allowed, observe = f"{'above' if more.get('strict_min') else 'at least'} {first}", "min"
    elif low is None:
        allowed, observe = f"at most {last}", "max"
    else:
        allowed, observe = (first, "max") if low == high else (f"{first} to {last}", "range")
    allowed = f"{allowed} {unit}".rstrip()
    if "mostly" in more:
        allowed, observe = f"{allowed} for at least {100 * more['mostly']:g} % of the {rows}", "share"
    kwargs = {"column": column, **more, **ends}
    return Check(name, allowed, "ExpectColumnValuesToBeBetween", kwargs, observe, unit)


@cache
def _context() -> Any:
    """The context of this process: it lives in memory, sends nothing and shows no progress bars."""
    with environment({"GX_ANALYTICS_ENABLED": "False"}), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # raised inside the library while it is imported
        import great_expectations as gx

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


def judge(table: pd.DataFrame, checks: list[Check], label: str) -> list[ExpectationResult]:
    """Run the checks on a table, as a suite by way of a checkpoint; the column ``label`` names the rows."""
    context, name = _context(), f"table {next(_numbers)}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations as gx

        asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
        data, kinds = asset.add_batch_definition_whole_dataframe(name), gx.expectations
        expectations = [getattr(kinds, c.kind)(**c.kwargs, meta={"number": n}) for n, c in enumerate(checks)]
        suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=expectations))
        definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=data, suite=suite))
        rows = {"unexpected_index_column_names": [label], "partial_unexpected_count": SHOWN_ROWS}
        form = {"result_format": "SUMMARY", **rows}
        checkpoint = gx.Checkpoint(name=name, validation_definitions=[definition], result_format=form)
        outcome = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": table})
    (run,) = outcome.run_results.values()
    found = {result.expectation_config.meta["number"]: result for result in run.results}
    return [_result(check, found[number], table, label) for number, check in enumerate(checks)]


def _result(check: Check, outcome: Any, table: pd.DataFrame, label: str) -> ExpectationResult:
    failing = int(outcome.result.get("unexpected_count", 0))
    rows = []
    for row in outcome.result.get("partial_unexpected_index_list") or []:
        values = {name: rounded(value) for name, value in row.items() if name != label}
        rows.append(FailingRow(rounded(row[label]), values))
    observed = _observed(check, outcome.result, table) if outcome.result else "could not be judged"
    unit = "%" if check.observe == "share" else check.unit
    return ExpectationResult(
        name=check.name,
        expectation=outcome.expectation_config.type,
        kwargs=check.kwargs,
        allowed=check.allowed,
        observed=observed,
        unit="" if isinstance(observed, str) else unit,
        success=bool(outcome.success),
        failing_count=failing,
        failing_rows=tuple(rows),
    )


def _observed(check: Check, result: dict[str, Any], table: pd.DataFrame) -> Any:
    if check.observe == "rows":
        return result["observed_value"]
    if check.observe == "count":
        return f"{result['unexpected_count']} of {len(table)} {check.unit}"
    if check.observe == "stored":
        return ", ".join(table["stored"].unique())
    if check.observe == "share":
        return rounded(100.0 * (1.0 - result["unexpected_count"] / max(len(table), 1)))
    column = table[check.kwargs["column"]].dropna()
    if column.empty:
        return "not sampled"
    if check.observe == "range":
        return [rounded(column.min()), rounded(column.max())]
    return rounded(column.max() if check.observe == "max" else column.min())
