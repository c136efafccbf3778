"""``relaxnet list``: what is in the registry, and where it is not as the workspace says."""

from __future__ import annotations

import argparse

from ._registry import add_place, opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``relaxnet list``."""
    add_place(parser)
    parser.set_defaults(run=_list)


def _list(arguments: argparse.Namespace) -> None:
    from relaxnet.registry.champions import lines
    from relaxnet.workflow.lineage import differences, registry_entries

    study, project, params = opened(arguments)
    found = registry_entries(study, project, params)
    if not found:
        print(f"nothing is registered as {params.register_.name}-...: the stage register does that")
    for entry in found:
        print(f"{entry.name}: {len(entry.versions)} {'version' if len(entry.versions) == 1 else 'versions'}")
        for alias, version in lines(entry):
            commit = version.tags.get("git.commit", "(no commit)")
            print(f"  {alias:12s} version {version.version:4s} {version.label:16s} {commit[:12]}  run {version.run_id}")
    for line in differences(project, found):
        print(f"\n{line}")
