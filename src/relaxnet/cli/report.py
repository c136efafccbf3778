"""``relaxnet report``: what the pipeline made, in a few lines, and where to look."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relaxnet.core.errors import DataFileError

if TYPE_CHECKING:
    from relaxnet.datasets.targets import Target
    from relaxnet.reporting.records import MetricsRecord
    from relaxnet.reporting.spec import EvidenceSet
    from relaxnet.workflow.project import Project
    from relaxnet.workflow.study import Study


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``relaxnet report``."""
    parser.add_argument("--study", help="study to report on (default: all that have evaluated models)")
    parser.add_argument("--folder", type=Path, default=Path(), help="project folder (default: current folder)")
    parser.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> None:
    from relaxnet.workflow.project import Project
    from relaxnet.workflow.study import find_study, installed_studies

    root: Path = arguments.folder
    studies = [find_study(name) for name in ([arguments.study] if arguments.study else installed_studies())]
    found = [(study, Project.find(study.name, root)) for study in studies]
    found = [(study, project) for study, project in found if any(project.evaluation.glob("*/metrics.json"))]
    if not found:
        raise DataFileError(f"{root / 'reports'}: no evaluation found: run `make repro` first")
    for study, project in found:
        _report_study(study, project)
        _end_dead(study, project)


def _report_study(study: Study[Any], project: Project) -> None:
    from relaxnet.core.text import begin_sentence
    from relaxnet.reporting.records import metrics_record
    from relaxnet.workflow.params import load_params
    from relaxnet.workflow.records import made_by, read_record, read_registered
    from relaxnet.workflow.study import evaluating, further

    params = load_params(study.params, project.params)
    shown = study.report.headlines(study.targets(next(iter(params.models.values()))))
    kind = metrics_record(study.report.samples, ())
    found = {path.parent.name: path for path in sorted(project.evaluation.glob("*/metrics.json"))}
    known = [*params.models, *further(study, project)]
    others = [name for name in found if name not in known]
    records = {}
    for name in (name for name in known if name in found):
        with made_by(project, *evaluating(study, name)):
            records[name] = read_record(kind, found[name])
    sets = [test for test in study.report.evidence if any(test.name in record.tests for record in records.values())]
    ends = sets[:1] + sets[1:][-1:]  # the mildest and the hardest
    rows = []
    for name, record in records.items():
        with made_by(project, *evaluating(study, name)):
            rows.append((record, _shares(record, shown, ends, found[name])))
    if not rows:
        raise DataFileError(f"{project.evaluation}: no model of {project.params} is evaluated: run `make repro`")
    registered = {}
    if project.registered.exists():
        with made_by(project, "register"):
            registered = read_registered(project.registered)
    places = list(_places(project))
    tested = f", {' / '.join(test.where for test in ends)}" if ends else ""
    print(f"\n{begin_sentence(study.name)}: test {study.report.samples} estimated within (percent{tested}):")
    for line in _table(rows, shown):
        print(line)
    if others:
        print(f"  (not in {project.params.name} any more: {', '.join(others)})")
    if registered:
        print("\nRegistered, the best model for each question:")
        for best in registered.values():
            print(f"  {best.name} version {best.version} @{best.alias} (model {best.model})")
    print("\nWhere to look:")
    for what, where in places:
        print(f"  {what:16s} {where}")


def _end_dead(study: Study[Any], project: Project) -> None:
    """Close the runs of killed trainings, if there are any: the stages that would may have nothing to do."""
    from relaxnet.workflow.unfinished import left_open

    if not left_open(project.workspace):
        return
    from relaxnet.core.errors import TrackingError
    from relaxnet.workflow.experiment import open_experiment
    from relaxnet.workflow.params import load_params

    with suppress(TrackingError), open_experiment(study, project, load_params(study.params, project.params)):
        """Opening it does so."""


def _shares(record: MetricsRecord, shown: list[tuple[Target, float]], sets: list[EvidenceSet], path: Path) -> list[str]:
    """How many errors of each target are below its threshold, on each set, or else on the model's own test part."""
    from relaxnet.evaluation.metrics import threshold_key

    try:
        cells = []
        for target, threshold in shown:
            key = threshold_key(threshold)
            tested = [
                record.tests[test.name].targets[target.name] if test.name in record.tests else None for test in sets
            ]
            shares = [None if test is None else test.within[key] for test in tested]
            own = [] if sets else [record.targets[target.name].within[key]]
            cells.append(" / ".join("–" if share is None else f"{100 * share:.1f}" for share in [*shares, *own]))
    except KeyError as error:
        raise DataFileError(f"{path}: targets: {error} is missing") from None
    return cells


def _table(found: list[tuple[MetricsRecord, list[str]]], shown: list[tuple[Target, float]]) -> Iterator[str]:
    """A line a model: its region, the weights of the loss that differ, and how many errors are below a threshold.

    Models of one region, which alone may be compared with each other, stand together.
    """
    places = list(dict.fromkeys(record.place for record, _ in found))
    found = sorted(found, key=lambda item: places.index(item[0].place))
    all_weights = [record.loss_weights for record, _ in found]
    names = {name for weights in all_weights for name in weights}
    varied = [name for name in sorted(names) if len({weights.get(name) for weights in all_weights}) > 1]
    heads = [f"w_{name}" for name in varied]
    rows = [
        [
            "model",
            "region",
            *heads,
            *(f"{target.short} ≤ {target.amount_text(threshold)}" for target, threshold in shown),
        ]
    ]
    for record, shares in found:
        weights_here = [f"{record.loss_weights[name]:g}" if name in record.loss_weights else "–" for name in varied]
        rows.append([record.model, record.place, *weights_here, *shares])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [cell.rjust(width + 3) for cell, width in zip(rest, widths[1:], strict=True)]
        yield f"  {first:{widths[0]}s}{''.join(cells)}"


def _places(project: Project) -> Iterator[tuple[str, Path | str]]:
    """What there is to look at."""
    from relaxnet.tracking.uri import is_remote, tracking_uri, ui_address

    for page in sorted(project.reports.glob("*/index.html"), key=lambda page: page.parent != project.comparison):
        yield f"{page.parent.name} page", page
    if project.validation.exists():
        yield "data validation", f"{project.validation} (one page a dataset; test sets in test/)"
    if (trials := project.reports / "search" / "trials.csv").exists():
        yield "search", trials
    uri = tracking_uri(project.root)
    start = "" if is_remote(uri) else "make ui, then "
    yield "all runs", f"{start}{ui_address(uri)} (experiment {project.study}: select the runs, Compare)"
