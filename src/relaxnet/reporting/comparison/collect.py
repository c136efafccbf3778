"""Read what the evaluations wrote, and refuse whatever is missing, cut short or of another origin."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import read_json
from relaxnet.core.tables import check_flags, check_numbers, read_frame
from relaxnet.datasets.targets import Target, Targets
from relaxnet.evaluation.curves import CASES, COLUMNS
from relaxnet.evaluation.metrics import sample_errors

from ..estimates import Estimates
from ..records import METRICS, MetricsRecord, TargetRecord, metrics_record
from ..spec import EvidenceSet, ExternalCases, ReportSpec

MAE_TOLERANCE = 0.01  # relative; rounding in the CSV is allowed, another run's file is not
CURVE_TOLERANCE = 1e-3  # relative; another evaluation errs otherwise
ESTIMATES, CURVES = "estimates.csv", "curves"

History = Mapping[str, Sequence[float]]
"""Loss of each epoch: ``loss`` on training data, ``val_loss`` on validation data."""


@dataclass(frozen=True)
class ModelResult:
    """One model: its checked metrics, and its estimates of each sample that was evaluated."""

    metrics: MetricsRecord
    estimates: Estimates


@dataclass(frozen=True)
class Comparison:
    """Everything the page shows: the spec, models and targets in order, the table of external cases (or none).

    ``external`` has the rows of the models that are compared.
    """

    spec: ReportSpec
    models: dict[str, ModelResult]
    targets: list[Target]
    external: pd.DataFrame | None

    @property
    def estimates(self) -> dict[str, Estimates]:
        """Estimates of each model."""
        return {name: result.estimates for name, result in self.models.items()}

    @property
    def regions(self) -> dict[str, list[str]]:
        """Models of each region, in their order: only these are compared with each other."""
        found: dict[str, list[str]] = {}
        for name, result in self.models.items():
            found.setdefault(result.metrics.place, []).append(name)
        return found

    @property
    def evidence(self) -> list[EvidenceSet]:
        """Test sets on which at least one model was tested."""
        used = {name for result in self.models.values() for name in result.metrics.tests}
        return [found for found in self.spec.evidence if found.name in used]

    def records(self, target: Target) -> dict[str, TargetRecord]:
        """Errors of each model for one target."""
        return {name: result.metrics.targets[target.name] for name, result in self.models.items()}

    @property
    def scalars(self) -> list[Target]:
        """Targets that are numbers."""
        return [target for target in self.targets if target.axis is None]

    @property
    def vectors(self) -> list[Target]:
        """Targets that are vectors."""
        return [target for target in self.targets if target.axis is not None]


Reading = Callable[[str], AbstractContextManager[None]]
"""Entered while the evaluation of a model is read, so that an error can say how to make it anew."""


def collect(
    evaluation: Path,
    spec: ReportSpec,
    targets: Targets,
    models: Sequence[str] | None = None,
    reading: Reading = lambda _: nullcontext(),
    own: Mapping[str, Targets] | None = None,
) -> Comparison:
    """Read the evaluation of every model (by default of every sub-folder), and the external cases.

    Parameters and errors as in `write_comparison`.
    """
    ordered = spec.ordered(targets)
    scalars = [target.name for target in ordered if target.axis is None]
    for name in (name for pair in spec.pairs for name in (pair.x, pair.y)):
        if name not in scalars:
            raise InvalidInputError("pairs", name, f"one of {', '.join(scalars)}")
    if not evaluation.is_dir():
        raise DataFileError(f"{evaluation}: no such folder of evaluations")
    folders = sorted(path.name for path in evaluation.iterdir() if path.is_dir())
    names = list(models) if models is not None else folders
    if not names:
        raise DataFileError(f"{evaluation}: holds no evaluated model")
    results = {}
    for name in names:
        with reading(name):
            results[name] = _read_model(evaluation / name, name, spec, (own or {}).get(name, targets))
    first = results[names[0]].metrics.targets
    form = {target: (record.unit, *record.within) for target, record in first.items()}
    for name, result in results.items():
        if form != {target: (record.unit, *record.within) for target, record in result.metrics.targets.items()}:
            raise DataFileError(
                f"{evaluation / name / METRICS}: targets, units or thresholds differ from those of {names[0]}"
            )
    external = spec.external
    cases = _read_external(evaluation / external.file, external, scalars, names) if external else None
    return Comparison(spec, results, ordered, cases)


def _read_model(folder: Path, name: str, spec: ReportSpec, targets: Targets) -> ModelResult:
    path = folder / METRICS
    try:
        content = read_json(path)
        if not isinstance(content, dict):
            raise DataFileError(f"{path}: must hold one JSON object")
        metrics = parse(metrics_record(spec.samples, [column.name for column in spec.sse]), content)
    except InvalidInputError as error:
        raise DataFileError(f"{path}: {error}") from None
    counts = metrics.samples
    if metrics.model != name:
        raise DataFileError(f"{path}: belongs to model {metrics.model}, not to {name}")
    if not metrics.targets or not counts.evaluated or counts.evaluated + counts.left_out != counts.test:
        raise DataFileError(
            f"{path}: {counts.evaluated} {spec.samples} evaluated and {counts.left_out} left out of {counts.test}; "
            "must add up, with at least one evaluated"
        )
    if set(metrics.targets) != set(targets.names):
        raise DataFileError(f"{path}: targets {', '.join(metrics.targets)}: must be {', '.join(targets.names)}")
    for target in targets.items:
        if metrics.targets[target.name].unit != target.unit:
            found = metrics.targets[target.name].unit
            raise DataFileError(f"{path}: {target.name} is in {found}, must be in {target.unit}")
    sets = [found.name for found in spec.evidence if found.name in metrics.tests]
    missing = [
        f"tests.{found}.targets.{name}"
        for found in sets
        for name in targets.names
        if name not in metrics.tests[found].targets
    ]
    missing += [f"edges.{group.name}" for group in spec.groups if group.name not in metrics.edges]
    missing += [f"descriptors.{item.name}" for item in spec.descriptors if item.name not in metrics.descriptors]
    if missing:
        raise DataFileError(f"{path}: {missing[0]} = (missing): must be there; evaluate again")
    if spec.left_out is None and counts.left_out:
        raise DataFileError(f"{path}: {counts.left_out} {spec.samples} left out, must be none in this study")
    return ModelResult(metrics, _read_estimates(folder, metrics, spec, targets))


def _read_estimates(folder: Path, metrics: MetricsRecord, spec: ReportSpec, targets: Targets) -> Estimates:
    path, counts, left_out = folder / ESTIMATES, metrics.samples, spec.left_out
    values = [column for target in targets.items for column in _columns(target)]
    marks = [left_out.column] if left_out else []
    sums, known = [pair.sse for pair in spec.pairs], [item.name for item in spec.descriptors]
    table = read_frame(path, [spec.sample, *marks, *values, *(column.name for column in spec.sse), *sums, *known])
    kept = np.ones(len(table), dtype=np.bool_)
    for mark in marks:
        check_flags(path, table, mark)
        kept = ~table[mark].to_numpy(dtype=np.bool_)
    found = (len(table), int(np.count_nonzero(~kept)))
    if found != (counts.test, counts.left_out):
        raise DataFileError(
            f"{path}: {found[0]} {spec.samples}, {found[1]} of them left out, but {METRICS} says "
            f"{counts.test} and {counts.left_out}"
        )
    evaluated = table[kept]
    check_numbers(path, evaluated, [*values, *sums])
    check_numbers(path, evaluated, known, empty_allowed=True)
    for column in spec.sse:
        check_numbers(path, evaluated, [column.name], empty_allowed=bool(column.gaps))
    vectors = {target.name: target for target in targets.items if target.axis}
    errors = {name: evaluated.set_index(spec.sample)[f"error_{name}"] for name in vectors}
    curves = {name: _read_curves(folder / CURVES / f"{name}.csv", vectors[name], errors[name]) for name in vectors}
    estimates = Estimates(evaluated, curves)
    for target in targets.items:
        mae, record = float(estimates.errors(target).mean()), metrics.targets[target.name]
        if abs(mae - record.mae) > MAE_TOLERANCE * max(mae, record.mae):
            raise DataFileError(
                f"{path}: mean absolute error of {target.name} is {mae:.6g}, but {METRICS} says {record.mae:.6g}: "
                "the two are not of one evaluation"
            )
    return estimates


def _read_curves(path: Path, target: Target, errors: pd.Series) -> pd.DataFrame:
    """Example curves of a vector; ``errors`` are those of ``estimates.csv``, by what identifies the sample."""
    table = read_frame(path, COLUMNS)
    check_numbers(path, table, ["position", "true", "estimate"])
    if list(table["case"].unique()) != list(CASES):
        found = ", ".join(map(str, table["case"].unique()))
        raise DataFileError(f"{path}: cases {found}: must be {', '.join(CASES)}")
    positions = target.axis.values if target.axis else ()
    for case, rows in table.groupby("case", sort=False):
        if len(rows) != len(positions) or not np.allclose(rows["position"], positions):
            raise DataFileError(f"{path}: {case}: positions must be the {len(positions)} of {target.name}")
        sample = rows["sample"].iloc[0]
        if rows["sample"].nunique() != 1 or sample not in errors.index:
            raise DataFileError(f"{path}: {case}: sample {sample}: must be one that was evaluated")
        error = float(sample_errors(rows["true"], rows["estimate"]).mean())
        listed = errors.loc[[sample]].to_numpy(dtype=np.float64)
        rounding = 1e-6 * float(rows["true"].abs().max())
        if not np.isclose(listed, error, rtol=CURVE_TOLERANCE, atol=rounding).any():
            raise DataFileError(
                f"{path}: {case}: sample {sample} errs by {error:.6g}, in estimates.csv by {listed[0]:.6g}: "
                "the two are not of one evaluation"
            )
    return table


def _columns(target: Target) -> list[str]:
    kinds = ("error", "baseline_error") if target.axis else ("true", "estimate", "baseline")
    return [f"{kind}_{target.name}" for kind in kinds]


def _read_external(
    path: Path, external: ExternalCases, scalars: list[str], models: Sequence[str]
) -> pd.DataFrame | None:
    """Rows of these models; None if there is none."""
    columns = ["model", external.case, "target", "true", "estimate", external.inside]
    table = read_frame(path, columns, empty_allowed=True).astype({"model": str})
    if table.empty:
        return None
    check_flags(path, table, external.inside)
    check_numbers(path, table, ["true", "estimate"])
    for (model, case), rows in table.groupby(["model", external.case], sort=False):
        if sorted(rows["target"].astype(str)) != sorted(scalars) or rows[external.inside].nunique() != 1:
            raise DataFileError(
                f"{path}: model {model}: {case} must have one row for each of {', '.join(scalars)}, all with one "
                f"value of {external.inside}"
            )
    table = table[table["model"].isin(models)]
    return None if table.empty else table


def read_history(path: Path) -> dict[str, list[float]]:
    """Read the course of a training: columns ``loss`` and ``val_loss``, one row an epoch.

    Raises
    ------
    DataFileError
        If the file is missing, cut or has other columns.
    """
    table = read_frame(path, ["loss", "val_loss"])
    return {name: table[name].tolist() for name in ("loss", "val_loss")}
