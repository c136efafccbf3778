"""``relaxnet report``: what the pipeline made, in a few lines, and where to look."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relaxnet.core.errors import DataFileError

if TYPE_CHECKING:
    from relaxnet.datasets.targets import Target
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


def _report_study(study: Study[Any], project: Project) -> None:
    from relaxnet.core.files import read_json
    from relaxnet.core.text import begin_sentence
    from relaxnet.workflow.params import load_params

    params = load_params(study.params, project.params)
    shown = study.report.headlines(study.targets(next(iter(params.models.values()))))
    records = [read_json(path) for path in sorted(project.evaluation.glob("*/metrics.json"))]
    print(f"\n{begin_sentence(study.name)}: test {study.report.samples} estimated within (percent):")
    try:
        for line in _table(records, shown):
            print(line)
    except (KeyError, TypeError) as error:
        raise DataFileError(f"{project.evaluation}: not evaluations of this version ({error!r})") from None
    if project.registered.exists():
        best = read_json(project.registered)
        print(f"\nRegistered: {best['name']} version {best['version']} @{best['alias']} (model {best['model']})")
    print("\nWhere to look:")
    for what, where in _places(project):
        print(f"  {what:16s} {where}")


def _table(records: list[dict[str, Any]], shown: list[tuple[Target, float]]) -> Iterator[str]:
    """A line a model: the weights of the loss that differ, and how many errors are below a threshold."""
    from relaxnet.evaluation.metrics import threshold_key

    weights = {name for record in records for name in record["loss_weights"]}
    varied = [name for name in sorted(weights) if len({record["loss_weights"].get(name) for record in records}) > 1]
    heads = [f"w_{name}" for name in varied]
    rows = [["model", *heads, *(f"{target.short} ≤ {target.amount_text(threshold)}" for target, threshold in shown)]]
    for record in records:
        shares = [record["targets"][target.name]["within"][threshold_key(threshold)] for target, threshold in shown]
        weights_here = [f"{record['loss_weights'].get(name, 0):g}" for name in varied]
        rows.append([record["model"], *weights_here, *(f"{100 * share:.1f}" for share in shares)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [cell.rjust(width + 3) for cell, width in zip(rest, widths[1:], strict=True)]
        yield f"  {first:{widths[0]}s}{''.join(cells)}"


def _places(project: Project) -> Iterator[tuple[str, Path | str]]:
    """What there is to look at."""
    for page in sorted(project.reports.glob("*/index.html"), key=lambda page: page.parent != project.comparison):
        yield f"{page.parent.name} page", page
    if project.validation.exists():
        yield "data validation", f"{project.validation}/*.html (one page a dataset)"
    if (trials := project.reports / "search" / "trials.csv").exists():
        yield "search", trials
    yield "all runs", f"make ui, then http://127.0.0.1:5000 (experiment {project.study}: select the runs, Compare)"
