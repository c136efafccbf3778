"""How a stage script starts: its arguments become a study, its project and its params."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relaxnet.core.backend import load_keras
from relaxnet.core.console import run_cleanly
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.processes import terminate_with_parent

Stage = Callable[..., object]


def run_stage(stage: Callable[[], Stage], usage: str, *, keras: bool = False) -> None:
    """Run a stage as a process: ``<script> <study> [item]``, from the folder of the project.

    Under ``dvc repro`` it ends with DVC: killed by another signal than Ctrl-C, DVC would leave its stage running.

    Parameters
    ----------
    stage : callable
        Returns the function ``(study, project, params, [item])`` and imports what is slow to import, so that an
        interruption meanwhile gets its one line too.
    usage : str
        Names of the arguments, in brackets those that may be absent.
    keras : bool
        Whether it needs Keras; it is loaded before, with the threads that the params give to a training.
    """

    def main() -> None:
        arguments = sys.argv[1:]
        most = usage.split()
        if not sum("[" not in name for name in most) <= len(arguments) <= len(most):
            raise InvalidInputError("arguments", " ".join(arguments) or "(none)", usage)
        if "DVC_STAGE" in os.environ:
            terminate_with_parent()
        study, project, params = open_study(arguments[0])
        if keras:
            load_keras(params.train.threads)
        stage()(study, project, params, *arguments[1:])

    sys.exit(run_cleanly(main))


def open_study(name: str, folder: Path = Path()) -> tuple[Any, Any, Any]:
    """Study, project and params by the name of the study."""
    from .params import load_params
    from .project import Project
    from .study import find_study

    study = find_study(name)
    project = Project.find(study.name, folder)
    return study, project, load_params(study.params, project.params)
