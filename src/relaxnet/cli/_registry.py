"""What the commands on the registry share: which model, of which study, in which project."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from relaxnet.core.errors import InvalidInputError, MissingFileError

Opened = tuple[Any, Any, Any]
MAIN_STUDY = "relaxation"
"""Meant where neither a command nor the name of a model says otherwise."""


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say where to look."""
    parser.add_argument("--study", help=f"study of the model (default: that of the model's name, or {MAIN_STUDY})")
    parser.add_argument("--folder", type=Path, default=Path(), help="project folder (default: current folder)")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the model."""
    parser.add_argument("model", metavar="MODEL", help="name in the registry, or the question at its end: C, say")
    add_place(parser)


def opened(arguments: argparse.Namespace, model: str = "") -> Opened:
    """Study, project and params that the arguments name.

    Without a study in the arguments it is the one whose registered models begin as ``model`` does, else the main one,
    else the only one with params in the folder.

    Raises
    ------
    InvalidInputError
        If several studies are possible.
    MissingFileError
        If the folder has no params.
    """
    from relaxnet.core.config import MISSING
    from relaxnet.workflow.project import Project
    from relaxnet.workflow.stage import open_study
    from relaxnet.workflow.study import find_study, installed_studies

    folder = arguments.folder
    names = [arguments.study] if arguments.study else list(installed_studies())
    files = {name: Project.find(find_study(name).name, folder).params for name in names}
    there = [name for name, file in files.items() if file.exists()] or names[:1]
    # params at the top of a project are those of one study, not of each that has none of its own
    own = [name for name in there if name == MAIN_STUDY or list(files.values()).count(files[name]) == 1]
    try:
        found = [open_study(name, folder) for name in own or there]
    except MissingFileError as error:
        raise MissingFileError(f"{error}; give the folder of a project with --folder") from None
    named = [entry for entry in found if model.startswith(f"{entry[2].register_.name}-")] or found
    named = [entry for entry in named if entry[0].name == MAIN_STUDY] or named
    if len(named) > 1:
        raise InvalidInputError("--study", MISSING, f"one of {', '.join(study.name for study, *_ in named)}")
    return named[0]
