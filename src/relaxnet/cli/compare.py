"""``relaxnet compare``: one page over the evaluated models, to read, sort and click through."""

import argparse
from pathlib import Path

from relaxnet.core.errors import require_extra

from ._common import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``relaxnet compare``."""
    models_help = "to compare, in this order; with --output (default: those of params.yaml)"
    parser.add_argument("models", nargs="*", metavar="MODEL", help=models_help)
    parser.add_argument("--study", default="relaxation", help="study of the models (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=Path(), help="project folder (default: current folder)")
    parser.add_argument("--output", type=Path, help="folder of the page (default: reports/STUDY/comparison)")
    parser.set_defaults(run=_compare)


def _compare(arguments: argparse.Namespace) -> None:
    if arguments.models and arguments.output is None:
        raise UsageError("a page over some models needs --output, a folder of its own")
    require_extra("relaxnet compare", "pipeline", "plotly")
    from relaxnet.workflow.compare import compare
    from relaxnet.workflow.project import Project
    from relaxnet.workflow.study import find_study

    study = find_study(arguments.study)
    print(compare(study, Project.find(study.name, arguments.folder), arguments.output, arguments.models or None))
