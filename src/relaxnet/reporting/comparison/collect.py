"""Read what the evaluations wrote, and refuse whatever is missing, cut short or of another origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import read_json
from ._csv import check_flags, check_numbers, read_csv
from ._records import MetricsRecord, metrics_record
from ..labels import TargetLabel, in_order, target_label
from ..spec import ExternalCases, Study

MAE_TOLERANCE = 0.01  # relative; rounding in the CSV is allowed, another run's file is not
METRICS, ESTIMATES = "metrics.json", "estimates.csv"


@dataclass(frozen=True)
class ModelResult:
    """One model: its checked metrics, and one row of estimates for each sample that was evaluated."""

    name: str
    metrics: MetricsRecord
    evaluated: pd.DataFrame

    def column(self, name: str) -> NDArray[np.float64]:
        """Values of one column over the evaluated samples."""
        return self.evaluated[name].to_numpy(dtype=np.float64)

    def errors(self, target: str) -> NDArray[np.float64]:
        """Absolute errors of one target, in the target's unit."""
        return np.abs(self.column(f"estimate_{target}") - self.column(f"true_{target}"))


@dataclass(frozen=True)
class Comparison:
    """Everything the page shows: the study, models and targets in order, the table of external cases (or none)."""

    study: Study
    models: dict[str, ModelResult]
    targets: list[TargetLabel]
    external: pd.DataFrame | None


def collect(evaluation: Path, study: Study, models: Sequence[str] | None = None) -> Comparison:
    """Read ``<evaluation>/<model>/metrics.json`` and ``estimates.csv`` of every model, and the external cases.

    Parameters
    ----------
    evaluation : Path
        Folder of the evaluations.
    study : Study
        Says which columns and counts to expect.
    models : sequence of str, optional
        Models in the order wanted; all must be there.  By default every sub-folder, by name.

    Raises
    ------
    DataFileError
        Naming the file and what is wrong with it: missing, cut short, damaged, or not of this model or study.
    """
    if not evaluation.is_dir():
        raise DataFileError(f"{evaluation}: no such folder of evaluations")
    folders = sorted(path.name for path in evaluation.iterdir() if path.is_dir())
    names = list(models) if models is not None else folders
    if not names:
        raise DataFileError(f"{evaluation}: holds no evaluated model")
    results = {name: _read_model(evaluation / name, name, study) for name in names}
    first = results[names[0]].metrics.targets
    form = {target: (record.unit, *record.within) for target, record in first.items()}
    for name, result in results.items():
        if form != {target: (record.unit, *record.within) for target, record in result.metrics.targets.items()}:
            raise DataFileError(
                f"{evaluation / name / METRICS}: targets, units or thresholds differ from those of {names[0]}"
            )
    labels = [target_label(target, first[target].unit, study.targets) for target in in_order(first, study.targets)]
    external = study.external
    cases = _read_external(evaluation / external.file, external, list(first)) if external else None
    return Comparison(study, results, labels, cases)


def _read_model(folder: Path, name: str, study: Study) -> ModelResult:
    path = folder / METRICS
    try:
        content = read_json(path)
        if not isinstance(content, dict):
            raise DataFileError(f"{path}: must hold one JSON object")
        metrics = parse(metrics_record(study), content)
    except InvalidInputError as error:
        raise DataFileError(f"{path}: {error}") from None
    counts = metrics.samples
    if metrics.model != name:
        raise DataFileError(f"{path}: belongs to model {metrics.model}, not to {name}")
    if not metrics.targets or not counts.evaluated or counts.evaluated + counts.left_out != counts.test:
        raise DataFileError(
            f"{path}: {counts.evaluated} {study.samples} evaluated and {counts.left_out} left out of {counts.test}; "
            "must add up, with at least one evaluated"
        )
    for target, style in study.targets.items():
        if target in metrics.targets and metrics.targets[target].unit != style.unit:
            raise DataFileError(f"{path}: {target} is in {metrics.targets[target].unit}, must be in {style.unit}")
    missing = [f"edges.{group.name}" for group in study.groups if group.name not in metrics.edges]
    missing += [f"descriptors.{item.name}" for item in study.descriptors if item.name not in metrics.descriptors]
    if missing:
        raise DataFileError(f"{path}: {missing[0]} = (missing): must be there; evaluate again")
    if study.left_out is None and counts.left_out:
        raise DataFileError(f"{path}: {counts.left_out} {study.samples} left out, must be none in this study")
    return ModelResult(name, metrics, _read_estimates(folder / ESTIMATES, metrics, study))


def _read_estimates(path: Path, metrics: MetricsRecord, study: Study) -> pd.DataFrame:
    counts, left_out = metrics.samples, study.left_out
    values = [f"{kind}_{target}" for target in metrics.targets for kind in ("true", "estimate", "baseline")]
    marks = [left_out.column] if left_out else []
    sums, known = [pair.sse for pair in study.pairs], [item.name for item in study.descriptors]
    table = read_csv(path, [study.sample, *marks, *values, *(column.name for column in study.sse), *sums, *known])
    kept = np.ones(len(table), dtype=np.bool_)
    for mark in marks:
        check_flags(path, table, mark)
        kept = ~table[mark].to_numpy(dtype=np.bool_)
    found = (len(table), int(np.count_nonzero(~kept)))
    if found != (counts.test, counts.left_out):
        raise DataFileError(
            f"{path}: {found[0]} {study.samples}, {found[1]} of them left out, but {METRICS} says "
            f"{counts.test} and {counts.left_out}"
        )
    evaluated = table[kept]
    check_numbers(path, evaluated, [*values, *sums])
    check_numbers(path, evaluated, known, empty_allowed=True)
    for column in study.sse:
        check_numbers(path, evaluated, [column.name], empty_allowed=bool(column.gaps))
    for target, record in metrics.targets.items():
        mae = float((evaluated[f"estimate_{target}"] - evaluated[f"true_{target}"]).abs().mean())
        if abs(mae - record.mae) > MAE_TOLERANCE * max(mae, record.mae):
            raise DataFileError(
                f"{path}: mean absolute error of {target} is {mae:.6g}, but {METRICS} says {record.mae:.6g}: "
                "the two are not of one evaluation"
            )
    return evaluated


def _read_external(path: Path, external: ExternalCases, targets: list[str]) -> pd.DataFrame:
    table = read_csv(path, [external.case, "target", "true", "estimate", external.inside])
    check_flags(path, table, external.inside)
    check_numbers(path, table, ["true", "estimate"])
    for case, rows in table.groupby(external.case, sort=False):
        if sorted(rows["target"].astype(str)) != sorted(targets) or rows[external.inside].nunique() != 1:
            raise DataFileError(
                f"{path}: {case} must have one row for each of {', '.join(targets)}, all with one "
                f"value of {external.inside}"
            )
    return table
