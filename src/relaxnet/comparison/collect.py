"""Read what the evaluations wrote, and refuse whatever is missing, cut short or of another origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..config import parse
from ..errors import DataFileError, InvalidInputError
from ..files import read_json
from ._records import MetricsRecord
from .labels import TargetLabel, in_order, target_label

MAE_TOLERANCE = 0.01  # relative; rounding in the CSV is allowed, another run's file is not
METRICS, ESTIMATES, MATERIALS = "metrics.json", "estimates.csv", "materials.csv"


@dataclass(frozen=True)
class ModelResult:
    """One model: its checked metrics, and one row of estimates for each quartet that was evaluated."""

    name: str
    metrics: MetricsRecord
    evaluated: pd.DataFrame

    def column(self, name: str) -> NDArray[np.float64]:
        """Values of one column over the evaluated quartets."""
        return self.evaluated[name].to_numpy(dtype=np.float64)

    def errors(self, target: str) -> NDArray[np.float64]:
        """Absolute errors of one target, in the target's unit."""
        return np.abs(self.column(f"estimate_{target}") - self.column(f"true_{target}"))


@dataclass(frozen=True)
class Comparison:
    """Everything the page shows: models and targets in order, the table of real materials."""

    models: dict[str, ModelResult]
    targets: list[TargetLabel]
    materials: pd.DataFrame


def collect(evaluation: Path, models: Sequence[str] | None = None) -> Comparison:
    """Read ``<evaluation>/<model>/metrics.json`` and ``estimates.csv`` of every model, and ``materials.csv``.

    Parameters
    ----------
    evaluation : Path
        Folder of the evaluations.
    models : sequence of str, optional
        Models in the order wanted; all must be there.  By default every sub-folder, by name.

    Raises
    ------
    DataFileError
        Naming the file and what is wrong with it: missing, cut short, damaged, or not of this model.
    """
    if not evaluation.is_dir():
        raise DataFileError(f"{evaluation}: no such folder of evaluations")
    folders = sorted(path.name for path in evaluation.iterdir() if path.is_dir())
    names = list(models) if models is not None else folders
    if not names:
        raise DataFileError(f"{evaluation}: holds no evaluated model")
    results = {name: _read_model(evaluation / name, name) for name in names}
    first = results[names[0]].metrics.targets
    form = {target: (record.unit, *record.within) for target, record in first.items()}
    for name, result in results.items():
        if form != {target: (record.unit, *record.within) for target, record in result.metrics.targets.items()}:
            raise DataFileError(
                f"{evaluation / name / METRICS}: targets, units or thresholds differ from those of {names[0]}"
            )
    labels = [target_label(target, first[target].unit) for target in in_order(first)]
    return Comparison(results, labels, _read_materials(evaluation / MATERIALS, list(first)))


def _read_model(folder: Path, name: str) -> ModelResult:
    path = folder / METRICS
    try:
        content = read_json(path)
        if not isinstance(content, dict):
            raise DataFileError(f"{path}: must hold one JSON object")
        metrics = parse(MetricsRecord, content)
    except InvalidInputError as error:
        raise DataFileError(f"{path}: {error}") from None
    counts = metrics.quartets
    if metrics.model != name:
        raise DataFileError(f"{path}: belongs to model {metrics.model}, not to {name}")
    if not metrics.targets or not counts.evaluated or counts.evaluated + counts.left_out != counts.test:
        raise DataFileError(
            f"{path}: {counts.evaluated} quartets evaluated and {counts.left_out} left out of {counts.test}; "
            "must add up, with at least one evaluated"
        )
    return ModelResult(name, metrics, _read_estimates(folder / ESTIMATES, metrics))


def _read_estimates(path: Path, metrics: MetricsRecord) -> pd.DataFrame:
    counts = metrics.quartets
    values = [f"{kind}_{target}" for target in metrics.targets for kind in ("true", "estimate", "baseline")]
    table = _read_csv(path, ["quartet", "cp_n_max", "left_out", *values, "sse_parameters", "sse_signals"])
    _check_flags(path, table, "left_out")
    found = (len(table), int(table["left_out"].sum()))
    if found != (counts.test, counts.left_out):
        raise DataFileError(
            f"{path}: {found[0]} quartets, {found[1]} of them left out, but {METRICS} says "
            f"{counts.test} and {counts.left_out}"
        )
    evaluated = table[~table["left_out"]]
    _check_numbers(path, evaluated, [*values, "sse_parameters"])
    _check_numbers(path, evaluated, ["sse_signals"], empty_allowed=True)  # an estimate may defy simulation
    for target, record in metrics.targets.items():
        mae = float((evaluated[f"estimate_{target}"] - evaluated[f"true_{target}"]).abs().mean())
        if abs(mae - record.mae) > MAE_TOLERANCE * max(mae, record.mae):
            raise DataFileError(
                f"{path}: mean absolute error of {target} is {mae:.6g}, but {METRICS} says {record.mae:.6g}: "
                "the two are not of one evaluation"
            )
    return evaluated


def _read_materials(path: Path, targets: list[str]) -> pd.DataFrame:
    table = _read_csv(path, ["material", "target", "true", "estimate", "inside_plane"])
    _check_flags(path, table, "inside_plane")
    _check_numbers(path, table, ["true", "estimate"])
    for material, rows in table.groupby("material", sort=False):
        if sorted(rows["target"].astype(str)) != sorted(targets) or rows["inside_plane"].nunique() != 1:
            raise DataFileError(
                f"{path}: {material} must have one row for each of {', '.join(targets)}, all with one "
                "value of inside_plane"
            )
    return table


def _read_csv(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        text = path.read_text(encoding="utf-8")
        table = pd.read_csv(StringIO(text))
    except FileNotFoundError:
        raise DataFileError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        problem = str(error).strip().splitlines()[0]
        raise DataFileError(f"{path}: not a readable CSV file ({problem})") from None
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise DataFileError(f"{path}: lacks the columns {', '.join(missing)}")
    if not text.endswith("\n") or table.empty:
        raise DataFileError(f"{path}: cut short (no rows, or the last line does not end)")
    return table


def _check_flags(path: Path, table: pd.DataFrame, column: str) -> None:
    if table[column].dtype != np.bool_:
        raise DataFileError(f"{path}: column {column} must hold True or False in every row")


def _check_numbers(path: Path, table: pd.DataFrame, columns: list[str], *, empty_allowed: bool = False) -> None:
    for column in columns:
        values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
        wrong = ~np.isfinite(values) & ~(table[column].isna().to_numpy() & empty_allowed)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise DataFileError(
                f"{path}: column {column}, row {table.index[row] + 1}: {table[column].iloc[row]} is not a finite number"
            )
