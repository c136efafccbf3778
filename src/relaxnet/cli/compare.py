"""``relaxnet compare``: one page over the evaluated models, to read, sort and click through."""

from __future__ import annotations

import argparse
from pathlib import Path

from ._common import Commands, UsageError


def add_parser(commands: Commands) -> None:
    """Add ``relaxnet compare``."""
    parser = commands.add_parser("compare", help="one interactive page over the evaluated models")
    parser.add_argument(
        "models",
        nargs="*",
        metavar="MODEL",
        help="to compare, in this order; with --output (default: those of params.yaml)",
    )
    parser.add_argument("--folder", type=Path, default=Path(), help="of the project (default: here)")
    parser.add_argument("--output", type=Path, help="folder of the page (default: reports/comparison of the project)")
    parser.set_defaults(run=_compare)


def _compare(arguments: argparse.Namespace) -> None:
    from relaxnet.workflow.compare import compare

    folder: Path = arguments.folder
    if arguments.models and arguments.output is None:
        raise UsageError("a page over some models needs --output, a folder of its own")
    whole = arguments.output is None  # what changed is told between pages over all models
    memory = folder / ".relaxnet" / "comparison.json" if whole else None
    print(compare(folder, arguments.output or folder / "reports" / "comparison", arguments.models or None, memory))
