"""The ``relaxnet`` command.

A subcommand is a module of its name beside this one, with a function ``add_arguments`` that adds its arguments to its
parser and sets ``run``, the handler, as a default; list it in `_SUBCOMMANDS`.  Only the one that is asked for is
imported, and its handler imports what is heavy itself, so that no command pays for another.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from relaxnet._version import __version__
from relaxnet.core.console import run_cleanly

from ._common import UsageError

_SUBCOMMANDS = {
    "simulate": "heating scans of the TNM model",
    "inspect": "show what is in the files of DSC instruments",
    "estimate": "estimate TNM parameters from DSC heating scans",
    "predict": "follow an estimated glass along another thermal history",
    "compare": "write a comparison page of evaluated models",
    "report": "print the results and where to find them",
    "list": "list the registered models and their aliases",
    "promote": "make a registered model champion, if the gates let it pass",
    "rollback": "bring the previous champion back",
    "lineage": "print where a registered model came from",
}


class _Parser(argparse.ArgumentParser):
    """Reports what is wrong as an exception, so that every message takes the same one-line way out."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see '{self.prog} --help')")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: ``argv`` or the process's arguments.

    Returns
    -------
    int
        Exit status, see `run_cleanly`: 0, or 2 for bad input (one line on stderr), or 130 when interrupted ...
    """

    def run() -> None:
        words = _attach_negative_numbers(sys.argv[1:] if argv is None else argv)
        arguments = _parser(words).parse_args(words)
        arguments.run(arguments)

    return run_cleanly(run)


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(prog="relaxnet", description="Estimate and simulate structural relaxation of glasses.")
    parser.add_argument("--version", action="version", version=f"relaxnet {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    chosen = next((word for word in words if not word.startswith("-")), None)
    for name, summary in _SUBCOMMANDS.items():
        subparser = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name == chosen:
            import_module(f"{__package__}.{name}").add_arguments(subparser)
    return parser


def _attach_negative_numbers(argv: Sequence[str]) -> list[str]:
    """Write ``--ln-a -7.9e1`` as ``--ln-a=-7.9e1``: argparse takes some negative numbers for options."""
    joined: list[str] = []
    for word in argv:
        before = joined[-1] if joined else ""
        if word.startswith("-") and _is_number(word) and before.startswith("--") and "=" not in before:
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _is_number(text: str) -> bool:
    """Whether ``text`` is a number or a list of them."""
    try:
        float(text.partition(",")[0])
    except ValueError:
        return False
    return True
