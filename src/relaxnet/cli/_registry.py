"""What the commands on the registry share: which model, of which study, in which project."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from relaxnet.core.errors import InvalidInputError

Opened = tuple[Any, Any, Any]


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say where to look."""
    parser.add_argument("--study", help="study of the model (default: the only one, or the one of the model's name)")
    parser.add_argument("--folder", type=Path, default=Path(), help="project folder (default: current folder)")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the model."""
    parser.add_argument("model", metavar="MODEL", help="name in the registry, or the question at its end: C, say")
    add_place(parser)


def opened(arguments: argparse.Namespace, model: str = "") -> Opened:
    """Study, project and params that the arguments name.

    Raises
    ------
    InvalidInputError
        If several studies are possible.
    """
    from relaxnet.workflow.lineage import params_and_study
    from relaxnet.workflow.project import Project
    from relaxnet.workflow.study import find_study, installed_studies

    if arguments.study:
        study = find_study(arguments.study)
        return study, *params_and_study(study, arguments.folder)
    studies = [find_study(name) for name in installed_studies()]
    there = [study for study in studies if Project.find(study.name, arguments.folder).params.exists()] or studies[:1]
    found = [(study, *params_and_study(study, arguments.folder)) for study in there]
    named = [entry for entry in found if model.startswith(f"{entry[2].register_.name}-")] or found
    if len(named) > 1:
        raise InvalidInputError("study", "(missing)", f"one of {', '.join(study.name for study, *_ in named)}")
    return named[0]
