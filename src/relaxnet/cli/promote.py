"""``relaxnet promote``: a registered model becomes champion, if the gates let it pass."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._common import UsageError
from ._registry import add_model, opened

if TYPE_CHECKING:
    from relaxnet.registry.decisions import Decision


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``relaxnet promote``."""
    parser.description = (
        "Make a registered version the champion of its question if it passes the gates of `promote` in params.yaml; "
        "the champion before becomes previous.  Exit status 3 if a gate refuses."
    )
    add_model(parser)
    parser.add_argument("--version", metavar="N", help="(default: the challenger)")
    parser.add_argument("--dry-run", action="store_true", help="show what the gates say, and change nothing")
    parser.add_argument("--force", action="store_true", help="promote although gates refuse; needs --reason")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; recorded with the decision")
    parser.set_defaults(run=_promote)


def _promote(arguments: argparse.Namespace) -> None:
    if arguments.force != bool(arguments.reason.strip()):
        raise UsageError("give --force and --reason TEXT together (see 'relaxnet promote --help')")
    from relaxnet.workflow.promote import promote

    study, project, params = opened(arguments, arguments.model)
    decision = promote(
        study, project, params, arguments.model,
        version=arguments.version, dry_run=arguments.dry_run, reason=arguments.reason.strip(),
    )  # fmt: skip
    for line in gate_lines(decision):
        print(line)
    if decision.outcome == "dry run":
        refusing = sum(not gate.passed for gate in decision.gates)
        verdict = f"{refusing} refuse" if refusing else "all pass"
        print(f"\n{decision.model} version {decision.version} ({decision.label}): {verdict}; nothing is changed")
        return
    print(f"\n{decision.model} version {decision.version} ({decision.label}) is champion: {decision.outcome}")
    print(f"  all decisions    {project.reports / 'registry' / 'index.html'}")


def gate_lines(decision: Decision) -> Iterator[str]:
    """A line a gate: verdict, name, what was found, and what must be if it refuses."""
    width = max((len(gate.name) for gate in decision.gates), default=0)
    for gate in decision.gates:
        must = "" if gate.passed else f"; must be {gate.allowed}"
        yield f"  {'pass  ' if gate.passed else 'REFUSE'} {gate.name:{width}s}  {gate.found}{must}"
