"""``relaxnet lineage``: from a registered model back to commit, params, data and decisions."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from ._common import UsageError
from ._registry import add_model, opened

if TYPE_CHECKING:
    from relaxnet.workflow.lineage import ModelLineage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``relaxnet lineage``."""
    parser.description = "Print where a registered model came from, and the commands that make it again."
    add_model(parser)
    parser.add_argument("--version", metavar="N", help="by number")
    parser.add_argument("--alias", metavar="ALIAS", default="", help="by alias (default: champion)")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=_lineage)


def _lineage(arguments: argparse.Namespace) -> None:
    if arguments.version is not None and arguments.alias:
        raise UsageError("give --version or --alias, not both (see 'relaxnet lineage --help')")
    from relaxnet.workflow.lineage import lineage

    place = opened(arguments, arguments.model)
    found = lineage(*place, arguments.model, version=arguments.version, alias=arguments.alias)
    if arguments.json:
        print(json.dumps(asdict(found), indent=2, ensure_ascii=False))
        return
    for line in _text(found):
        print(line)


def _text(found: ModelLineage) -> Iterator[str]:
    tags = found.tags
    branches = f" (on {', '.join(found.branches[:3])})" if found.branches else " (on no branch of this checkout)"
    aliases = f", {', '.join(found.aliases)}" if found.aliases else ""
    yield f"{found.name} version {found.version} (model {found.label}){aliases}"
    rows = {
        "question": tags.get("question", ""),
        "profile": tags.get("profile", ""),
        "run": f"{tags['run_id']}  {found.run_url}",
        "commit": f"{tags['git.commit']}{branches}",
        "data": f"{tags.get('data.path', '')}  {tags['data.md5']}",
        "validation": f"{tags.get('validation.path', '')}  {tags['validation.md5']}",
        "judged on": f"{tags.get('judged.on', '')}  {tags.get('judged.md5', '')}",
        "relaxnet": tags.get("relaxnet.version", ""),
    }
    for name, text in rows.items():
        if text.strip():
            yield f"  {name:12s} {text.strip()}"
    yield "Parameters of its training:"
    yield "  " + ", ".join(f"{key}={value}" for key, value in sorted(found.params.items()))
    if found.decisions:
        yield "Decisions:"
        for made in found.decisions:
            reason = f" ({made.reason})" if made.reason else ""
            what = f"{made.action} version {made.version}"
            yield f"  {made.at}  {what}: {made.outcome}{reason} by {made.who}, run {made.run_id}"
    if tags["git.commit"].endswith("-dirty"):
        yield "Trained with changes that were not committed: only the model without them can be made again:"
    else:
        yield "To make it again:"
    for command in found.commands:
        yield f"  {command}"
