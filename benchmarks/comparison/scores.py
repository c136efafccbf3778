"""From answers to scores: errors, ratios to the bound, intervals, failures, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from relaxnet.studies.relaxation.physics.parameters import PARAMETER_NAMES

FAILED, GROSS = 5.0, (0.2, 0.1, 0.1)  # in bounds; of dh relative, of x, of beta
BEGIN, END = "<!-- from benchmarks/{}.py: {} -->\n", "<!-- to here -->\n"
SMALL = 0.001  # below it, figures are no longer shown
JUDGED = slice(1, 4)  # dh, x, beta: ln A goes with dh


def scores(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, float]:
    """Scores of one estimator's answers; ``rows`` have ``true``, ``bound`` and the answer's own entries."""
    true, bound, found = (
        np.array([row[name] for row in rows], dtype=float) for name in ("true", "bound", "parameters")
    )
    low, high = np.array([row["interval_90"] for row in rows], dtype=float).transpose(2, 0, 1)
    flagged = np.array([bool(row["flags"]) for row in rows])
    error = found - true
    given = np.isfinite(error[:, JUDGED]).all(axis=1)
    relative = np.abs(error) / np.column_stack([np.ones(len(true)), true[:, 1], np.ones((len(true), 2))])
    ratio = np.abs(error) / bound
    failed = ~given | (np.nan_to_num(ratio[:, JUDGED], nan=np.inf) > FAILED).any(axis=1)
    gross = ~given | (np.nan_to_num(relative[:, JUDGED], nan=np.inf) > GROSS).any(axis=1)
    scored: dict[str, float] = {"samples": len(rows), "answered": float(given.mean())}
    for k, name in enumerate(names):
        own = np.isfinite(error[:, k])
        held = (low[:, k] <= true[:, k]) & (true[:, k] <= high[:, k])
        has_interval = own & np.isfinite(low[:, k]) & np.isfinite(high[:, k])
        scored |= {
            f"median_{name}": _of(np.median, relative[own, k]), f"rms_{name}": _of(_rms, relative[own, k]),
            f"median_ratio_{name}": _of(np.median, ratio[own, k]), f"rms_ratio_{name}": _of(_rms, ratio[own, k]),
            f"held_{name}": _of(np.mean, held[has_interval]),
        }  # fmt: skip
    return scored | {
        "failed": float(failed.mean()), "failed_unflagged": float((failed & ~flagged).mean()),
        "gross": float(gross.mean()), "gross_unflagged": float((gross & ~flagged).mean()),
        "flagged": float(flagged.mean()), "milliseconds": 1e3 * float(np.median([row["seconds"] for row in rows])),
    }  # fmt: skip


def table(rows: Sequence[Mapping[str, Any]], key: str = "condition") -> pd.DataFrame:
    """Scores of every estimator under every condition, one row each; ``key`` is what rows are gathered by."""
    found = []
    for group in dict.fromkeys(row[key] for row in rows):
        here = [row for row in rows if row[key] == group]
        for name in dict.fromkeys(name for row in here for name in row["answers"]):
            own = [{**row, **row["answers"][name]} for row in here if name in row["answers"]]
            found.append({key: group, "estimator": name, **scores(own, PARAMETER_NAMES)})
    return pd.DataFrame(found)


def number(value: float, digits: int = 2) -> str:
    """A figure of so many digits, without exponents; a dash for NaN."""
    if not np.isfinite(value):
        return "–"
    if 0 < abs(value) < SMALL:
        return f"<{SMALL:g}"
    if value == 0 or abs(value) >= 10 ** (digits - 1):
        return f"{value:.0f}" if abs(value) < 10_000 else f"{value:.1e}"
    return f"{value:.{max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0)}f}"


def markdown(header: Sequence[str], lines: Sequence[Sequence[str]], texts: int = 1) -> str:
    """A table whose first columns are texts."""
    rule = ["---"] * texts + ["---:"] * (len(header) - texts)
    return "".join(f"| {' | '.join(row)} |\n" for row in (header, rule, *lines))


def put_into(text: str, script: str, part: str, content: str) -> str:
    """The text of a page with the part between its marks replaced."""
    begin = BEGIN.format(script, part)
    before, mark, rest = text.partition(begin)
    if not mark:
        return f"{text}\n{begin}{content}{END}"
    return f"{before}{begin}{content}{END}{rest.partition(END)[2]}"


def _of(function: Any, values: np.ndarray) -> float:
    return float(function(values)) if len(values) else float("nan")


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))
