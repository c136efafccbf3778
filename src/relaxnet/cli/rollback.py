"""``relaxnet rollback``: the previous champion comes back."""

from __future__ import annotations

import argparse

from ._registry import add_model, opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``relaxnet rollback``."""
    parser.description = "Let champion and previous champion change places; doing it again takes it back."
    add_model(parser)
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; recorded with the decision")
    parser.set_defaults(run=_rollback)


def _rollback(arguments: argparse.Namespace) -> None:
    from relaxnet.workflow.promote import roll_back

    found = roll_back(*opened(arguments, arguments.model), arguments.model, reason=arguments.reason.strip())
    print(
        f"{found.model} version {found.version} ({found.label}) is champion again; version {found.before} is previous"
    )
