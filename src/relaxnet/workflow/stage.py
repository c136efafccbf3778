"""How a stage script starts: its arguments become a study, its project and its params."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relaxnet.core.console import run_cleanly
from relaxnet.core.errors import InvalidInputError

Stage = Callable[..., object]


def run_stage(stage: Callable[[], Stage], usage: str) -> None:
    """Run a stage as a process: ``<script> <study> [item]``, from the folder of the project.

    ``stage`` returns the function ``(study, project, params, [item])`` and imports what is slow to import, so that an
    interruption meanwhile gets its one line too; ``usage`` names the arguments.
    """

    def main() -> None:
        arguments = sys.argv[1:]
        if len(arguments) != len(usage.split()):
            raise InvalidInputError("arguments", " ".join(arguments) or "(none)", usage)
        run = stage()
        run(*open_study(arguments[0]), *arguments[1:])

    sys.exit(run_cleanly(main))


def open_study(name: str, folder: Path = Path()) -> tuple[Any, Any, Any]:
    """Study, project and params by the name of the study."""
    from .params import load_params
    from .project import Project
    from .study import find_study

    study = find_study(name)
    project = Project.find(study.name, folder)
    return study, project, load_params(study.params, project.params)
